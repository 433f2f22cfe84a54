"""Fit one candidate of a clustering: on all points, with the metrics of its partition, or on other points, to assess it."""

import time
from typing import Any

import numpy as np

from foldwork.evaluation.labels import pack
from foldwork.evaluation.last_step import points_of_last_step
from foldwork.evaluation.resampled_points import reference_points, rows_of_subsample, within_dispersion
from foldwork.evaluation.task import Task
from foldwork.sklearn_private import take_rows
from foldwork.storage import ledger
from foldwork.study import objects
from foldwork.study.clustering_metrics import FOR_SPARSE_POINTS, METRICS


def fit_clustering(
    task: Task,
    model: str,
    params: dict[str, Any],
    arrays: dict[str, Any],
    record: dict[str, Any],
    resource: dict[str, Any] | None = None,
) -> None:
    """Fit a clusterer; fill `record` as far as this gets.

    On the whole dataset: points without a cluster (label -1) are left out of the metrics. A metric that is not defined for the partition (fewer than two
    clusters, an estimator without inertia) is "nan". On a subsample or on reference data no metric is computed.

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
        Gets `fit_time` and `score_time` (seconds), `n_clusters`, and
        - on all points `test` (metric to score), `labels` (text, see `labels.pack`), `centers` (list of shape (n_clusters, n_features), or None if there are
          none or they are not in the space of X), and, if the task wants it, `dispersion`;
        - on a subsample `labels`, in the order of `rows_of_subsample`;
        - on reference data `dispersion`.
    resource : dict, optional
        Subsample or reference data to fit on (see `resampled_points`). None: all points.

    Raises
    ------
    BaseException
        What the estimator or a metric raises.
    """
    X = arrays["X"]
    record["fit_time"] = record["score_time"] = 0.0
    if resource is None:
        record["test"] = {objects.metric_name(metric): "nan" for metric in task.description["metrics"]}
    estimator = task.candidate(model, params)
    if resource is None:
        _fit_whole(task, estimator, X, record)
    elif "reference" in resource:
        points, last = points_of_last_step(estimator, X)
        points = reference_points(points, resource)
        labels = _fit(last, points, record)
        record["dispersion"] = ledger.finite(within_dispersion(points, labels))
    else:
        labels = _fit(estimator, take_rows(X, rows_of_subsample(resource, X.shape[0])), record)
        record["labels"] = pack(labels)


def _fit(estimator: Any, X: Any, record: dict[str, Any]) -> np.ndarray:
    """Fit a clusterer and return its labels, int of shape (n_samples,)."""
    start = time.perf_counter()
    try:
        estimator.fit(X)
    finally:
        record["fit_time"] = time.perf_counter() - start
    labels = np.asarray(_last(estimator).labels_)
    record["n_clusters"] = int(np.unique(labels[labels >= 0]).size)
    return labels


def _last(estimator: Any) -> Any:
    return estimator[-1] if hasattr(estimator, "steps") else estimator


def _fit_whole(task: Task, estimator: Any, X: Any, record: dict[str, Any]) -> None:
    labels = _fit(estimator, X, record)
    last = _last(estimator)
    start = time.perf_counter()
    points = estimator[:-1].transform(X) if hasattr(estimator, "steps") and len(estimator.steps) > 1 else X
    for metric in task.description["metrics"]:
        name = objects.metric_name(metric)
        arguments = objects.build(metric[name] or {}) if isinstance(metric, dict) else {}
        record["test"][name] = ledger.finite(_score(name, last, points, labels, arguments))
    record["score_time"] = time.perf_counter() - start
    record["labels"] = pack(labels)
    centers = getattr(last, "cluster_centers_", None)
    record["centers"] = np.asarray(centers, dtype=float).tolist() if centers is not None and points is X else None
    if task.description.get("dispersion"):
        record["dispersion"] = ledger.finite(within_dispersion(points, labels))


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
