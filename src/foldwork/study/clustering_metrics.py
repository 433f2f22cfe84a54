"""The metrics of clusterings, one row each: a new metric is a row of METRICS.

Imports nothing heavy: the Snakefile's process imports it.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A metric of a partition.

    Attributes
    ----------
    function : str or None
        Its function in sklearn.metrics, called with the points, their labels and the metric's arguments. None if the estimator has the value.
    attribute : str or None
        The attribute of the fitted estimator that holds the value.
    ranks : bool
        Whether it can rank partitions of different numbers of clusters. Inertia cannot: it falls with every added cluster.
    lower_is_better : bool
    dense_only : bool
        Whether scikit-learn computes it for dense points alone.
    """

    function: str | None = None
    attribute: str | None = None
    ranks: bool = True
    lower_is_better: bool = False
    dense_only: bool = False


METRICS = {
    "inertia": Metric(attribute="inertia_", ranks=False, lower_is_better=True),
    "silhouette": Metric("silhouette_score"),
    "calinski_harabasz": Metric("calinski_harabasz_score", dense_only=True),
    "davies_bouldin": Metric("davies_bouldin_score", lower_is_better=True, dense_only=True),
}
"""By the names that the config uses. Of several metrics that can rank, the first in this table ranks."""

FOR_SPARSE_POINTS = " or ".join(name for name, metric in METRICS.items() if not metric.dense_only)
"""For error messages."""


def ranking(names: Iterable[str]) -> tuple[str | None, bool]:
    """Return which of these metrics ranks candidates (None if none can), and whether lower is better."""
    names = set(names)
    for name, metric in METRICS.items():
        if metric.ranks and name in names:
            return name, metric.lower_is_better
    return None, False
