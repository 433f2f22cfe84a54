"""Rules for `strategy` and `stop` of a search that the schema cannot express."""

import math
from typing import Any

from foldwork.study.messages import config_error, did_you_mean, shown
from foldwork.study.search_space import BY_RESOURCES, N_SAMPLES, grids_of

_WORDS = {
    "n_candidates": ("exhaust",),
    "min_resources": ("exhaust", "smallest"),
    "max_resources": ("auto",),
}
"""Arguments that are a number or one of these words."""

_NESTED = ("grid", "random", "tpe", "evolution")
"""Strategies that evaluate each candidate on all folds in full: their best candidate is the one with the best mean."""

_DRAWS_IF = {"halving": "n_candidates", "racing": "n_iter"}
"""Strategies that draw candidates if this argument is given, and otherwise take the whole grid."""


def described_strategy(strategy: dict[str, Any]) -> str:
    """Return the name of a strategy; of one that takes the whole grid because an argument is missing, its name and that."""
    ((name, arguments),) = strategy.items()
    if name in _DRAWS_IF and _DRAWS_IF[name] not in (arguments or {}):
        return f"{name} without {_DRAWS_IF[name]}"
    return name


def check_strategy(search: dict[str, Any], path: list) -> None:
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
    if name in BY_RESOURCES:
        _check_resources(name, arguments, search["models"], here)
    stop = search.get("stop") or {}
    for rule in stop:
        if name == "racing" or (name in BY_RESOURCES and rule in ("score", "patience")):
            raise config_error(
                [*path, "stop", rule], f"cannot be used with {name}, whose candidates are not all evaluated in full"
            )
    if stop.get("min_delta") and "patience" not in stop:  # its default is filled in
        raise config_error(
            [*path, "stop", "min_delta"],
            f"belongs to 'patience'; write for example {{patience: 50, min_delta: {stop['min_delta']}}}",
        )


def _tidy_numbers(numbers: dict[str, Any], path: list) -> None:
    """Refuse NaN and infinity, and make whole numbers integers: YAML has 3.0 for a number that is meant to be 3."""
    for key, value in numbers.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise config_error([*path, key], f"must be a finite number, not {shown(value)}")
        if isinstance(value, float) and value.is_integer():
            numbers[key] = int(value)


def check_nested(search: dict[str, Any], path: list) -> None:
    """Check that strategy and rules for stopping suit a search inside each fold.

    Raises
    ------
    FoldworkError
        If not.
    """
    (name,) = search["strategy"]
    if name not in _NESTED:
        raise config_error(
            [*path, "strategy", name], f"cannot be used with 'inner'; a nested search takes {', '.join(_NESTED)}"
        )
    if search.get("stop"):
        raise config_error(
            [*path, "stop"], "cannot be used with 'inner', as every fold needs a whole search; leave it out"
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
    resource = arguments.get("resource", N_SAMPLES)
    if resource == N_SAMPLES:
        return
    if suggestion := did_you_mean(resource, [N_SAMPLES]):
        raise config_error([*path, "resource"], f"unknown resource {shown(resource)}{suggestion}")
    if arguments.get("max_resources", "auto") == "auto":
        raise config_error([*path, "max_resources"], f"must be a number, as the resource is {resource}")
    for model, spec in models.items():
        if any(resource in grid for grid in grids_of(spec["space"])):
            raise config_error(
                [*path, "resource"], f"{resource} is in the space of model {model}, too; leave it out there"
            )
