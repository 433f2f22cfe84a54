"""Ranks of candidates by their mean scores, as in scikit-learn's `cv_results_`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from foldwork.strategies.interface import Proposal

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


def first_best(ranks: "np.ndarray", proposals: Sequence[Proposal]) -> int:
    """Return the row of the candidate that `GridSearchCV` chooses: of several with the best rank the first one of its space, in whatever order they were proposed.

    Parameters
    ----------
    ranks : ndarray of shape (n_candidates,)
        Lower is better.
    proposals : sequence of Proposal
        Each candidate once. Of several models that of the first proposal with the best rank is taken. Of candidates with the same parameters
        the first proposal is returned, as it alone is evaluated.
    """
    import numpy as np

    rows = np.flatnonzero(ranks == ranks.min()).tolist()
    rows = [row for row in rows if proposals[row].model == proposals[rows[0]].model]
    chosen = min(rows, key=lambda row: proposals[row].candidate)
    return next(row for row in rows if proposals[row].params == proposals[chosen].params)
