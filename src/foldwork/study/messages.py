"""Error messages for the config: one line with the key's path, what is wrong, and what would be right."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from foldwork.errors import FoldworkError, printable

Path = Sequence[str | int]

MOST_CHARACTERS = 60
"""Of a value in a message."""


def dotted(path: Path) -> str:
    """Return the path of a key as one word: `searches.x.scoring[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int) and not isinstance(part, bool):
            text += f"[{part}]"
        else:
            # A key with a line break or a space in it would break the line, or mislead.
            word = part if isinstance(part, str) and part and part.isprintable() and " " not in part else shown(part)
            text += f".{word}" if text else word
    return text


def config_error(path: Path, problem: str) -> FoldworkError:
    """Return the error for one key of the config.

    Parameters
    ----------
    path : sequence of str or int
        Keys and list positions from the outermost mapping to the key.
    problem : str
        What is wrong with its value, and what would be right.
    """
    where, problem = dotted(path), printable(" ".join(problem.split()))
    return FoldworkError(f"config: {where}: {problem}" if where else f"config: {problem}")


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
"""Common names of metrics, and scikit-learn's scorers for them."""


def nearest(word: Any, known: Iterable[str]) -> str | None:
    """Return the known word that `word` most likely stands for, or None. Upper and lower case are the same.

    A common abbreviation counts first, then the shortest known word that begins with `word`, then the most similar word.
    """
    lowered = {name.lower(): name for name in known if isinstance(name, str)}
    text = str(word).lower()
    if ABBREVIATIONS.get(text) in lowered:
        return lowered[ABBREVIATIONS[text]]
    longer = sorted((name for name in lowered if len(text) > 2 and name.startswith(text)), key=len)
    near = longer[:1] or difflib.get_close_matches(text, lowered, n=1)
    return lowered[near[0]] if near else None


def did_you_mean(word: Any, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest known word, or an empty string."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""


def hint(word: Any, known: Iterable[str]) -> str:
    """Return what `did_you_mean` returns, or a list of all known words where none is near."""
    known = list(known)
    return did_you_mean(word, known) or (f"; known here: {', '.join(known)}" if known else "; none is known here")


def some_of(words: Iterable[str], most: int = 12) -> str:
    """Return words in a list with commas, the first ones and `…` if there are many."""
    words = list(words)
    return ", ".join(words[:most]) + (", …" if len(words) > most else "")


def shown(value: Any) -> str:
    """Return a value as a message shows it: its repr (`true`, `false` and `null` as in YAML, in lists and mappings, too), in one line, shortened."""
    text = " ".join(_in_yaml(value).split())
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 3]}..."


def _in_yaml(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list):
        return f"[{', '.join(map(_in_yaml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_in_yaml(key)}: {_in_yaml(each)}' for key, each in value.items())}}}"
    return repr(value)


def described(value: Any) -> str:
    """Return a value with its type in YAML's words: `the string 'abc'`, `a list`, `null`."""
    if isinstance(value, str):
        return f"the string {shown(value)}"
    if isinstance(value, bool) or value is None:
        return shown(value)
    if isinstance(value, int | float):
        return f"the number {shown(value)}"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else shown(value)
