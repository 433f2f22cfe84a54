"""How a mistake in the config is said: one line with the key's path, what is wrong, and what would be right."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from foldwork.errors import FoldworkError

Path = Sequence[str | int]


def dotted(path: Path) -> str:
    """Return the path of a key as people write it: `searches.x.scoring[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int) and not isinstance(part, bool):
            text += f"[{part}]"
        else:
            # A key with a line break or a space in it would break the line, or mislead.
            word = part if isinstance(part, str) and part and part.isprintable() and " " not in part else short(part)
            text += f".{word}" if text else word
    return text


def wrong(path: Path, said: str) -> FoldworkError:
    """Return the error for one key of the config."""
    where, said = dotted(path), " ".join(said.split())
    # What a terminal would obey instead of showing comes as its escape.
    said = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in said)
    return FoldworkError(f"config: {where}: {said}" if where else f"config: {said}")


def nearest(word: Any, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like `word`, in letters of any case, or None where none is near."""
    lowered = {name.lower(): name for name in known if isinstance(name, str)}
    near = difflib.get_close_matches(str(word).lower(), lowered, n=1)
    return lowered[near[0]] if near else None


def did_you_mean(word: Any, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest known word, or nothing where none is near."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""


def hint(word: Any, known: Iterable[str]) -> str:
    """Return the nearest known word, as `did_you_mean` does, or where none is near all that are known."""
    known = list(known)
    return did_you_mean(word, known) or (f"; known here: {', '.join(known)}" if known else "; none is known here")


def short(value: Any, most: int = 60) -> str:
    """Return the repr of a value in one line of at most `most` characters."""
    text = (
        {True: "true", False: "false", None: "null"}[value] if value is None or value is True or value is False else ""
    )
    text = text or " ".join(repr(value).split())
    return text if len(text) <= most else f"{text[: most - 3]}..."


def kind(value: Any) -> str:
    """Return what a value is, in the config's words: `the string 'abc'`, `a list`, `null`."""
    if isinstance(value, str):
        return f"the string {short(value)}"
    if isinstance(value, bool) or value is None:
        return short(value)
    if isinstance(value, int | float):
        return f"the number {short(value)}"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else short(value)
