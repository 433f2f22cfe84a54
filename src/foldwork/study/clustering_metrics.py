"""The metrics of clusterings, one row each: a new metric is a row of METRICS, and a function that may be anywhere.

Imports nothing heavy: the Snakefile's process imports it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Metric:
    """A metric of a partition.

    Attributes
    ----------
    function : str or None
        Import path of its function, of scikit-learn, of this package or of a module in the study's directory. It is called with the points
        and their labels by position, and with the arguments that the config gives by name (checked against its signature). None if the
        estimator has the value.
    attribute : str or None
        The attribute of the fitted estimator that holds the value.
    ranks : bool
        Whether it can rank partitions of different numbers of clusters. Inertia cannot: it falls with every added cluster.
    lower_is_better : bool
    dense_only : bool
        Whether its function takes dense points alone.
    """

    function: str | None = None
    attribute: str | None = None
    ranks: bool = True
    lower_is_better: bool = False
    dense_only: bool = False


METRICS = {
    "inertia": Metric(attribute="inertia_", ranks=False, lower_is_better=True),
    "silhouette": Metric("sklearn.metrics.silhouette_score"),
    "calinski_harabasz": Metric("sklearn.metrics.calinski_harabasz_score", dense_only=True),
    "davies_bouldin": Metric("sklearn.metrics.davies_bouldin_score", lower_is_better=True, dense_only=True),
}
"""By the names that the config uses.

The order of the rows decides which metric ranks: of the requested metrics that can rank, the first in this table, not the first in the config. So a row
that is put before others changes which candidate is the best of clusterings that request it.

A row that gets another function needs a higher EVALUATION in study/versions.py: keys contain the names of the metrics, not the paths of their functions.
The source of a function outside scikit-learn and this package is part of the keys.
"""

FOR_SPARSE_POINTS = " or ".join(name for name, metric in METRICS.items() if not metric.dense_only)
"""For error messages."""


def function_paths(spec: Any) -> Iterator[str]:
    """Yield the import paths of the functions of all metrics in a part of the config: in lists under the key `metrics`."""
    for key, value in spec.items() if isinstance(spec, dict) else enumerate(spec if isinstance(spec, list) else ()):
        if key == "metrics" and isinstance(value, list):
            names = [next(iter(metric), "") if isinstance(metric, dict) else metric for metric in value]
            known = [METRICS[name] for name in names if isinstance(name, str) and name in METRICS]
            yield from (metric.function for metric in known if metric.function)
        yield from function_paths(value)


def leaves_points(name: str) -> bool:
    """Return whether a metric is known not to change the points, which later metrics get, too."""
    metric = METRICS.get(name)
    return metric is not None and (metric.function or "sklearn.").startswith(("sklearn.", "foldwork."))


def ranking(names: Iterable[str]) -> tuple[str | None, bool]:
    """Return which of these metrics ranks candidates (None if none can), and whether lower is better."""
    names = set(names)
    for name, metric in METRICS.items():
        if metric.ranks and name in names:
            return name, metric.lower_is_better
    return None, False
