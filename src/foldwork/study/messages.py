"""How a mistake in the config is said: one line with the key's path, what is wrong, and what would be right."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from foldwork.errors import FoldworkError, printable

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
    said = printable(said)
    return FoldworkError(f"config: {where}: {said}" if where else f"config: {said}")


ABBREVIATIONS = {
    "acc": "accuracy",
    "ap": "average_precision",
    "auc": "roc_auc",
    "ce": "neg_log_loss",
    "f1_score": "f1",
    "logloss": "neg_log_loss",
    "log_loss": "neg_log_loss",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "mse": "neg_mean_squared_error",
    "msle": "neg_mean_squared_log_error",
    "r2_score": "r2",
    "rmse": "neg_root_mean_squared_error",
    "rmsle": "neg_root_mean_squared_log_error",
}
"""What people call metrics, and scikit-learn's scorers that they mean."""


def nearest(word: Any, known: Iterable[str]) -> str | None:
    """Return the known word that `word` most likely stands for, in letters of any case, or None where none is near.

    A usual abbreviation goes first, then the shortest known word that begins with `word`, then the one that looks most like it.
    """
    lowered = {name.lower(): name for name in known if isinstance(name, str)}
    text = str(word).lower()
    if ABBREVIATIONS.get(text) in lowered:
        return lowered[ABBREVIATIONS[text]]
    longer = sorted((name for name in lowered if len(text) > 2 and name.startswith(text)), key=len)
    near = longer[:1] or difflib.get_close_matches(text, lowered, n=1)
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
