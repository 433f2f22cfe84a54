"""Find what draws random numbers without a seed."""

from typing import Any

from foldwork.study.checks.signatures import parameters_of
from foldwork.study.messages import dotted
from foldwork.study.pipeline_steps import enclosing_steps
from foldwork.study.search_space import parameter_values

DRAWS_IF: dict[str, dict[str, tuple]] = {
    "SVC": {"probability": (True,)},
    "NuSVC": {"probability": (True,)},
    "LogisticRegression": {"solver": ("sag", "saga", "liblinear")},
    "LogisticRegressionCV": {"solver": ("sag", "saga", "liblinear")},
    "Ridge": {"solver": ("sag", "saga")},
    "RidgeClassifier": {"solver": ("sag", "saga")},
    "Lasso": {"selection": ("random",)},
    "LassoCV": {"selection": ("random",)},
    "ElasticNet": {"selection": ("random",)},
    "ElasticNetCV": {"selection": ("random",)},
    "PCA": {"svd_solver": ("randomized", "arpack")},  # and "auto", see _draws
    "DummyClassifier": {"strategy": ("stratified", "uniform")},
    "IterativeImputer": {"sample_posterior": (True,), "imputation_order": ("random",)},
}
"""Classes that use `random_state` under some settings alone: class to parameter to the values with which it does."""


def is_unseeded(found: Any, arguments: dict[str, Any]) -> bool:
    """Return whether a loader or splitter, called with these arguments, draws random numbers without a seed."""
    parameters = parameters_of(found)
    if "random_state" not in parameters:
        return False
    values = {name: parameter.default for name, parameter in parameters.items()} | arguments
    return values["random_state"] is None and bool(values.get("shuffle", True))


def unseeded_classes(estimator: Any, grids: list[dict[str, Any]]) -> list[str]:
    """Return the names of the classes in an estimator that draw random numbers without a seed.

    Parameters
    ----------
    estimator : object
        Unfitted.
    grids : list of dict
        Its space: parameter to values.
    """
    parameters = estimator.get_params(deep=True)
    found = []
    for name, value in parameters.items():
        step, _, last = name.rpartition("__")
        if last != "random_state" or value is not None or (grids and all(name in grid for grid in grids)):
            continue
        above = [estimator, *(parameters.get(outer) for outer in enclosing_steps(step))] if step else []
        if any(hasattr(owner, "random_state") for owner in above):
            continue  # a meta-estimator seeds the estimators inside it
        if grids and all(any(outer in grid for outer in enclosing_steps(name)) for grid in grids):
            continue  # every grid replaces it
        owner = parameters.get(step) if step else estimator
        if _draws(owner, step, grids):
            found.append(type(owner).__name__)
    return found


def _draws(owner: Any, step: str, grids: list[dict[str, Any]]) -> bool:
    """Return whether an unseeded estimator draws random numbers, with its own parameters or some of the space."""

    def values_of(parameter: str) -> list:
        name = f"{step}__{parameter}" if step else parameter
        values = [value for grid in grids for value in parameter_values(grid.get(name, []))]
        return [value for value in [getattr(owner, parameter, None), *values] if isinstance(value, str | int)]

    cls = next((cls for cls in type(owner).__mro__ if cls.__module__.startswith("sklearn.")), type(owner))
    if cls.__name__ not in DRAWS_IF:
        return True
    # With a given number of components, PCA's "auto" is the randomized solver for large data.
    if (
        cls.__name__ == "PCA"
        and "auto" in values_of("svd_solver")
        and any(isinstance(n, int) for n in values_of("n_components"))
    ):
        return True
    return any(
        value in values for parameter, values in DRAWS_IF[cls.__name__].items() for value in values_of(parameter)
    )


def not_reproducible(path: list, class_name: str, result: str) -> str:
    """Return the warning for a class that draws random numbers without a seed; `result` is "its search is" or the like."""
    return f"{dotted(path)}: {class_name} has no random_state; {result} not reproducible"
