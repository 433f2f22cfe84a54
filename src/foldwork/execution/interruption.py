"""When to leave before the work is done: a signal, the end of the process that waits, the end of the job's time."""

import os
import signal
import time
from typing import Any

from foldwork.engines.parent_process import snakemake_is_alive
from foldwork.errors import FoldworkError


class Interrupted(FoldworkError):
    """The search ended before its time, by a signal or the end of its job; the next run goes on."""


class Signals:
    """Notes Ctrl-C, SIGTERM and the end of the process that started this one, instead of dying in the middle of something."""

    def __init__(self) -> None:
        self._noted: str | None = None
        self._parent = os.getppid()
        self._old: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._old[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, _frame: object) -> None:
        self._noted = signal.Signals(number).name

    @property
    def seen(self) -> str | None:
        """What tells this process to leave, None while nothing does."""
        if self._noted is None and (os.getppid() != self._parent or not snakemake_is_alive()):
            self._noted = (
                "snakemake has ended"  # killed: nobody waits for what is done here, and the next run wants the ledger
            )
        return self._noted

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            # Once told to leave, this process does: a second Ctrl-C must not fall into its last steps.
            signal.signal(number, handler if self._noted is None else signal.SIG_IGN)


class TimeLeft:
    """What is left of the job's time, in seconds, by a clock that nobody sets.

    No work is given out in its last `margin` seconds: a twentieth of it, 20 s to 2 min.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.margin = min(120.0, max(20.0, 0.05 * seconds))

    def left(self) -> float:
        """Return how many seconds there are."""
        return self._end - time.monotonic()
