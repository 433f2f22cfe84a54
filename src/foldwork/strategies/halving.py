"""Successive halving, as scikit-learn's `HalvingGridSearchCV` and `HalvingRandomSearchCV` do it (sklearn/model_selection/_search_successive_halving.py).

All candidates are evaluated with few resources, the best of them with more, and so on (Karnin, Koren and Somekh, Almost optimal exploration in
multi-armed bandits, ICML 2013). Scikit-learn takes one metric; here the first of several ranks.
"""

import math
from collections.abc import Sequence
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.strategies.interface import Data, Proposal, SearchStrategy, Spaces
from foldwork.strategies.sampling import draw
from foldwork.study.search_space import N_SAMPLES, candidates, has_distribution


def strategies(
    spaces: Spaces,
    data: Data,
    *,
    resource: str = N_SAMPLES,
    factor: float = 3,
    n_candidates: int | str | None = None,
    min_resources: int | str = "exhaust",
    max_resources: int | str = "auto",
    aggressive_elimination: bool = False,
    keep_groups: bool = False,
    random_state: int = 0,
) -> list[SearchStrategy]:
    """Return a strategy for each model.

    Parameters
    ----------
    spaces : mapping
    data : Data
    resource : str
        `n_samples`, or an integer parameter of the estimators.
    factor : float
        One in `factor` candidates goes on to the next iteration, with `factor` times the resources.
    n_candidates : int or "exhaust", optional
        Number of candidates to draw for each model. "exhaust": as many as need all resources in the last iteration. Default: the whole grid.
    min_resources : int or "exhaust" or "smallest"
    max_resources : int or "auto"
        "auto" is the number of rows.
    aggressive_elimination : bool
        Whether to repeat the first iteration's resources until few enough candidates are left.
    keep_groups : bool
        Whether the rows of a group are all taken or all left out.
    random_state : int
        Seed of the drawn candidates and of the rows.

    Raises
    ------
    FoldworkError
        When the resources do not suffice, or a space has the resource.
    """
    found: list[SearchStrategy] = []
    for model, space in spaces.items():
        least, most = limits(model, data, resource, min_resources, max_resources)
        drawn = _candidates(model, space, n_candidates, least, most, min_resources, random_state)
        refuse_resource(model, resource, drawn)
        schedule = Schedule.of(len(drawn), factor, least, most, min_resources == "exhaust", aggressive_elimination)
        rows = Rows(resource, data, random_state, keep_groups)
        found.append(Halving(model, list(enumerate(drawn)), schedule, rows))
    return found


def limits(
    model: str, data: Data, resource: str, min_resources: int | str, max_resources: int | str
) -> tuple[int, int]:
    """Return the smallest number of resources of the first iteration, and the largest of the last one, as scikit-learn sets them.

    Raises
    ------
    FoldworkError
    """
    if isinstance(min_resources, int):
        least = min_resources
    elif resource == N_SAMPLES:
        least = data.n_folds * 2 * (data.n_classes if model in data.classifiers and data.n_classes else 1)
    else:
        least = 1
    if max_resources == "auto":
        if resource != N_SAMPLES:
            raise FoldworkError(f"max_resources: must be a number where the resource is {resource}")
        max_resources = data.n_samples
    most = int(max_resources)
    if resource == N_SAMPLES and most > data.n_samples:
        raise FoldworkError(f"max_resources: {most:,} is more than the {data.n_samples:,} rows of the dataset")
    if least > most:
        raise FoldworkError(
            f"min_resources: model {model} needs at least {least:,} {resource}, and there are {most:,} at most"
        )
    return least, most


def _candidates(
    model: str,
    space: Any,
    n_candidates: int | str | None,
    least: int,
    most: int,
    min_resources: int | str,
    random_state: int,
) -> list[dict[str, Any]]:
    if n_candidates is None:
        if has_distribution(space):
            raise FoldworkError(f"n_candidates: is needed, as the space of model {model} has a distribution")
        return candidates(space)
    if n_candidates == "exhaust":
        if min_resources == "exhaust":
            raise FoldworkError("n_candidates: exhaust needs min_resources to be smallest or a number")
        n_candidates = most // least
    return draw(space, int(n_candidates), random_state)


def refuse_resource(model: str, resource: str, drawn: list[dict[str, Any]]) -> None:
    """Raise if a candidate has the resource among its parameters."""
    if any(resource in params for params in drawn):
        raise FoldworkError(f"resource: {resource} is in the space of model {model}, too; leave it out there")


