"""The candidates of a clustering: each on all points, on subsamples of the points, and on reference data without clusters."""

from collections.abc import Mapping
from typing import Any

from foldwork.strategies.interface import Data, Proposal, SearchStrategy, Spaces
from foldwork.strategies.one_round import OneRound
from foldwork.study.clustering_check import points_of_subsample
from foldwork.study.search_space import candidates

RESAMPLE, REFERENCE = "resample", "reference"
"""Members of a resource: number of a subsample, and number of a set of reference data."""


def strategies(
    spaces: Spaces,
    data: Data,
    *,
    numbers: Mapping[str, str],
    stability: dict[str, Any] | None = None,
    gap: dict[str, Any] | None = None,
) -> list[SearchStrategy]:
    """Return the strategy that proposes all candidates as a grid does, and each again with resources (see `evaluation.resampled_points`).

    Parameters
    ----------
    spaces : mapping
    data : Data
        With `n_samples`.
    numbers : mapping
        Name of a model to its parameter that is the number of clusters. Candidates without it get no reference data.
    stability, gap : dict, optional
        As the config has them.
    """
    whole = [
        Proposal(model, index, params)
        for model, space in spaces.items()
        for index, params in enumerate(candidates(space))
    ]
    found = list(whole)
    for one in whole:
        resources = resamples(stability, data.n_samples or 0) if stability else []
        if gap and numbers[one.model] in one.params:
            resources += references(gap, data.n_samples or 0)
        found += [Proposal(one.model, one.candidate, one.params, resource=resource) for resource in resources]
    return [OneRound(found)]


def resamples(stability: dict[str, Any], n_samples: int) -> list[dict[str, Any]]:
    """Return the resource of each subsample: `n_samples` points, the number `resample` and the seed `random_state`."""
    size = points_of_subsample(stability["sample_size"], n_samples)
    return [
        {"n_samples": size, RESAMPLE: number, "random_state": stability["random_state"]}
        for number in range(stability["n_resamples"])
    ]


def references(gap: dict[str, Any], n_samples: int) -> list[dict[str, Any]]:
    """Return the resource of each set of reference data: `n_samples` points, the number `reference`, the `box` and the seed `random_state`."""
    return [
        {"n_samples": n_samples, REFERENCE: number, "box": gap["box"], "random_state": gap["random_state"]}
        for number in range(gap["n_references"])
    ]
