"""Format durations, candidates and the best score for messages."""

from typing import Any


def duration(seconds: float) -> str:
    """Format seconds: `45 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def candidate(model: str, params: dict[str, Any]) -> str:
    """Format a candidate: `svc(C=1, gamma=0.01)`."""
    values = ", ".join(
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}" for name, value in params.items()
    )
    return f"{model}({values})"


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
