"""Which candidate of a clustering to prefer, by its metrics."""

from collections.abc import Hashable

import numpy as np
import pandas as pd

from foldwork.pictures.score_table import by_model, numbers_of

# Inertia is not among them: it falls with every cluster that is added.
_PREFERENCE = (("silhouette", 1), ("calinski_harabasz", 1), ("davies_bouldin", -1))


def choose(scores: pd.DataFrame, metrics: list[str]) -> dict[str, Hashable | None]:
    """Return the preferred candidate of each model.

    Parameters
    ----------
    scores : DataFrame
        A row a candidate: ``model`` and the metrics.
    metrics : list of str
        Those that may decide. The first of silhouette (highest), calinski_harabasz (highest) and davies_bouldin
        (lowest) that a model has a value of does; scikit-learn's longer names (``silhouette_score``) count too.

    Returns
    -------
    dict of str to row label or None
        For each model a label of ``scores.index``, the first among equals; None where no metric can decide.
    """
    return {model: _choose(rows, metrics) for model, rows in by_model(scores)}


def _choose(rows, metrics):
    for preferred, sign in _PREFERENCE:
        for metric in metrics:
            if metric.removesuffix("_score") == preferred and metric in rows:
                values = sign * numbers_of(rows[metric])
                if np.isfinite(values).any():
                    return rows.index[int(np.nanargmax(values))]
    return None
