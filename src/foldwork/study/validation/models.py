"""Rules for models: the shape of an estimator, and its space."""

from typing import Any

from foldwork.study.messages import config_error, described, nearest
from foldwork.study.validation.names import is_step_name
from foldwork.study.validation.spaces import check_sizes, check_space


def check_models(models: dict[str, Any], whole_grid: str | None, path: list) -> None:
    """Check the models of a search or clustering without importing what they name.

    Parameters
    ----------
    models : dict
        Name to `estimator` and `space`.
    whole_grid : str or None
        Name of the strategy if it takes the whole grid; None if it draws candidates.
    path : list
        Path of the models in the config.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    for name, model in models.items():
        _check_estimator(model["estimator"], [*path, name, "estimator"])
        check_space(model["space"], whole_grid, [*path, name, "space"])
    check_sizes({name: model["space"] for name, model in models.items()}, whole_grid, path)


def _check_estimator(spec: Any, path: list) -> None:
    """Check one `{class: …}`, or a list of one-key mappings (the steps of a pipeline), at any depth."""
    if isinstance(spec, dict):
        _check_class(spec, path)
        return
    if not isinstance(spec, list):
        raise config_error(path, f"must be {{class: import.path}} or a list of named steps, not {described(spec)}")
    if not spec:
        raise config_error(path, "is empty; a pipeline has at least one step")
    seen = set()
    for place, step in enumerate(spec):
        here = [*path, place]
        if not isinstance(step, dict) or len(step) != 1:
            raise config_error(
                here, "must be one named step, such as {scale: {class: sklearn.preprocessing.StandardScaler}}"
            )
        ((name, inner),) = step.items()
        if not is_step_name(name):
            raise config_error(
                [*here, name], "not a name of a step: letters, digits, '_', '.' and '-' alone, and no '__'"
            )
        if name in seen:
            raise config_error([*here, name], "another step has the same name")
        seen.add(name)
        if inner is not None and inner != "passthrough":
            _check_estimator(inner, [*here, name])


def _check_class(spec: dict[str, Any], path: list) -> None:
    if "class" not in spec:
        near = nearest("class", spec)
        misspelling = f"; is {near!r} a misspelling?" if near else ""
        raise config_error([*path, "class"], f"is missing (such as sklearn.svm.SVC){misspelling}")
    if not isinstance(spec["class"], str):
        raise config_error(
            [*path, "class"], f"must be an import path such as sklearn.svm.SVC, not {described(spec['class'])}"
        )
