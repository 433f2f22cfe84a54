"""Exit without the teardown of the interpreter, which takes a fifth of a second once scikit-learn is imported."""

import atexit
import os
import sys

_succeeded = False


def mark_success() -> None:
    """Let this process, which has done its work, exit with 0 as soon as all other exit handlers have run."""
    global _succeeded
    _succeeded = True


def _exit() -> None:
    if _succeeded:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


atexit.register(_exit)  # when this module is imported: handlers that are registered later run before
