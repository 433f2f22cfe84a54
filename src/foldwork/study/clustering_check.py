"""What a clustering asks of its dataset, checked when the data are there and before anything is fitted."""

from typing import Any

from foldwork.errors import FoldworkError
from foldwork.study.clustering_metrics import METRICS
from foldwork.study.objects import metric_name
from foldwork.study.search_space import candidates


def check(clustering: str, spec: dict[str, Any], dataset: dict[str, Any]) -> None:
    """Refuse a clustering that its dataset does not suit: too few points, or a metric that cannot be computed of sparse points.

    Parameters
    ----------
    clustering : str
        Its name.
    spec : dict
        Its part of the config.
    dataset : dict
        dataset.json.

    Raises
    ------
    FoldworkError
        Names the clustering's key.
    """
    where, name = f"clusterings.{clustering}", dataset["dataset"]
    for model, model_spec in spec["models"].items():
        _check_number(f"{where}.models.{model}", name, dataset["shape"][0], model_spec)
    if dataset.get("sparse"):
        _check_metrics(where, name, spec)


def _check_number(where: str, name: str, points: int, model_spec: dict[str, Any]) -> None:
    estimator = model_spec["estimator"]
    # Of a pipeline it is the last step that makes clusters of points; another may make some of features.
    step, last = next(iter(estimator[-1].items())) if isinstance(estimator, list) else ("", estimator)
    key = f"{step}__n_clusters" if step else "n_clusters"
    fixed = last.get("n_clusters") if isinstance(last, dict) else None
    asked = [params.get(key, fixed) for params in candidates(model_spec["space"])]
    most = max((value for value in asked if isinstance(value, int)), default=0)
    if most > points:
        raise FoldworkError(
            f"{where}: n_clusters goes up to {most}, dataset {name} has {points} points; take fewer clusters"
        )


def _check_metrics(where: str, name: str, spec: dict[str, Any]) -> None:
    # Metrics are of what the last step of a pipeline sees, which may be dense.
    if all(isinstance(model["estimator"], list) and len(model["estimator"]) > 1 for model in spec["models"].values()):
        return
    for place, metric in enumerate(spec.get("metrics") or []):
        if METRICS[metric_name(metric)].dense_only:
            raise FoldworkError(
                f"{where}.metrics[{place}]: {metric_name(metric)} takes no sparse points, and dataset {name} is sparse; take silhouette or inertia"
            )
