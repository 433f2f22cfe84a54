"""Break and shorten the words of a picture: at spaces and underscores, within a word only if nothing else is possible."""

import re
import textwrap
from collections.abc import Sequence


def characters(inches: float, points: float = 9) -> int:
    """Return how many characters fit `inches`: one of DejaVu Sans is 0.6 of its font size wide on average."""
    return max(12, int(inches * 72 / (0.6 * points)))


def wrap(text: str, inches: float, *, points: float = 9, lines: int = 3) -> str:
    """Break `text` into at most `lines` lines of about `inches` at a font of `points`; what is over becomes "…"."""
    width = characters(inches, points)
    broken = [
        line
        for part in text.splitlines()
        for line in textwrap.wrap(part, width, break_on_hyphens=False, placeholder=" …") or [""]
    ]
    if len(broken) > lines:
        broken = [*broken[: lines - 1], broken[lines - 1][: width - 2] + " …"]
    return "\n".join(broken)


def wrap_name(name: str, width: int, lines: int | None = None) -> str:
    """Break a name after underscores and hyphens into lines of about `width` characters.

    Parameters
    ----------
    name : str
        Of a parameter or metric.
    width : int
        Characters a line. A longer word stays whole, unless `lines` is given.
    lines : int or None
        Most lines; what is over becomes "…" in the middle of the name.
    """
    if lines is not None:
        name = shorten(name, lines * width)
    broken = [""]
    for word in re.split(r"(?<=[_-])(?![_-])|(?<=[^:] )|(?=\()", name):
        if broken[-1] and len(broken[-1]) + len(word.rstrip()) > width:
            broken.append("")
        broken[-1] += word
    return "\n".join(line.rstrip(" ") for line in broken)


def shorten(text: str, length: int) -> str:
    """Return `text` in at most `length` characters, without its middle: beginnings and ends tell values apart."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def shorten_end(text: str, length: int) -> str:
    """Return `text` in at most `length` characters, without its end."""
    return text if len(text) <= length else text[: length - 1] + "…"


def shorten_apart(texts: Sequence[str], length: int) -> list[str]:
    """Shorten several texts to `length` characters, or to as many as keep different texts different."""
    while True:
        short = [shorten(text, length) for text in texts]
        if len(set(short)) == len(set(texts)) or length >= max(map(len, texts), default=0):
            return short
        length += 4
