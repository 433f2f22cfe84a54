"""Exit without the teardown of the interpreter, which takes a fifth of a second once scikit-learn is imported."""

import atexit
import contextlib
import os
import sys
import weakref

_succeeded = False


def mark_success() -> None:
    """Let this process, which has done its work, exit with 0 as soon as all other exit handlers have run."""
    global _succeeded
    _succeeded = True


def teardown_as_ever() -> None:
    """Take `mark_success` back for good: whoever has forked this process ends it without the teardown."""
    atexit.unregister(_exit)


def _exit() -> None:
    if not _succeeded:
        return
    # Handlers that may have been registered before this one, and so would be left out.
    if "multiprocessing.util" in sys.modules:
        sys.modules["multiprocessing.util"]._exit_function()
    weakref.finalize._exitfunc()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # the disk is full, or the user's code has closed it
            stream.flush()
    os._exit(0)


atexit.register(_exit)  # when this module is imported: handlers that are registered later run before
