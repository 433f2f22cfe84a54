"""Evaluate one clustering candidate on an engine: fit, labels, centres, and how good the partition is."""

import base64
import time
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from foldwork.storage import ledger
from foldwork.study import objects
from foldwork.study.clustering_metrics import METRICS

if TYPE_CHECKING:
    from foldwork.evaluation.evaluate import Task


def cluster(task: "Task", model: str, params: dict[str, Any], arrays: dict[str, Any], record: dict[str, Any]) -> None:
    """Fit a clusterer on the whole dataset and fill `record`: metrics under `test`, `labels`, `centers` (or None).

    A metric that has no meaning for the partition (fewer than two clusters, an estimator without inertia) is "nan". Points that belong to no
    cluster (label -1) are left out of the metrics.
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
    seen = estimator[:-1].transform(X) if hasattr(estimator, "steps") and len(estimator.steps) > 1 else X
    for metric in task.description["metrics"]:
        name = objects.metric_name(metric)
        arguments = objects.build(metric[name] or {}) if isinstance(metric, dict) else {}
        record["test"][name] = ledger.finite(_metric(name, last, seen, labels, arguments))
    record["score_time"] = time.perf_counter() - start
    record["n_clusters"] = int(np.unique(labels[labels >= 0]).size)
    record["labels"] = pack(labels)
    centers = getattr(last, "cluster_centers_", None)
    record["centers"] = np.asarray(centers, dtype=float).tolist() if centers is not None and seen is X else None


def _metric(name: str, estimator: Any, X: Any, labels: np.ndarray, arguments: dict[str, Any]) -> float:
    metric = METRICS[name]
    if metric.attribute:
        return float(getattr(estimator, metric.attribute, np.nan))
    import sklearn.metrics

    members = labels >= 0
    if not members.all():
        X, labels = X[members], labels[members]
    if not 2 <= np.unique(labels).size < labels.size:
        return float("nan")
    if metric.dense_only and hasattr(X, "tocsr"):
        raise TypeError(f"{name} takes no sparse points, and those before the last step are sparse; take silhouette")
    return float(getattr(sklearn.metrics, metric.function)(X, labels, **arguments))


def pack(labels: np.ndarray) -> str:
    """Return integer labels as text: little-endian int32, deflated, base 64."""
    return base64.b64encode(zlib.compress(labels.astype("<i4").tobytes(), 6)).decode()


def unpack(text: str) -> np.ndarray:
    """Return the labels that `pack` wrote, as int32."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype="<i4")
