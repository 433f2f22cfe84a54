"""Check strategies against the models of a search."""

from typing import Any

from foldwork.study.checks.samplers import check_sampler
from foldwork.study.checks.splits import number_of_folds
from foldwork.study.messages import config_error, described, did_you_mean
from foldwork.study.optional_package import missing_package
from foldwork.study.search_space import BURN_IN, N_SAMPLES, Space, count_candidates, has_distribution

_NUMBERS = ("n_iter", "n_candidates")


def check_burn_in(search: dict[str, Any], splitter: dict[str, Any], path: list) -> None:
    """Refuse a race that has no fold left after its burn-in, where the number of folds is known before the data are.

    Raises
    ------
    FoldworkError
        If so.
    """
    n_folds, burn_in = number_of_folds(splitter), (search["strategy"]["racing"] or {}).get("burn_in", BURN_IN)
    if n_folds is not None and n_folds <= burn_in:
        raise config_error(
            [*path, "racing", "burn_in"],
            f"is {burn_in}, and splits {search['splits']} have {n_folds} folds: must be below {n_folds}, or nobody could be dropped",
        )


def check_packages(search: dict[str, Any], path: list) -> None:
    """Check that the package of a strategy is installed, and the sampler that it names. Optuna is imported for a named sampler alone: it takes long.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    ((name, arguments),) = search["strategy"].items()
    if (problem := missing_package(name)) is not None:
        raise config_error([*path, name], problem)
    if sampler := (arguments or {}).get("sampler"):
        check_sampler(sampler, arguments.get("random_state", 0), [*path, name, "sampler"])


def check_strategy(strategy: dict[str, Any], model: str, space: Space, estimator: Any, path: list) -> list[str]:
    """Check the strategy of a search against one of its models, and return warnings.

    Raises
    ------
    FoldworkError
        When the estimator has no parameter that is named as the resource.
    """
    ((name, arguments),) = strategy.items()
    arguments = arguments or {}
    resource = arguments.get("resource", N_SAMPLES)
    if resource != N_SAMPLES and resource not in estimator.get_params():
        raise config_error(
            [*path, name, "resource"],
            f"model {model} has no parameter {resource!r}{did_you_mean(resource, [N_SAMPLES, *estimator.get_params()])}",
        )
    if resource != N_SAMPLES:
        value = estimator.get_params()[resource]
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise config_error(
                [*path, name, "resource"], f"{resource} of model {model} is no whole number: {described(value)}"
            )
    for key in _NUMBERS:
        number = arguments.get(key)
        if isinstance(number, int) and not has_distribution(space) and number > (size := count_candidates(space)):
            where = ".".join(map(str, [*path, name, key]))
            plural = "" if size == 1 else "s"
            return [
                f"config: {where}: model {model} has only {size:,} candidate{plural}, fewer than {number:,}; all are taken"
            ]
    return []
