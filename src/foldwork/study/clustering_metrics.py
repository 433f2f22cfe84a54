"""The metrics of a clustering: one row each, read by the check of the config, the engines and the choice among candidates.

Imports nothing: the Snakefile's own process reads it, too.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One metric of a partition.

    Attributes
    ----------
    function : str or None
        Its function in sklearn.metrics, called with the points, their labels and the metric's arguments; None where the estimator has it as
        an attribute.
    attribute : str or None
        The attribute of the fitted estimator that holds it.
    ranks : bool
        Whether it can rank partitions of different numbers of clusters. Inertia cannot: it falls with every cluster that is added.
    lower_is_better : bool
    dense_only : bool
        Whether scikit-learn computes it of dense points alone.
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
"""By the names that the config uses. Where several can rank, the first of this table that was asked for does."""


def ranking(names: list[str]) -> tuple[str | None, bool]:
    """Return the metric that ranks candidates which have these metrics (None where none can), and whether lower is better."""
    for name, metric in METRICS.items():
        if metric.ranks and name in names:
            return name, metric.lower_is_better
    return None, False
