"""Ranks of candidates by their mean scores, as in scikit-learn's `cv_results_`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def rank(means: "np.ndarray") -> "np.ndarray":
    """Return ranks as in `cv_results_`: 1 for the highest mean, equal means share the lowest rank, NaN ranks last.

    Parameters
    ----------
    means : ndarray of shape (n_candidates,)

    Returns
    -------
    ndarray of shape (n_candidates,), int32
    """
    import numpy as np

    if np.isnan(means).all():
        return np.ones(means.shape, dtype=np.int32)
    # This makes infinities finite, too, as scikit-learn does before ranking.
    means = np.nan_to_num(means, nan=np.nanmin(means) - 1)
    ordered = np.sort(-means)
    return (np.searchsorted(ordered, -means, side="left") + 1).astype(np.int32)
