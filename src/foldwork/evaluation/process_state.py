"""Restore the process state that an estimator may change: the next evaluation of the engine must not see it."""

import builtins
import contextlib
import functools
import os
import signal
import sys
from typing import Any

import numpy as np

SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGALRM,
    signal.SIGCHLD,
    signal.SIGPIPE,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
"""Signals whose handlers are restored."""

getsignal = getattr(signal, "_signal", signal).getsignal
"""Without the conversion to enumerations, which takes longer than all else here."""

MODULES = (builtins, np, np.linalg, np.random)
"""Modules whose attributes are restored if an estimator has replaced or removed them."""


class ProcessState:
    """Working directory, signal handlers and mask, standard streams, recursion limit and NumPy's functions, as they are when this is made."""

    def __init__(self) -> None:
        self._directory = os.getcwd()
        self._handlers = {number: getsignal(number) for number in SIGNALS}
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self._streams = sys.stdout, sys.stderr
        self._recursion = sys.getrecursionlimit()
        self._originals = _originals()

    def restore(self) -> None:
        """Set all of it to what it was."""
        with contextlib.suppress(OSError):
            os.chdir(self._directory)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for number, handler in self._handlers.items():
            if getsignal(number) is not handler and handler is not None:  # None: installed by compiled code
                signal.signal(number, handler)
        sys.stdout, sys.stderr = self._streams
        sys.setrecursionlimit(self._recursion)
        for module, (original, values) in zip(MODULES, self._originals, strict=True):
            now = vars(module)
            if not _same(now, values):
                now.update({name: value for name, value in original.items() if now.get(name, original) is not value})


def _same(now: dict[str, Any], values: list[Any]) -> bool:
    """Return whether the values of a mapping begin with these. New names come last.

    Fast, as it is called after each evaluation: lists compare their items by identity, and by `==` only where that fails.
    """
    found = list(now.values())
    if len(found) > len(values):
        del found[len(values) :]
    try:
        return found == values
    except Exception:  # of an item that cannot be compared
        return False


@functools.cache
def _originals() -> list[tuple[dict[str, Any], list[Any]]]:
    """Return the attributes of each of `MODULES`, and their values as a list, at the first call in this process."""
    return [(dict(vars(module)), list(vars(module).values())) for module in MODULES]
