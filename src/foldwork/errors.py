"""The exception for mistakes of the user, and one-line texts of other exceptions."""

MOST_LETTERS = 2000
"""Maximum length of an exception's message, in characters; the rest is cut off."""


class FoldworkError(Exception):
    """An error that the user can correct. The message is one line: where the mistake is, what is wrong, and what would be right.

    Scripts print the message and exit with status 1. The traceback is written to the log only.
    """


def one_line(error: BaseException) -> str:
    """Format an exception as one line: its type and its message.

    Parameters
    ----------
    error : BaseException
        Its `str()` may raise.

    Returns
    -------
    str
        Printable, without line breaks, of at most MOST_LETTERS characters. Runs of white space become one space.
    """
    name = type(error).__name__
    try:
        text = " ".join(str.split(str(error)))
    except BaseException as raised:  # __str__ of a third-party exception may raise anything
        text = f"its message cannot be had, str() raises {type(raised).__name__}"
    line = printable(f"{name}: {text}" if text else name)
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 3]}..."


def printable(text: str) -> str:
    """Escape the characters of `text` that are not printable: control characters, and lone surrogates, which UTF-8 cannot encode."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
