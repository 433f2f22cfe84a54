"""Detect reasons to stop early: signals, the end of the Snakemake process, the end of the job's time."""

import os
import signal
import time
from typing import Any

from foldwork.engines.parent_process import snakemake_is_alive
from foldwork.errors import FoldworkError


class Interrupted(FoldworkError):
    """A search was stopped by a signal or the end of the job's time. The next run continues it."""


class Signals:
    """Context manager that records SIGINT, SIGTERM, SIGHUP and the end of the parent process, so that the run can stop in an orderly way."""

    def __init__(self) -> None:
        self._reason: str | None = None
        self._parent = os.getppid()
        self._old: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._old[number] = signal.signal(number, self._handle)
        return self

    def _handle(self, number: int, _frame: object) -> None:
        self._reason = signal.Signals(number).name

    @property
    def seen(self) -> str | None:
        """Why this process has to stop: the name of a signal, or "the end of snakemake". None if it has not."""
        if self._reason is None and (os.getppid() != self._parent or not snakemake_is_alive()):
            # Snakemake was killed: the results would not be used, and the next run needs the ledger.
            self._reason = "the end of snakemake"
        return self._reason

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            # After the first signal, a second Ctrl-C must not interrupt the last steps.
            signal.signal(number, handler if self._reason is None else signal.SIG_IGN)


class TimeLeft:
    """Time left of the job, by the monotonic clock.

    Parameters
    ----------
    seconds : float
        Time left now.

    Attributes
    ----------
    margin : float
        Nothing is submitted in the last `margin` seconds: 5 % of `seconds`, at least 20 s and at most 120 s.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.margin = min(120.0, max(20.0, 0.05 * seconds))

    def left(self) -> float:
        """Return the seconds left."""
        return self._end - time.monotonic()
