"""Format durations, candidates and the best score for messages."""

from typing import Any


def duration(seconds: float) -> str:
    """Format seconds: `45 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def candidate(model: str, params: dict[str, Any]) -> str:
    """Format a candidate: `svc(C=1, gamma=0.01)`."""
    return f"{model}({', '.join(f'{name}={value_in_words(value)}' for name, value in params.items())})"


def value_in_words(value: Any) -> str:
    """Format a value of the config as Python writes it: `RobustScaler(quantile_range=(10, 90))`."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return f"[{', '.join(map(value_in_words, value))}]"
    if not isinstance(value, dict):
        return str(value)
    if "class" in value:
        arguments = ", ".join(f"{name}={value_in_words(each)}" for name, each in value.items() if name != "class")
        return f"{str(value['class']).rpartition('.')[2]}({arguments})"
    if value.keys() == {"ref"}:
        return str(value["ref"]).rpartition(".")[2]
    if value.keys() == {"tuple"}:
        items = list(map(value_in_words, value["tuple"]))
        return f"({', '.join(items)}{',' * (len(items) == 1)})"
    return str(value)


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
