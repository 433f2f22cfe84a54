"""Durations, candidates and the best so far, as a person reads them."""

from typing import Any


def duration(seconds: float) -> str:
    """Return a time span as a person says it: 45 s, 3 min, 2.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def candidate(model: str, params: dict[str, Any]) -> str:
    """Return a candidate as a person reads it: `svc(C=1, gamma=0.01)`."""
    said = ", ".join(
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}" for name, value in params.items()
    )
    return f"{model}({said})"


def best(found: dict[str, Any] | None) -> str:
    """Return `BestSoFar.found` as a person reads it; nothing where there is none."""
    if found is None:
        return ""
    words = f"best {_scored(found)}"
    if not found["whole"]:
        return f"{words} (not all folds)"
    if ahead := found["ahead"]:
        folds = "1 fold" if ahead["folds"] == 1 else f"{ahead['folds']} folds"
        words += f"; ahead after {folds}: {_scored(ahead)}"
    return words


def _scored(found: dict[str, Any]) -> str:
    return f"{found['score']:.4f} {candidate(found['model'], found['params'])}"
