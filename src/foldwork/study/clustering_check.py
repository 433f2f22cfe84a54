"""Check a clustering against its persisted dataset, before anything is fitted."""

from typing import Any

from foldwork.errors import FoldworkError
from foldwork.study.clustering_metrics import FOR_SPARSE_POINTS, METRICS
from foldwork.study.objects import metric_name
from foldwork.study.pipeline_steps import steps_of, unfold
from foldwork.study.search_space import candidates


def check(clustering: str, spec: dict[str, Any], dataset: dict[str, Any]) -> None:
    """Refuse more clusters than points, and metrics that cannot be computed for sparse points.

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
    # The last step of a pipeline clusters the points; an earlier one may cluster features.
    step, last = unfold(model_spec["estimator"])[-1]
    parameter = f"{step}__n_clusters" if step else "n_clusters"
    fixed = last.get("n_clusters") if isinstance(last, dict) else None
    numbers = [params.get(parameter, fixed) for params in candidates(model_spec["space"])]
    most = max((number for number in numbers if isinstance(number, int)), default=0)
    if most > points:
        raise FoldworkError(
            f"{where}: n_clusters goes up to {most}, dataset {name} has {points} points; take fewer clusters"
        )


def _check_metrics(where: str, name: str, spec: dict[str, Any]) -> None:
    # Metrics are computed from the input of a pipeline's last step, which may be dense.
    if all(len(steps_of(model["estimator"]) or []) > 1 for model in spec["models"].values()):
        return
    for place, metric in enumerate(spec.get("metrics") or []):
        if METRICS[metric_name(metric)].dense_only:
            raise FoldworkError(
                f"{where}.metrics[{place}]: {metric_name(metric)} takes no sparse points, and dataset {name} is sparse; take {FOR_SPARSE_POINTS}"
            )
