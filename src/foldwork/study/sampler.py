"""Rules for the samplers of Optuna that `strategy: {tpe: {sampler: …}}` names. Optuna is imported only where a sampler is built."""

import inspect
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.study.objects import locate


def with_seeds(spec: dict[str, Any], random_state: int) -> tuple[dict[str, Any], int]:
    """Return a sampler with a seed for each class in it that takes one and has none of its own, and the number of classes that take one.

    Parameters
    ----------
    spec : dict
        `{class: optuna.samplers.…, …arguments}`.
    random_state : int
    """
    return _with_argument(spec, "seed", random_state, replace=False)


def without_startup(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a sampler that uses finished trials as soon as there is one, where the classes in it have an argument for this."""
    return _with_argument(spec, "n_startup_trials", 1, replace=True)[0]


def refuse_no_sampler(found: Any, name: str) -> None:
    """Raise unless an object, or a class, can be a sampler of Optuna.

    Raises
    ------
    FoldworkError
    """
    if not hasattr(found, "sample_relative"):
        raise FoldworkError(f"{name} is no sampler of Optuna, such as optuna.samplers.TPESampler")


def refuse_no_seed(n_seeds: int, name: str) -> None:
    """Raise if no class in a sampler takes a seed.

    Raises
    ------
    FoldworkError
    """
    if not n_seeds:
        raise FoldworkError(f"{name} takes no `seed`, so a resumed search could not propose its candidates again")


def _with_argument(spec: Any, argument: str, value: Any, *, replace: bool) -> tuple[Any, int]:
    """Return a spec with an argument for each class that takes it, and the number of these classes."""
    if isinstance(spec, list):
        found = [_with_argument(item, argument, value, replace=replace) for item in spec]
        return [item for item, _ in found], sum(number for _, number in found)
    if not isinstance(spec, dict):
        return spec, 0
    items, n_classes = {}, 0
    for key, item in spec.items():
        items[key], number = _with_argument(item, argument, value, replace=replace)
        n_classes += number
    if isinstance(spec.get("class"), str) and _takes(spec["class"], argument):
        n_classes += 1
        if replace or items.get(argument) is None:
            items[argument] = value
    return items, n_classes


def _takes(name: str, argument: str) -> bool:
    try:
        return argument in inspect.signature(locate(name)).parameters
    # No such class, which building it tells; no callable, or one without a signature.
    except (FoldworkError, TypeError, ValueError):
        return False
