"""Tracebacks as a record keeps them: the last lines, each of bounded length and printable."""

import traceback

from foldwork.errors import MOST_LETTERS, printable

LINES = 60
"""Lines of a traceback that are kept, the last ones."""


def current_traceback() -> str:
    """Return the traceback of the exception that is being handled; empty if it cannot be formatted."""
    try:
        text = traceback.format_exc()
    except BaseException:  # an exception's own __str__ may raise anything
        return ""
    return shortened(text)


def shortened(text: str) -> str:
    """Return the last lines of a traceback, without characters that a terminal would interpret."""
    return "\n".join(printable(line)[:MOST_LETTERS] for line in text.splitlines()[-LINES:])
