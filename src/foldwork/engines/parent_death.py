"""Ties the life of a process to its parent's (Linux)."""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Have the kernel end this process with SIGKILL, or another signal, when `parent` (its parent's process id) ends, by whatever cause.

    Call it in a child right after the fork. A no-op where the kernel has no such call.
    """
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:  # it ended between the fork and the call
        os._exit(1)
