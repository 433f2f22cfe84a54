"""The score of a candidate, by which strategies compare it with others."""

from collections.abc import Sequence


def mean_score(scores: Sequence[float]) -> float:
    """Return the mean over the folds, NaN if an evaluation failed: the number that scores.csv has, to the last bit."""
    import numpy as np

    return float(np.average(scores))
