"""What an estimator finds around it and may change, put back for the evaluation after it: it belongs to the engine."""

import builtins
import contextlib
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

MODULES = (builtins, np, np.linalg, np.random)
"""Modules whose functions are put back where an estimator has replaced them."""


class Surroundings:
    """Directory, signals, standard streams, recursion limit and functions of NumPy, as they are when this is made."""

    def __init__(self) -> None:
        self._directory = os.getcwd()
        self._handlers = {number: signal.getsignal(number) for number in SIGNALS}
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self._streams = sys.stdout, sys.stderr
        self._recursion = sys.getrecursionlimit()

    def put_back(self) -> None:
        """Make all of it what it was."""
        with contextlib.suppress(OSError):
            os.chdir(self._directory)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for number, handler in self._handlers.items():
            if signal.getsignal(number) is not handler and handler is not None:  # None: one of compiled code
                signal.signal(number, handler)
        sys.stdout, sys.stderr = self._streams
        sys.setrecursionlimit(self._recursion)
        for module, names in zip(MODULES, _names(), strict=True):
            now = vars(module)
            changed = {name: value for name, value in names.items() if now.get(name, names) is not value}
            now.update(changed)


_known: list[dict[str, Any]] = []


def _names() -> list[dict[str, Any]]:
    """Return what the modules held when this process first asked."""
    if not _known:
        _known.extend(dict(vars(module)) for module in MODULES)
    return _known
