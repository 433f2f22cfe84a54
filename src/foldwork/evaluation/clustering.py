"""Fit one candidate of a clustering and compute labels, centers and metrics of its partition."""

import time
from typing import Any

import numpy as np

from foldwork.evaluation.labels import pack
from foldwork.evaluation.task import Task
from foldwork.storage import ledger
from foldwork.study import objects
from foldwork.study.clustering_metrics import FOR_SPARSE_POINTS, METRICS


def fit_clustering(
    task: Task, model: str, params: dict[str, Any], arrays: dict[str, Any], record: dict[str, Any]
) -> None:
    """Fit a clusterer on the whole dataset; fill `record` as far as this gets.

    Points without a cluster (label -1) are left out of the metrics. A metric that is not defined for the partition (fewer than two clusters, an
    estimator without inertia) is "nan".

    Parameters
    ----------
    task : Task
        Of a clustering.
    model : str
        Name of the model.
    params : dict
        The candidate's parameters as the config has them.
    arrays : dict
        X, array-like or sparse, of shape (n_samples, n_features).
    record : dict
        Gets `test` (metric to score), `fit_time` and `score_time` (seconds), `n_clusters`, `labels` (text, see `labels.pack`) and `centers` (list of
        shape (n_clusters, n_features), or None if there are none or they are not in the space of X).

    Raises
    ------
    BaseException
        What the estimator or a metric raises.
    """
    X = arrays["X"]
    names = [objects.metric_name(metric) for metric in task.description["metrics"]]
    record["test"] = dict.fromkeys(names, "nan")
    start = time.perf_counter()
    try:
        estimator = task.candidate(model, params)
        estimator.fit(X)
    finally:
        record["fit_time"] = time.perf_counter() - start
        record["score_time"] = 0.0
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    labels = np.asarray(last.labels_)
    start = time.perf_counter()
    points = estimator[:-1].transform(X) if hasattr(estimator, "steps") and len(estimator.steps) > 1 else X
    for metric in task.description["metrics"]:
        name = objects.metric_name(metric)
        arguments = objects.build(metric[name] or {}) if isinstance(metric, dict) else {}
        record["test"][name] = ledger.finite(_score(name, last, points, labels, arguments))
    record["score_time"] = time.perf_counter() - start
    record["n_clusters"] = int(np.unique(labels[labels >= 0]).size)
    record["labels"] = pack(labels)
    centers = getattr(last, "cluster_centers_", None)
    record["centers"] = np.asarray(centers, dtype=float).tolist() if centers is not None and points is X else None


def _score(name: str, estimator: Any, X: Any, labels: np.ndarray, arguments: dict[str, Any]) -> float:
    """Return a metric of the partition `labels` (int, shape (n_samples,)) of the points X; NaN if it is not defined for it."""
    metric = METRICS[name]
    if metric.attribute:
        return float(getattr(estimator, metric.attribute, np.nan))
    members = labels >= 0
    if not members.all():
        X, labels = X[members], labels[members]
    if not 2 <= np.unique(labels).size < labels.size:
        return float("nan")
    if metric.dense_only and hasattr(X, "tocsr"):
        raise TypeError(
            f"{name} takes no sparse points, and those before the last step are sparse; take {FOR_SPARSE_POINTS}"
        )
    return float(objects.locate(metric.function)(X, labels, **arguments))
