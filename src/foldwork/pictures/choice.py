"""Which candidate of a clustering to prefer, by its metrics."""

from collections.abc import Hashable

import numpy as np
import pandas as pd

from foldwork.pictures.score_table import by_model, numbers_of
from foldwork.study.clustering_metrics import METRICS


def choose(scores: pd.DataFrame, metrics: list[str]) -> dict[str, Hashable | None]:
    """Return the preferred candidate of each model.

    Parameters
    ----------
    scores : DataFrame
        A row a candidate: ``model`` and the metrics.
    metrics : list of str
        Those that may decide. The first one of the table METRICS that ranks candidates and of which a model has a value decides. The names
        of their functions (``silhouette_score``) count, too.

    Returns
    -------
    dict of str to row label or None
        For each model a label of ``scores.index``, the first among equals; None where no metric can decide.
    """
    return {model: _choose(rows, metrics) for model, rows in by_model(scores)}


def _choose(rows, metrics):
    for name, known in METRICS.items():
        for metric in metrics:
            if known.ranks and metric in (name, str(known.function).rpartition(".")[2]) and metric in rows:
                values = numbers_of(rows[metric]) * (-1 if known.lower_is_better else 1)
                if np.isfinite(values).any():
                    return rows.index[int(np.nanargmax(values))]
    return None
