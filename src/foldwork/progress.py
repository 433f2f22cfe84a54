"""What a person sees while a search runs: a bar on a terminal, a line every so often in a log."""

import contextlib
import sys
import time
from typing import IO, Any

from foldwork.plan import Evaluation

BAR_EVERY = 0.2
LINE_EVERY = 30.0

LOOK_EVERY = 1.0
"""Seconds between two searches for the best of the candidates that have not all folds: there may be 100,000 of them."""


class Best:
    """The best candidate so far by the mean of the first metric.

    Parameters
    ----------
    folds : int
        How many folds make a candidate complete.
    lower_is_better : bool
    """

    def __init__(self, folds: int, *, lower_is_better: bool = False) -> None:
        self.folds = folds
        self._sign = -1.0 if lower_is_better else 1.0
        self._incomplete: dict[
            tuple[str, int], list[Any]
        ] = {}  # by model and candidate: sum, count, an evaluation of it
        self._complete: tuple[float, Evaluation] | None = None
        self._first: tuple[str, int] | None = None  # of those that are incomplete
        self._looked = float("-inf")

    def add(self, evaluation: Evaluation, score: float) -> None:
        """Take in a score; NaN counts for nothing."""
        if score != score:
            return
        name = evaluation.model, evaluation.candidate
        entry = self._incomplete.setdefault(name, [0.0, 0, evaluation])
        entry[0] += score
        entry[1] += 1
        if name == self._first:
            self._first = None  # its mean may have fallen
        if entry[1] == self.folds:
            del self._incomplete[name]
            if self._complete is None or self._mean(entry) > self._complete[0]:
                self._complete = self._mean(entry), evaluation

    def found(self) -> dict[str, Any] | None:
        """Return the best candidate, None where there is none.

        Returns
        -------
        dict
            `model`, `params`, `score`, and `whole`: whether that is over all folds. It is the best of those that have all folds if there is one;
            then `ahead` is the best of the others while its mean is better (with `folds`, how many it has), else None.
        """
        ahead = self._first_of_incomplete()
        if self._complete is None:
            return None if ahead is None else {**ahead, "whole": False, "ahead": None}
        better = ahead is not None and self._sign * ahead["score"] > self._complete[0]
        best = self._said(*self._complete, self.folds)
        return {**best, "whole": True, "ahead": ahead if better else None}

    def _first_of_incomplete(self) -> dict[str, Any] | None:
        now = time.monotonic()
        if self._first not in self._incomplete or now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._first = max(self._incomplete, key=lambda name: self._mean(self._incomplete[name]), default=None)
        entry = self._incomplete.get(self._first)
        return None if entry is None else self._said(self._mean(entry), entry[2], entry[1])

    def _mean(self, entry: list[Any]) -> float:
        return self._sign * entry[0] / entry[1]

    def _said(self, mean: float, evaluation: Evaluation, folds: int) -> dict[str, Any]:
        return {"model": evaluation.model, "params": evaluation.params, "score": self._sign * mean, "folds": folds}

    def __str__(self) -> str:
        return best_in_words(self.found())


def best_in_words(found: dict[str, Any] | None) -> str:
    """Return `Best.found` as a person reads it; nothing where there is none."""
    if found is None:
        return ""
    words = f"best {_scored(found)}"
    if not found["whole"]:
        return f"{words} (not all folds)"
    if ahead := found["ahead"]:
        folds = "1 fold" if ahead["folds"] == 1 else f"{ahead['folds']} folds"
        words += f"; ahead after {folds}: {_scored(ahead)}"
    return words


def _scored(found: dict[str, Any]) -> str:
    return f"{found['score']:.4f} {candidate_in_words(found['model'], found['params'])}"


def candidate_in_words(model: str, params: dict[str, Any]) -> str:
    """Return a candidate as a person reads it: `svc(C=1, gamma=0.01)`."""
    said = ", ".join(
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}" for name, value in params.items()
    )
    return f"{model}({said})"


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
            str(self.best) or ("nothing has succeeded so far" if self.failed else ""),
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
