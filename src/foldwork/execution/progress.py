"""Show the progress of a search: a bar on the terminal, and lines in the log."""

import contextlib
import sys
import time
from typing import IO

from foldwork.records import formatting
from foldwork.records.best_so_far import BestSoFar

BAR_EVERY = 0.2
"""Seconds between updates of the bar."""

LINE_EVERY = 30.0
"""Seconds between lines in the log."""


class Progress:
    """Progress of a search.

    Parameters
    ----------
    name : str
        Name of the search.
    best : BestSoFar
        Shown beside the counts.
    log : file
        Log of the job. The bar is written to standard error if that is a terminal.

    Attributes
    ----------
    total : int
        Number of evaluations of this run that are known so far.
    done, failed : int
        Number of finished evaluations, and of those that failed.
    """

    def __init__(self, name: str, best: BestSoFar, log: IO[str]) -> None:
        self.name, self.best, self.log = name, best, log
        self.total = 0
        self.done = self.failed = 0
        self._start: float | None = None
        self._bar_at = self._line_at = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def add(self, *, failed: bool) -> None:
        """Count a finished evaluation."""
        self.done += 1
        self.failed += failed

    def begin(self) -> None:
        """Start the clock: the first engine is ready."""
        self._start = time.monotonic()

    def seconds(self) -> float:
        """Return the seconds since `begin`; 0 before it."""
        return 0.0 if self._start is None else time.monotonic() - self._start

    def __str__(self) -> str:
        elapsed = self.seconds()
        rate = self.done / elapsed if elapsed > 0 else 0.0
        left = formatting.duration((self.total - self.done) / rate) if rate else "?"
        parts = [
            f"{self.name} {self.done:,}/{self.total:,}",
            f"{rate:.3g}/s",
            f"{left} left",
            f"{self.failed:,} failed",
            str(self.best) or ("nothing has succeeded so far" if self.failed else ""),
        ]
        return " · ".join(part for part in parts if part)

    def show(self, *, force: bool = False) -> None:
        """Draw the bar and write the line, if the last ones are old enough or `force` is true."""
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
        """Show the final state, and end the line of the bar."""
        self.show(force=True)
        if self._terminal:
            self._draw("\n")

    @staticmethod
    def _draw(text: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may have been closed
            sys.stderr.write(text)
            sys.stderr.flush()
