"""What a person sees while a search runs: a bar on a terminal, a line every so often in a log."""

import contextlib
import sys
import time
from typing import IO, Any

from foldwork.plan import Evaluation

BAR_EVERY = 0.2
LINE_EVERY = 30.0


class Best:
    """The best candidate so far by the mean of the first metric over all folds (over those it has, until one has all)."""

    def __init__(self, folds: int, *, lower_is_better: bool = False) -> None:
        self.folds = folds
        self._sign = -1.0 if lower_is_better else 1.0
        self._sums: dict[str, dict[int, list[Any]]] = {}  # by model, then candidate
        self._best: tuple[int, float, Evaluation] | None = None

    def add(self, evaluation: Evaluation, score: float) -> None:
        """Take in a score; NaN counts for nothing."""
        if score != score:
            return
        entry = self._sums.setdefault(evaluation.model, {}).setdefault(evaluation.candidate, [0.0, 0, evaluation])
        entry[0] += score
        entry[1] += 1
        whole = int(entry[1] == self.folds)
        rank = (whole, self._sign * entry[0] / entry[1])
        best = self._best
        if best is None or rank > best[:2]:
            self._best = (*rank, evaluation)
        elif not whole and (best[2].model, best[2].candidate) == (evaluation.model, evaluation.candidate):
            # A further fold has lowered its mean: now another may be the best of those that have not all folds.
            entries = (entry for sums in self._sums.values() for entry in sums.values())
            total, count, first = max(entries, key=lambda entry: self._sign * entry[0] / entry[1])
            self._best = (0, self._sign * total / count, first)

    def found(self) -> dict[str, Any] | None:
        """Return the best candidate, None where there is none: `model`, `params`, `score`, and `whole`, whether that is over all folds."""
        if self._best is None:
            return None
        whole, score, evaluation = self._best
        return {
            "model": evaluation.model,
            "params": evaluation.params,
            "score": self._sign * score,
            "whole": bool(whole),
        }

    def __str__(self) -> str:
        return best_in_words(found) if (found := self.found()) else ""


def best_in_words(found: dict[str, Any]) -> str:
    """Return `Best.found` as a person reads it."""
    said = ", ".join(
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in found["params"].items()
    )
    return f"best {found['score']:.4f}{'' if found['whole'] else ' (not all folds)'} {found['model']}({said})"


class Progress:
    """Shows how far a search is.

    Parameters
    ----------
    name : str
        Of the search.
    total : int
        Evaluations to do in this run.
    log : file
        Where the lines go; the bar goes to standard error where that is a terminal.
    """

    def __init__(self, name: str, total: int, best: Best, log: IO[str]) -> None:
        self.name, self.total, self.best, self.log = name, total, best, log
        self.done = self.failed = 0
        self._start = time.monotonic()
        self._bar_at = self._line_at = self._start
        self._terminal = sys.stderr.isatty()

    def add(self, failed: bool) -> None:
        """Count one evaluation that has ended."""
        self.done += 1
        self.failed += failed

    def begin(self) -> None:
        """Count the time from now on: the engines are there."""
        self._start = time.monotonic()

    def seconds(self) -> float:
        """Return how long this run has been at it."""
        return time.monotonic() - self._start

    def __str__(self) -> str:
        elapsed = self.seconds()
        rate = self.done / elapsed if elapsed > 0 else 0.0
        left = duration((self.total - self.done) / rate) if rate else "?"
        parts = [
            f"{self.name} {self.done:,}/{self.total:,}",
            f"{rate:.3g}/s",
            f"{left} left",
            f"{self.failed:,} failed",
            str(self.best),
        ]
        return " · ".join(part for part in parts if part)

    def show(self, *, force: bool = False) -> None:
        """Draw the bar, write the line, when it is time."""
        now = time.monotonic()
        if self._terminal and (force or now - self._bar_at > BAR_EVERY):
            self._bar_at = now
            width = 24
            full = width * self.done // max(1, self.total)
            self._draw(f"\r\x1b[K[{'█' * full}{'·' * (width - full)}] {self}"[:400])
        if force or now - self._line_at > LINE_EVERY:
            self._line_at = now
            self.log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {self}\n")
            self.log.flush()

    def close(self) -> None:
        """Show the last state and leave the bar's line."""
        self.show(force=True)
        if self._terminal:
            self._draw("\n")

    @staticmethod
    def _draw(text: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may have been closed
            sys.stderr.write(text)
            sys.stderr.flush()


def duration(seconds: float) -> str:
    """Return a time span as a person says it: 45 s, 3 min, 2.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