class Schedule:
    """Resources of each iteration.

    Parameters
    ----------
    resources : list of int
    factor : float
    """

    def __init__(self, resources: list[int], factor: float) -> None:
        self.resources, self.factor = resources, factor

    @classmethod
    def of(cls, n_candidates: int, factor: float, least: int, most: int, exhaust: bool, aggressive: bool) -> "Schedule":
        """Return the schedule of scikit-learn's `BaseSuccessiveHalving`.

        Parameters
        ----------
        n_candidates : int
        factor : float
        least, most : int
            Resources of the first iteration, and the limit of those of the last.
        exhaust : bool
            Whether to begin with more resources, so that the last iteration has as many as possible.
        aggressive : bool
            See `strategies`.
        """
        required = 1 + math.floor(math.log(n_candidates, factor))
        if exhaust:
            least = int(max(least, most // factor ** (required - 1)))
        possible = 1 + math.floor(math.log(most // least, factor))
        n_iterations = required if aggressive else min(possible, required)
        powers = [max(0, i - required + possible) if aggressive else i for i in range(n_iterations)]
        return cls([min(int(factor**power * least), most) for power in powers], factor)

    def keep(self, n_candidates: int) -> int:
        """Return how many candidates go on to the next iteration."""
        return math.ceil(n_candidates / self.factor)


class Rows:
    """What a proposal with some resources evaluates."""

    def __init__(self, resource: str, data: Data, random_state: int, keep_groups: bool) -> None:
        if keep_groups and resource != N_SAMPLES:
            raise FoldworkError(f"keep_groups: goes with resource: {N_SAMPLES} alone, not with {resource}")
        self._resource, self._n_samples = resource, data.n_samples
        self._how = {"random_state": random_state} | ({"keep_groups": True} if keep_groups else {})

    def limit(self, params: dict[str, Any], n_resources: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Return the parameters of a candidate with resources, and the resource of its proposal."""
        if self._resource == N_SAMPLES:
            return params, {"n_samples": n_resources, "of": self._n_samples, **self._how}
        return params | {self._resource: n_resources}, None

    def around(self, resources: list[int], iteration: int) -> tuple[str, int | None, int | None] | None:
        """Return `Proposal.grows` of an iteration, given the resources of all."""
        if self._resource == N_SAMPLES:
            return None
        before = resources[iteration - 1] if iteration else None
        return self._resource, before, resources[iteration + 1] if iteration + 1 < len(resources) else None


class Halving(SearchStrategy):
    """Successive halving of given candidates.

    Parameters
    ----------
    model : str
    candidates : list of (index, params)
    schedule : Schedule
    rows : Rows
    columns : dict, optional
        Further columns of all rows.
    """

    def __init__(
        self,
        model: str,
        candidates: list[tuple[int, dict[str, Any]]],
        schedule: Schedule,
        rows: Rows,
        columns: dict[str, Any] | None = None,
    ) -> None:
        self._model, self._candidates, self._schedule, self._rows = model, candidates, schedule, rows
        self._columns = columns or {}
        self._iteration = 0
        self._n_candidates = len(candidates)

    def ask(self) -> list[Proposal]:
        """Return the remaining candidates with the resources of the next iteration."""
        if self._iteration == len(self._schedule.resources):
            return []
        n_resources = self._schedule.resources[self._iteration]
        columns = {**self._columns, "iter": self._iteration, "n_resources": n_resources}
        grows = self._rows.around(self._schedule.resources, self._iteration)
        found = []
        for index, params in self._candidates:
            limited, resource = self._rows.limit(params, n_resources)
            found.append(Proposal(self._model, index, limited, resource=resource, columns=columns, grows=grows))
        return found

    def budget(self, n_folds: int) -> int:
        """Return the number of evaluations of all iterations."""
        count, total = self._n_candidates, 0
        for _ in self._schedule.resources:
            total += count
            count = self._schedule.keep(count)
        return total * n_folds

    def tell(self, scores: Sequence[Sequence[float]]) -> None:
        """Keep the best candidates."""
        self._candidates = [
            self._candidates[place] for place in top_k(scores, self._schedule.keep(len(self._candidates)))
        ]
        self._iteration += 1


def top_k(scores: Sequence[Sequence[float]], k: int) -> list[int]:
    """Return the places of the `k` candidates with the highest means, lowest first, with the operations of scikit-learn's `_top_k`.

    Parameters
    ----------
    scores : sequence of sequence of float, (n_candidates, n_folds)
        A failed fold (NaN) makes a mean NaN, which is lower than all others.
    k : int
    """
    import numpy as np

    means = np.average(np.array(scores), axis=1)
    return np.roll(np.argsort(means), np.count_nonzero(np.isnan(means)))[-k:].tolist()
