"""Build a sampler of Optuna with a seed."""

import warnings
from typing import Any

from foldwork.errors import FoldworkError, one_line
from foldwork.study.objects import build
from foldwork.study.sampler import refuse_no_sampler, refuse_no_seed, with_seeds


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
        If the sampler cannot be built, or takes no seed: its candidates could not be proposed again. The check of the config finds most of this
        before any job.
    """
    if spec is None:
        spec = {"class": "optuna.samplers.TPESampler", "group": conditional}
    if not isinstance(spec, dict) or not isinstance(spec.get("class"), str):
        raise FoldworkError(
            "tpe: sampler: must be a mapping such as {class: optuna.samplers.TPESampler, n_startup_trials: 20}"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that arguments are experimental
        try:
            seeded, n_seeds = with_seeds(spec, random_state)
            sampler = build(seeded)
            refuse_no_sampler(sampler, spec["class"])
            refuse_no_seed(n_seeds, spec["class"])
        except FoldworkError as error:
            raise FoldworkError(f"tpe: sampler: {error}") from error
        except Exception as error:
            raise FoldworkError(f"tpe: sampler: {spec['class']} cannot be built: {one_line(error)}") from error
    return sampler
