"""Build a sampler of Optuna with a seed."""

import inspect
import warnings
from typing import Any

from foldwork.errors import FoldworkError, one_line
from foldwork.study.objects import build, locate


def build_sampler(spec: dict[str, Any] | None, random_state: int, *, conditional: bool) -> Any:
    """Return a seeded sampler.

    Parameters
    ----------
    spec : dict, optional
        `{class: optuna.samplers.…, …arguments}`. Default: `TPESampler`, with `group=True` if the space is conditional.
    random_state : int
        Seed of the sampler, and of samplers among its arguments, that have none of their own.
    conditional : bool
        Whether trials differ in their parameters.

    Raises
    ------
    FoldworkError
        If the sampler cannot be built, or takes no seed: its candidates could not be proposed again.
    """
    if spec is None:
        spec = {"class": "optuna.samplers.TPESampler", "group": conditional}
    if not isinstance(spec, dict) or not isinstance(spec.get("class"), str):
        raise FoldworkError(
            "tpe: sampler: must be a mapping such as {class: optuna.samplers.TPESampler, n_startup_trials: 20}"
        )
    seeded, n_seeds = _with_seeds(spec, random_state)
    name = spec["class"]
    if not n_seeds:
        raise FoldworkError(
            f"tpe: sampler: {name} takes no `seed`, so a resumed search could not propose its candidates again"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that arguments are experimental
        try:
            sampler = build(seeded)
        except FoldworkError as error:
            raise FoldworkError(f"tpe: sampler: {error}") from error
        except Exception as error:
            raise FoldworkError(f"tpe: sampler: {name} cannot be built: {one_line(error)}") from error
    if not hasattr(sampler, "sample_relative"):
        raise FoldworkError(f"tpe: sampler: {name} is not a sampler of Optuna, such as optuna.samplers.TPESampler")
    return sampler


def _with_seeds(spec: Any, random_state: int) -> tuple[Any, int]:
    """Return a spec with a seed for each class that takes one, and the number of these classes."""
    if isinstance(spec, list):
        items, counts = zip(*(_with_seeds(item, random_state) for item in spec), strict=True) if spec else ((), ())
        return list(items), sum(counts)
    if not isinstance(spec, dict):
        return spec, 0
    found, n_seeds = {}, 0
    for key, value in spec.items():
        found[key], count = _with_seeds(value, random_state)
        n_seeds += count
    if isinstance(spec.get("class"), str) and _takes_seed(spec["class"]):
        n_seeds += 1
        if found.get("seed") is None:
            found["seed"] = random_state
    return found, n_seeds


def _takes_seed(name: str) -> bool:
    try:
        return "seed" in inspect.signature(locate(name)).parameters
    except FoldworkError as error:
        raise FoldworkError(f"tpe: sampler: {error}") from error
    except (TypeError, ValueError):  # no callable, or one without a signature
        return False
