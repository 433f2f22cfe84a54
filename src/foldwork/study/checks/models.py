"""Check models: estimators, pipelines step by step, and their spaces."""

from typing import Any

from foldwork.sklearn_private import validate_steps
from foldwork.study.checks.precomputed import refuse_precomputed
from foldwork.study.checks.randomness import not_reproducible, unseeded_classes
from foldwork.study.checks.spaces import check_space
from foldwork.study.checks.user_errors import errors_at
from foldwork.study.checks.values import check_object
from foldwork.study.messages import config_error, shown
from foldwork.study.objects import build_estimator
from foldwork.study.search_space import grids_of


def check_model(model: dict[str, Any], path: list, result: str) -> tuple[Any, list[str]]:
    """Check an estimator with its space.

    Parameters
    ----------
    model : dict
        `estimator` and `space`.
    path : list
        Path of the model in the config.
    result : str
        What is not reproducible without a seed ("its search is").

    Returns
    -------
    (object, list of str)
        The built estimator, and warnings.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    from sklearn.base import clone

    with errors_at([*path, "estimator"]):
        estimator = _check_estimator(model["estimator"], [*path, "estimator"])
        refuse_precomputed(estimator, [*path, "estimator"])
        clone(estimator)  # the first call of every evaluation
    replacements = check_space(model["space"], estimator, [*path, "space"])
    classes = unseeded_classes(estimator, grids_of(model["space"]))
    classes += [name for replacement in replacements for name in unseeded_classes(replacement, [])]
    return estimator, [not_reproducible(path, name, result) for name in dict.fromkeys(classes)]


def _check_estimator(spec: Any, path: list) -> Any:
    """Build an estimator, or a pipeline step by step, so that an error names the step."""
    if isinstance(spec, dict):
        estimator = check_object(spec, path)
        missing = [name for name in ("fit", "get_params", "set_params") if not hasattr(estimator, name)]
        if missing:
            raise config_error(
                [*path, "class"], f"{shown(spec['class'])} is no estimator: it has no {' and no '.join(missing)}"
            )
        return estimator
    for place, step in enumerate(spec):
        ((name, inner),) = step.items()
        if inner is None or inner == "passthrough":
            continue
        built = _check_estimator(inner, [*path, place, name])
        if place < len(spec) - 1 and not hasattr(built, "transform"):
            raise config_error(
                [*path, place, name], f"{type(built).__name__} has no transform: it can be the last step alone"
            )
    with errors_at(path):
        pipeline = build_estimator(spec)
        validate_steps(pipeline)
        return pipeline
