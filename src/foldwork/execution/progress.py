"""What a person sees while a search runs: a bar on a terminal, a line every so often in a log."""

import contextlib
import sys
import time
from typing import IO

from foldwork.records import in_words
from foldwork.records.best_so_far import BestSoFar

BAR_EVERY = 0.2
LINE_EVERY = 30.0


class Progress:
    """Shows how far a search is.

    Parameters
    ----------
    name : str
        Of the search.
    best : BestSoFar
        Shown beside the counts.
    log : file
        Gets the lines; the bar goes to standard error where that is a terminal.

    Attributes
    ----------
    total : int
        Evaluations to do in this run, as far as they are known.
    done, failed : int
    """

    def __init__(self, name: str, best: BestSoFar, log: IO[str]) -> None:
        self.name, self.best, self.log = name, best, log
        self.total = 0
        self.done = self.failed = 0
        self._start = time.monotonic()
        self._bar_at = self._line_at = self._start
        self._terminal = sys.stderr.isatty()

    def add(self, *, failed: bool) -> None:
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
        left = in_words.duration((self.total - self.done) / rate) if rate else "?"
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
