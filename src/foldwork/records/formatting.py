"""Format durations, values of the config, candidates and the best score for messages and pictures."""

from collections.abc import Iterable
from typing import Any


def duration(seconds: float) -> str:
    """Format seconds: `45 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def candidate(model: str, params: dict[str, Any]) -> str:
    """Format a candidate: `svc(C=1, gamma=0.01)`."""
    values = ", ".join(
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value_in_words(value)}"
        for name, value in params.items()
    )
    return f"{model}({values})"


def value_in_words(value: Any, shared: Iterable[str] = ()) -> str:
    """Return a value of the config as one would write it in Python, without import paths.

    Parameters
    ----------
    value : object
        A number, string, None, list or mapping, as JSON has it: ``{"class": …}`` is an object, ``{"ref": …}`` a function.
    shared : iterable of str
        Arguments of an object that are left out, for other values have the same.
    """
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return f"[{', '.join(map(value_in_words, value))}]"
    if not isinstance(value, dict):
        return str(value)
    if set(value) == {"tuple"}:
        items = [value_in_words(item) for item in value["tuple"]]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if set(value) == {"ref"}:
        return _last(value["ref"])
    if set(value) == {"dict"}:
        return _mapping(value["dict"])
    if "class" not in value:
        return _mapping(value.items())
    words = [f"{key}={value_in_words(each)}" for key, each in value.items() if key not in {"class", *shared}]
    return f"{_last(value['class'])}({', '.join(words)})" if words else _last(value["class"])


def _mapping(items):
    return f"{{{', '.join(f'{value_in_words(key)}: {value_in_words(value)}' for key, value in items)}}}"


def _last(path: str) -> str:
    return str(path).rpartition(".")[2]


def best(found: dict[str, Any] | None) -> str:
    """Format what `BestSoFar.found` returned; an empty string for None."""
    if found is None:
        return ""
    text = f"best {_scored(found)}"
    if not found["whole"]:
        return f"{text} (not all folds)"
    if ahead := found["ahead"]:
        folds = "1 fold" if ahead["folds"] == 1 else f"{ahead['folds']} folds"
        text += f"; ahead after {folds}: {_scored(ahead)}"
    return text


def _scored(found: dict[str, Any]) -> str:
    return f"{found['score']:.4f} {candidate(found['model'], found['params'])}"
