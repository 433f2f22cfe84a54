# Report mistakes of the user's in one line.
import sys

from foldwork.errors import FoldworkError
from foldwork.workflow.graceful_stop import interrupt_in_one_line

interrupt_in_one_line()


def or_one_line(function, *args):
    """Call a function. On a FoldworkError, exit with its message."""
    try:
        return function(*args)
    except FoldworkError as error:
        sys.exit(f"foldwork: {error}")
