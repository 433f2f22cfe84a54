"""The one exception that is written for the person at the keyboard, and how others come to one line."""

MOST_LETTERS = 2000
"""So much of an exception's message is kept."""


class FoldworkError(Exception):
    """A mistake that a person can mend: one line that says where it is, what is wrong and what would be right.

    Scripts print the line and exit with 1; the traceback goes to the log alone.
    """


def one_line(error: BaseException) -> str:
    """Return an exception as one line: its type and its message, with white space folded."""
    name = type(error).__name__
    try:
        text = " ".join(str.split(str(error)))
    except BaseException as own:  # other people's exceptions may do anything
        text = f"its message cannot be had, str() raises {type(own).__name__}"
    line = printable(f"{name}: {text}" if text else name)
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 3]}..."


def printable(text: str) -> str:
    """Return `text` with its escape for every letter that a terminal would obey or a file cannot hold (a lone surrogate)."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
