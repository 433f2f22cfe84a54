"""The score of a candidate, by which strategies compare it with others."""

from collections.abc import Sequence


def mean_score(scores: Sequence[float]) -> float:
    """Return the mean over the folds, summed in their order; NaN if an evaluation failed."""
    return sum(scores) / len(scores)
