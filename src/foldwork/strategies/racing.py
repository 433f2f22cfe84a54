"""Racing: all candidates on a few folds, then fold by fold those that a statistical test does not find worse than the best."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from foldwork.errors import FoldworkError
from foldwork.strategies import race_tests
from foldwork.strategies.interface import Data, Proposal, SearchStrategy, Spaces
from foldwork.strategies.sampling import draw, identity
from foldwork.study.search_space import BURN_IN, Space, candidates, grids_of, is_distribution

if TYPE_CHECKING:
    import numpy as np

    Decision = Callable[[np.ndarray, Sequence[int]], np.ndarray]
    """Takes finite scores, shape (n_candidates, n_folds), and the indices of these folds; returns which candidates stay."""

TESTS = ("friedman", "anova", "win_loss", "corrected")
BREAK_TIES = ("anova", "win_loss")
"""Tests of finetune, where one of the last two candidates is dropped after `num_ties` folds."""


def strategies(
    spaces: Spaces,
    data: Data,
    *,
    burn_in: int = BURN_IN,
    test: str = "friedman",
    alpha: float = 0.05,
    num_ties: int = 10,
    n_iter: int | None = None,
    random_state: int = 0,
) -> list[SearchStrategy]:
    """Return one race of all candidates of all models.

    Parameters
    ----------
    spaces : mapping
    data : Data
        With `n_train` and `n_test` for the test `corrected`.
    burn_in : int
        Number of folds that all candidates are evaluated on before the first decision, at least 2.
    test : {"friedman", "anova", "win_loss", "corrected"}
        See `race_tests`.
    alpha : float
        Level of the test.
    num_ties : int
        With `anova` and `win_loss`: number of folds after which the better mean of two remaining candidates decides.
    n_iter : int, optional
        Number of candidates that are drawn for each model; None for the whole grid.
    random_state : int
        Seed of the order of folds, and of the candidates that are drawn.

    Raises
    ------
    FoldworkError
        If there are not more than `burn_in` folds, or the test cannot be applied.
    """
    if test not in TESTS:
        raise FoldworkError(f"racing: test is {test!r}, must be one of {', '.join(TESTS)}")
    if burn_in < 2:
        raise FoldworkError(
            f"racing: burn_in is {burn_in}, must be at least 2: with one fold no test can tell candidates apart"
        )
    if data.n_folds <= burn_in:
        raise FoldworkError(
            f"racing: burn_in is {burn_in} and there are {data.n_folds} folds, must be at least {burn_in + 1}: nobody could be dropped"
        )
    if test == "corrected" and not len(data.n_train) == len(data.n_test) == data.n_folds:
        raise FoldworkError("racing: the test corrected needs the number of training and test rows of each fold")
    proposals = [
        Proposal(model, index, params)
        for model, space in spaces.items()
        for index, params in _candidates(model, space, n_iter, random_state)
    ]
    ties = num_ties if test in BREAK_TIES else None
    order = fold_order(data.n_folds, random_state)
    return [Race(proposals, order, _decision(test, alpha, data), burn_in=burn_in, test=test, num_ties=ties)]


def numbers_of_candidates(spaces: Spaces, options: Mapping[str, Any]) -> dict[str, list[int]]:
    """Return the numbers of each model's candidates, as in evaluations.csv: of equal candidates only the first takes part."""
    drawn = options.get("n_iter"), options.get("random_state", 0)
    return {model: [index for index, _ in _candidates(model, space, *drawn)] for model, space in spaces.items()}


def fold_order(n_folds: int, random_state: int) -> list[int]:
    """Return the indices of the folds in the order of the race."""
    import numpy as np

    return np.random.RandomState(random_state).permutation(n_folds).tolist()


