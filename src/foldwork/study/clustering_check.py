"""Check a clustering against its persisted dataset, before anything is fitted."""

from typing import Any

from foldwork.errors import FoldworkError
from foldwork.study.clustering_metrics import FOR_SPARSE_POINTS, METRICS
from foldwork.study.number_of_clusters import N_CLUSTERS, n_clusters_parameter
from foldwork.study.objects import metric_name
from foldwork.study.pipeline_steps import steps_of, unfold
from foldwork.study.search_space import candidates


def check(clustering: str, spec: dict[str, Any], dataset: dict[str, Any]) -> None:
    """Refuse more clusters than points or points of a subsample, and what cannot be computed for sparse points.

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
    if spec.get("stability"):
        _check_subsamples(where, name, dataset["shape"][0], spec)
    if dataset.get("sparse"):
        _check_metrics(where, name, spec)


def _check_number(where: str, name: str, points: int, model_spec: dict[str, Any]) -> None:
    if (most := _most_clusters(model_spec)) > points:
        raise FoldworkError(
            f"{where}: n_clusters goes up to {most}, dataset {name} has {points} points; take fewer clusters"
        )


def _check_subsamples(where: str, name: str, points: int, spec: dict[str, Any]) -> None:
    """Refuse subsamples with fewer points than clusters: each candidate would fail on all of them."""
    fraction = spec["stability"]["sample_size"]
    size = points_of_subsample(fraction, points)
    most = max(map(_most_clusters, spec["models"].values()))
    if size < max(most, 2):
        raise FoldworkError(
            f"{where}.stability.sample_size: {fraction:g} of the {points} points of dataset {name} are {size}, and n_clusters goes up to {most}; "
            "take larger subsamples or fewer clusters"
        )


def points_of_subsample(fraction: float, points: int) -> int:
    """Return the number of points of a subsample: the fraction of all points, rounded down."""
    return int(fraction * points)


def _most_clusters(model_spec: dict[str, Any]) -> int:
    """Return the largest number of clusters that the config gives a model, 0 if it gives none."""
    last = unfold(model_spec["estimator"])[-1][1]
    fixed = last.get(N_CLUSTERS) if isinstance(last, dict) else None
    parameter = n_clusters_parameter(model_spec["estimator"])
    numbers = [params.get(parameter, fixed) for params in candidates(model_spec["space"])]
    return max((number for number in numbers if isinstance(number, int)), default=0)


def _check_metrics(where: str, name: str, spec: dict[str, Any]) -> None:
    # Metrics are computed from the input of a pipeline's last step, which may be dense.
    if all(len(steps_of(model["estimator"]) or []) > 1 for model in spec["models"].values()):
        return
    if spec.get("gap"):
        raise FoldworkError(f"{where}.gap: takes no sparse points, and dataset {name} is sparse; leave it out")
    for place, metric in enumerate(spec.get("metrics") or []):
        if METRICS[metric_name(metric)].dense_only:
            raise FoldworkError(
                f"{where}.metrics[{place}]: {metric_name(metric)} takes no sparse points, and dataset {name} is sparse; take {FOR_SPARSE_POINTS}"
            )
