"""Check strategies against the models of a search."""

import itertools
from typing import Any

from foldwork.study.brackets import FACTOR, bracket_sizes
from foldwork.study.checks.samplers import check_sampler
from foldwork.study.checks.splits import lacks_groups, number_of_folds
from foldwork.study.messages import config_error, described, did_you_mean, dotted, some_of
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


def check_rows(search: dict[str, Any], split: dict[str, Any], dataset: dict[str, Any], path: list) -> None:
    """Check the rows of an iteration of halving, where the number of folds and that the dataset has no groups are known before the data are.

    Raises
    ------
    FoldworkError
        When the rows do not suffice for all folds, or groups are to be kept whole and there are none.
    """
    ((name, arguments),) = search["strategy"].items()
    arguments = arguments or {}
    if arguments.get("keep_groups") and lacks_groups(dataset):
        raise config_error(
            [*path, name, "keep_groups"], f"needs groups: name a column in datasets.{split['dataset']}.groups"
        )
    least, most = arguments.get("min_resources"), arguments.get("max_resources")
    if arguments.get("resource", N_SAMPLES) != N_SAMPLES or isinstance(least, int) or not isinstance(most, int):
        return
    n_folds = number_of_folds(split["cv"])
    if n_folds is not None and most < 2 * n_folds:
        raise config_error(
            [*path, name, "max_resources"],
            f"is {most:,}, and splits {search['splits']} have {n_folds} folds: must be {2 * n_folds:,} or more, two rows for each",
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
    arguments, here = arguments or {}, [*path, name]
    if arguments.get("resource", N_SAMPLES) != N_SAMPLES:
        _check_parameter(arguments, model, estimator, here)
    if has_distribution(space):
        return []
    size = count_candidates(space)
    only = f"model {model} has only {size:,} candidate{'' if size == 1 else 's'}"
    for key in _NUMBERS:
        number = arguments.get(key)
        if isinstance(number, int) and number > size:
            return [f"config: {dotted([*here, key])}: {only}, fewer than {number:,}; all are taken"]
    return _missing_brackets(arguments, size, only, here) if name == "hyperband" else []


def _check_parameter(arguments: dict[str, Any], model: str, estimator: Any, path: list) -> None:
    """Check a resource that is a parameter of an estimator."""
    resource, parameters = arguments["resource"], estimator.get_params()
    if resource not in parameters:
        whole = [key for key, value in parameters.items() if isinstance(value, int) and not isinstance(value, bool)]
        nested = next((key for key in whole if key.endswith(f"__{resource}")), None)
        suggestion = f"; did you mean {nested!r}?" if nested else did_you_mean(resource, [N_SAMPLES, *parameters])
        known = f"; its whole numbers are {some_of(whole)}" if whole else ""
        raise config_error([*path, "resource"], f"model {model} has no parameter {resource!r}{suggestion or known}")
    value = parameters[resource]
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise config_error([*path, "resource"], f"{resource} of model {model} is no whole number: {described(value)}")
    if arguments.get("max_resources", "auto") == "auto":
        raise config_error([*path, "max_resources"], f"must be a number, as the resource is {resource}")


def _missing_brackets(arguments: dict[str, Any], n_candidates: int, only: str, path: list) -> list[str]:
    """Return a warning if a space of lists has too few candidates for all brackets of hyperband, where their number is known before the data are."""
    least, most = arguments.get("min_resources", "smallest"), arguments.get("max_resources")
    if least == "smallest" and arguments.get("resource", N_SAMPLES) != N_SAMPLES:
        least = 1
    if not isinstance(least, int) or not isinstance(most, int):
        return []
    sizes = bracket_sizes(least, most, arguments.get("factor", FACTOR))
    needed = sum(sizes.values())
    if n_candidates >= needed:
        return []
    before = dict(zip(sizes, itertools.accumulate(sizes.values(), initial=0), strict=False))
    left_out = [str(s) for s in sizes if before[s] >= n_candidates]
    cost = (
        f"bracket{'s' if len(left_out) > 1 else ''} {', '.join(left_out)} {'are' if len(left_out) > 1 else 'is'} left out"
        if left_out
        else "the last bracket has fewer"
    )
    numbers = " + ".join(f"{size:,}" for size in sizes.values())
    return [f"config: {dotted(path)}: {only}, and its {len(sizes)} brackets begin with {numbers} = {needed:,}; {cost}"]
