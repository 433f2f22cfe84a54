"""Which candidates are as good as the best one: the corrected resampled t-test of one candidate against many.

The test is that of `comparison`, with n_folds - 1 degrees of freedom, two-sided. p-values are not adjusted for the number of candidates: an adjustment
would call more of them as good.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

ALPHA = 0.05
"""A candidate is as good as the best one if p is at least this: the usual level of such tests."""

_ROWS = 100_000
"""Candidates that are compared at once, to bound the memory."""


@dataclass(frozen=True, eq=False)
class AsGood:
    """Comparison of the best candidate with each candidate.

    Attributes
    ----------
    difference, p : ndarray of shape (n_candidates,)
        Mean over the folds of the best candidate's score minus the candidate's, and the p-value of the test; NaN where there is no test.
    mask : ndarray of bool, shape (n_candidates,)
        Whether a candidate is as good: p is at least ALPHA, or its scores are those of the best on every fold.
    """

    difference: np.ndarray
    p: np.ndarray
    mask: np.ndarray


def as_good_as(best: int, scores: np.ndarray, ratio: float | None) -> AsGood:
    """Compare one candidate with all.

    Parameters
    ----------
    best : int
        Row of the candidate with the best mean.
    scores : ndarray of shape (n_candidates, n_folds)
    ratio : float or None
        n_test / n_train of a fold. Without it there is no test.
    """
    n = len(scores)
    difference, p = np.full(n, np.nan), np.full(n, np.nan)
    for start in range(0, n, _ROWS):
        part = slice(start, start + _ROWS)
        difference[part], p[part] = _compare(scores[best], scores[part], ratio)
    mask = (p >= ALPHA) | (scores == scores[best]).all(axis=1)
    return AsGood(difference, p, mask)


def _compare(best: np.ndarray, scores: np.ndarray, ratio: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Return differences and p-values, with the operations of `comparison.compare`."""
    folds = scores.shape[1]
    with np.errstate(all="ignore"):
        differences = best - scores + 0.0
        mean = np.mean(differences, axis=1)
        if folds < 2 or ratio is None:
            return mean, np.full(len(scores), np.nan)
        exponent = np.frexp(np.abs(differences).max(axis=1))[1]
        scaled = np.ldexp(differences, -exponent[:, np.newaxis])
        scale = np.std(scaled, axis=1, ddof=1) * np.sqrt(1 / folds + ratio)
        p = 2 * stdtr(folds - 1, -np.abs(np.mean(scaled, axis=1)) / scale)
    constant = (differences == differences[:, :1]).all(axis=1)
    p[constant] = np.where(differences[constant, 0] == 0, 1.0, 0.0)
    p[~np.isfinite(differences).all(axis=1)] = np.nan
    return mean, p
