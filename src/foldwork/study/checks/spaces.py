"""Check spaces: the names of parameters, and the values that a list gives them."""

import inspect
from typing import Any

from foldwork.study.checks.constraints import refuse_string
from foldwork.study.checks.precomputed import refuse_precomputed, refuse_precomputed_value
from foldwork.study.checks.user_errors import errors_at
from foldwork.study.checks.values import check_value
from foldwork.study.messages import config_error, did_you_mean, shown
from foldwork.study.pipeline_steps import enclosing_steps
from foldwork.study.search_space import Space, grids_of


def check_space(space: Space, estimator: Any, path: list) -> list[Any]:
    """Check the space of an estimator.

    Parameters
    ----------
    space : dict or list of dict
    estimator : object
        Built and unfitted.
    path : list
        Path of the space in the config.

    Returns
    -------
    list of object
        The estimators among the values: they replace steps.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    with errors_at(path):
        parameters = estimator.get_params(deep=True)
    replacements = []
    for place, grid in enumerate(grids_of(space)):
        here = [*path, place] if isinstance(space, list) else path
        with errors_at(here):
            for name, values in grid.items():
                _check_name(name, parameters, grid, estimator, [*here, name])
                if isinstance(values, list):  # else a range or distribution: numbers
                    owner = _owner(name, parameters, grid, estimator)
                    replacements += _check_values(name, values, owner, [*here, name])
    return replacements


def _check_name(name: str, parameters: dict[str, Any], grid: dict[str, Any], estimator: Any, path: list) -> None:
    """Check that the estimator has a parameter, or that the same grid replaces the step that should have it."""
    if name in parameters:
        return
    if name.partition("__")[0] in parameters and any(step in grid for step in enclosing_steps(name)):
        return
    if _takes_unlisted(name, parameters, estimator):
        return
    nested = next((known for known in parameters if known.endswith(f"__{name}")), None)
    suggestion = f"; did you mean {nested!r}?" if nested else did_you_mean(name, parameters)
    raise config_error(path, f"{type(estimator).__name__} has no parameter {shown(name)}{suggestion}")


def _takes_unlisted(name: str, parameters: dict[str, Any], estimator: Any) -> bool:
    """Return whether an estimator takes a parameter that `get_params` does not list.

    Estimators of other packages with a `set_params` of their own may list only those that were given (CatBoost), or hand parameters of an argument on,
    `module__units` (skorch).
    """
    from sklearn.base import BaseEstimator

    owner, rest = estimator, name
    for step in enclosing_steps(name):
        if hasattr(parameters.get(step), "get_params") and not isinstance(parameters[step], type):
            owner, rest = parameters[step], name.removeprefix(f"{step}__")
    if getattr(type(owner), "set_params", None) is BaseEstimator.set_params or type(owner).__module__.startswith(
        "sklearn."
    ):
        return False
    arguments = inspect.signature(type(owner)).parameters
    hands_on = any(argument.kind is argument.VAR_KEYWORD for argument in arguments.values())
    return rest in arguments or (hands_on and "__" in rest and rest.partition("__")[0] in arguments)


def _owner(name: str, parameters: dict[str, Any], grid: dict[str, Any], estimator: Any) -> Any:
    """Return the step or estimator that a parameter belongs to; None where the grid replaces it."""
    if any(step in grid for step in enclosing_steps(name)):
        return None
    step = name.rpartition("__")[0]
    owner = parameters.get(step) if step else estimator
    return None if isinstance(owner, type) else owner


def _check_values(name: str, values: list, owner: Any, path: list) -> list[Any]:
    """Check the values of one parameter; return the estimators among them.

    A value that the estimator refuses is no mistake in the config: its evaluations fail and are recorded. A string for a parameter that takes no
    string is one.
    """
    last = name.rpartition("__")[2]
    replacements = []
    for place, value in enumerate(values):
        here = [*path, place]
        built = check_value(value, here)
        if hasattr(built, "get_params") and not isinstance(built, type):
            refuse_precomputed(built, here)
            replacements.append(built)
        if isinstance(value, str) and owner is not None:
            refuse_string(owner, last, value, here)
        refuse_precomputed_value(last, value, here)
    return replacements