class Race(SearchStrategy):
    """A race of candidates over folds.

    A candidate without a finite score on a fold is dropped at once, as it can never be ranked. After the last fold there is no decision.

    Parameters
    ----------
    proposals : sequence of Proposal
        All candidates, each once.
    order : sequence of int
        Indices of the folds in the order of the race.
    decision : callable
        Takes finite scores of shape (n_candidates, n_folds) and the indices of these folds, returns which candidates stay.
    burn_in : int
        Number of folds before the first decision.
    test : str
        Name of the test, for `row_columns`.
    num_ties : int, optional
        Number of folds that two remaining candidates share before the better mean decides; None if it never does.
    """

    def __init__(
        self,
        proposals: Sequence[Proposal],
        order: Sequence[int],
        decision: "Decision",
        *,
        burn_in: int,
        test: str,
        num_ties: int | None = None,
    ) -> None:
        self._racers = [_Racer(proposal) for proposal in proposals]
        self._order = tuple(order)
        self._decision = decision
        self._burn_in = burn_in
        self._test = test
        self._num_ties = num_ties
        self._n_seen = 0  # folds
        self._n_tied = 0  # folds that two remaining candidates have shared

    def ask(self) -> list[Proposal]:
        """Return the remaining candidates with the next folds: at first `burn_in`, then one; all that are left if one candidate remains."""
        return [racer.proposal_of(self._next_folds) for racer in self._remaining]

    def tell(self, scores: Sequence[Sequence[float]]) -> None:
        """Take the scores of the round and decide which candidates stay."""
        remaining, folds, self._n_seen = self._remaining, self._next_folds, self._round_end
        for racer, of_one in zip(remaining, scores, strict=True):
            by_fold = dict(zip(folds, of_one, strict=True))
            racer.scores += [by_fold[fold] for fold in self._order[len(racer.scores) : self._n_seen]]
            if not all(map(math.isfinite, of_one)):
                racer.drop("failed")
        if self._n_seen < len(self._order) and len(self._remaining) > 1:
            self._decide()

    def likely(self) -> list[Proposal]:
        """Return the fold after the present round for its candidates, best mean first."""
        end = self._round_end
        if end == len(self._order):
            return []
        return [racer.proposal_of(self._order[end : end + 1]) for racer in sorted(self._remaining, key=_by_mean)]

    def budget(self, n_folds: int) -> int:
        """Return the number of evaluations of a race in which no candidate is dropped."""
        return len(self._racers) * n_folds

    def row_columns(self) -> dict[tuple[str, int], dict[str, int | str | None]]:
        """Return columns of scores.csv for each candidate.

        Returns
        -------
        dict
            (model, candidate) to `n_folds`: number of folds whose scores the race has got; `dropped`: number of folds after which the candidate was
            dropped, None if it was not; `dropped_by`: None, the name of the test, "tie", or "failed".
        """
        return {
            (racer.proposal.model, racer.proposal.candidate): {
                "n_folds": len(racer.scores),
                "dropped": len(racer.scores) if racer.dropped_by else None,
                "dropped_by": racer.dropped_by,
            }
            for racer in self._racers
        }

    @property
    def _remaining(self):
        """Candidates of the next round; none after the last fold."""
        return [racer for racer in self._racers if not racer.dropped_by] if self._n_seen < len(self._order) else []

    @property
    def _round_end(self):
        """Number of folds that are seen after the next round."""
        if len(self._remaining) <= 1:
            return len(self._order)
        return self._n_seen + 1 if self._n_seen else self._burn_in

    @property
    def _next_folds(self):
        return tuple(sorted(self._order[self._n_seen : self._round_end]))

    def _decide(self):
        import numpy as np

        remaining = self._remaining
        scores = np.array([racer.scores for racer in remaining], dtype=float)
        for racer, stays in zip(remaining, self._decision(scores, self._order[: self._n_seen]), strict=True):
            if not stays:
                racer.drop(self._test)
        if self._num_ties is not None and len(remaining) == 2:
            self._n_tied += self._n_seen > self._burn_in
            if self._n_tied >= self._num_ties:
                self._break_tie()

    def _break_tie(self):
        remaining = sorted(self._remaining, key=_by_mean)
        if len(remaining) == 2 and remaining[0].mean > remaining[1].mean:
            remaining[1].drop("tie")


@dataclass
class _Racer:
    proposal: Proposal
    scores: list[float] = field(default_factory=list)  # in the order of the race
    dropped_by: str | None = None

    @property
    def mean(self) -> float:
        return sum(self.scores) / len(self.scores) if self.scores else math.nan

    def proposal_of(self, folds: tuple[int, ...]) -> Proposal:
        return replace(self.proposal, folds=folds)

    def drop(self, reason: str) -> None:
        self.dropped_by = reason


def _by_mean(racer):
    return -racer.mean if racer.scores else 0.0


def _grid(model: str, space: Space) -> list[dict[str, Any]]:
    for grid in grids_of(space):
        for name, values in grid.items():
            if is_distribution(values):
                raise FoldworkError(
                    f"racing: n_iter is missing, and {name} of {model} is a distribution; write n_iter, or a list of values"
                )
    return candidates(space)


def _candidates(model: str, space: Space, n_iter: int | None, random_state: int) -> list[tuple[int, dict[str, Any]]]:
    return _unique(_grid(model, space) if n_iter is None else draw(space, n_iter, random_state))


def _unique(found: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Return candidates with their indices, equal ones once."""
    first: dict[str, tuple[int, dict[str, Any]]] = {}
    for index, params in enumerate(found):
        first.setdefault(identity(params), (index, params))
    return list(first.values())


def _decision(test: str, alpha: float, data: Data) -> "Decision":
    if test == "corrected":
        ratios = [n_test / n_train for n_test, n_train in zip(data.n_test, data.n_train, strict=True)]
        return lambda scores, folds: race_tests.corrected(scores, alpha, fmean(ratios[fold] for fold in folds))
    return lambda scores, folds: getattr(race_tests, test)(scores, alpha)
