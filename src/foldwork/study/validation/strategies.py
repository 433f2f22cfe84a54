"""Rules for `strategy` and `stop` of a search that the schema cannot express."""

import math
from typing import Any

from foldwork.study.messages import config_error, did_you_mean, shown
from foldwork.study.search_space import N_SAMPLES, count, grids_of, is_distribution

_WORDS = {
    "n_candidates": ("exhaust",),
    "min_resources": ("exhaust", "smallest"),
    "max_resources": ("auto",),
}
"""Arguments that are a number or one of these words."""

_FOR_NUMBERS = ("cma_es", "pso")
"""Algorithms of evolution for spaces of distributions alone."""

Schemas = dict[str, dict[str, Any]]
"""Name of a strategy to its part of the schema, whose keywords `x-draws` and `x-in-full` say what kind of strategy it is."""


def whole_grid(strategy: dict[str, Any], schemas: Schemas) -> str | None:
    """Return a strategy that takes the whole grid, for messages: `grid`, `racing without n_iter`; None for one that draws candidates."""
    ((name, arguments),) = strategy.items()
    draws = schemas[name].get("x-draws", False)
    if isinstance(draws, str):
        return None if draws in (arguments or {}) else f"{name} without {draws}"
    return None if draws else name


def check_strategy(search: dict[str, Any], path: list, schemas: Schemas) -> None:
    """Check the arguments of a strategy, and that the search's rules for stopping suit it; in both, make whole numbers integers.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    ((name, arguments),) = search["strategy"].items()
    arguments, here = arguments or {}, [*path, "strategy", name]
    for numbers, place in ((arguments, here), (search.get("stop") or {}, [*path, "stop"])):
        _tidy_numbers(numbers, place)
    for key, words in _WORDS.items():
        value = arguments.get(key)
        if isinstance(value, str) and value not in words:
            raise config_error([*here, key], f"must be a whole number or {' or '.join(words)}, not {shown(value)}")
    if "resource" in schemas[name]["properties"]:
        _check_resources(name, arguments, search["models"], here)
    if (algorithm := arguments.get("algorithm")) in _FOR_NUMBERS:
        _check_numbers(algorithm, search["models"], [*here, "algorithm"])
    stop = search.get("stop") or {}
    for rule in stop:
        if name == "racing" or (not _in_full(name, schemas) and rule in ("score", "patience")):
            raise config_error(
                [*path, "stop", rule], f"cannot be used with {name}, whose candidates are not all evaluated in full"
            )
    if stop.get("min_delta") and "patience" not in stop:  # its default is filled in
        raise config_error(
            [*path, "stop", "min_delta"],
            f"belongs to 'patience'; write for example {{patience: 50, min_delta: {stop['min_delta']}}}",
        )


def _in_full(name: str, schemas: Schemas) -> bool:
    """Return whether a strategy evaluates every candidate on all folds and rows: its best candidate is then the one with the best mean."""
    return schemas[name].get("x-in-full", False)


def _tidy_numbers(numbers: dict[str, Any], path: list) -> None:
    """Refuse NaN and infinity, and make whole numbers integers: YAML has 3.0 for a number that is meant to be 3."""
    for key, value in numbers.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise config_error([*path, key], f"must be a finite number, not {shown(value)}")
        if isinstance(value, float) and value.is_integer():
            numbers[key] = int(value)


def check_nested(search: dict[str, Any], path: list, schemas: Schemas) -> None:
    """Check that strategy and rules for stopping suit a search inside each fold.

    Raises
    ------
    FoldworkError
        If not.
    """
    (name,) = search["strategy"]
    if not _in_full(name, schemas):
        suitable = ", ".join(each for each in schemas if _in_full(each, schemas))
        raise config_error([*path, "strategy", name], f"cannot be used with 'inner'; a nested search takes {suitable}")
    if search.get("stop"):
        raise config_error(
            [*path, "stop"], "cannot be used with 'inner', as every fold needs a whole search; leave it out"
        )


def _check_numbers(algorithm: str, models: dict[str, Any], path: list) -> None:
    """Refuse spaces that are not of distributions alone. A list of one value is a constant."""
    for model, spec in models.items():
        grids = grids_of(spec["space"])
        if len(grids) > 1:
            raise config_error(
                path,
                f"{algorithm} needs one mapping of numbers, and the space of model {model} has {len(grids)}; use genetic",
            )
        for name, values in grids[0].items():
            if not is_distribution(values) and count(values) > 1:
                raise config_error(
                    path,
                    f"{algorithm} needs numbers (loguniform, uniform or randint), and {name} of model {model} has a list of values; use genetic",
                )


def _check_resources(name: str, arguments: dict[str, Any], models: dict[str, Any], path: list) -> None:
    """Check the resources of successive halving."""
    if arguments.get("n_candidates") == "exhaust" and arguments.get("min_resources", "exhaust") == "exhaust":
        raise config_error(
            [*path, "n_candidates"],
            "exhaust needs min_resources to be smallest or a number, as one follows from the other",
        )
    if name == "hyperband" and arguments.get("min_resources") == "exhaust":
        raise config_error([*path, "min_resources"], "must be a whole number or smallest, not 'exhaust'")
    least, most = arguments.get("min_resources"), arguments.get("max_resources")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        raise config_error([*path, "min_resources"], f"is {least:,}, more than max_resources: must be {most:,} or less")
    resource = arguments.get("resource", N_SAMPLES)
    if resource == N_SAMPLES:
        return
    if suggestion := did_you_mean(resource, [N_SAMPLES]):
        raise config_error([*path, "resource"], f"unknown resource {shown(resource)}{suggestion}")
    if arguments.get("keep_groups"):
        raise config_error([*path, "keep_groups"], f"goes with resource: {N_SAMPLES} alone, not with {resource}")
    for model, spec in models.items():
        if any(resource in grid for grid in grids_of(spec["space"])):
            raise config_error(
                [*path, "resource"], f"{resource} is in the space of model {model}, too; leave it out there"
            )
