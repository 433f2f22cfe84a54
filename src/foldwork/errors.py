"""The one exception that is written for the person at the keyboard."""


class FoldworkError(Exception):
    """A mistake that a person can mend: one line that says where it is, what is wrong and what would be right.

    Scripts print the line and exit with 1; the traceback goes to the log alone.
    """


def one_line(error: BaseException) -> str:
    """Return an exception as one line: its type and its message, with white space folded."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
