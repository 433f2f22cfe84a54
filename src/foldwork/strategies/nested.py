"""Nested cross-validation: a whole search inside the train part of each outer fold, then its best candidate on that fold.

As `cross_validate(GridSearchCV(estimator, grid, cv=inner), cv=outer)`: the outer score estimates how well the procedure of searching does.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from foldwork.strategies.interface import Data, Proposal, SearchStrategy, total_budget
from foldwork.strategies.ranking import first_best, rank

OUTER_FOLD = "outer_fold"
"""Column of scores.csv with the outer fold of a candidate."""


def strategies(search: Callable[[Data], list[SearchStrategy]], data: Data) -> Iterator["NestedSearch"]:
    """Yield an independent search for each outer fold.

    Parameters
    ----------
    search : callable
        Takes what a strategy may know of the inner folds; returns the strategies of the search.
    data : Data
        Of outer and inner folds.
    """
    for outer, inner in enumerate(data.inner):
        n_train, n_test = ([sizes[fold] for fold in inner] if sizes else [] for sizes in (data.n_train, data.n_test))
        of_inner = Data(len(inner), n_train=tuple(n_train), n_test=tuple(n_test))
        yield NestedSearch(outer, tuple(inner), search(of_inner))


class NestedSearch(SearchStrategy):
    """The search inside one outer fold.

    Parameters
    ----------
    outer : int
        Index of the outer fold.
    inner : tuple of int
        Indices of its inner folds.
    strategies : sequence of SearchStrategy
        The search. They propose candidates for folds 0, 1, …, which become the inner folds.

    Attributes
    ----------
    outer : int
    inner : tuple of int
    chosen : Proposal or None
        The candidate that is evaluated on the outer fold: the first of its space with the best mean over the inner folds. None until the search
        has ended, and if no candidate has a mean.
    """

    def __init__(self, outer: int, inner: tuple[int, ...], strategies: Sequence[SearchStrategy]) -> None:
        self.outer, self.inner = outer, inner
        self.chosen: Proposal | None = None
        self._strategies = tuple(strategies)
        self._running = list(strategies)
        self._round: list[tuple[SearchStrategy, int]] = []  # number of proposals of each strategy
        self._proposed: list[Proposal] = []
        self._scores: list[Sequence[float]] = []
        self._searched = False

    def ask(self) -> list[Proposal]:
        """Return the next round of all strategies on the inner folds; after the last one the chosen candidate on the outer fold."""
        if self._searched:
            return []
        found: list[Proposal] = []
        self._round = []
        for strategy in self._running:
            proposals = _next_round(strategy)
            self._round.append((strategy, len(proposals)))
            found += proposals
        self._running = [strategy for strategy, count in self._round if count and strategy.learns]
        if found:
            self._proposed += found
            return [self._on(self.inner, proposal) for proposal in found]
        self._searched = True
        self.chosen = self._best()
        return [] if self.chosen is None else [self._on((self.outer,), self.chosen)]

    def tell(self, scores: Sequence[Sequence[float]]) -> None:
        """Pass the scores over the inner folds to the strategies that proposed the candidates."""
        if self._searched:
            return
        self._scores += scores
        start = 0
        for strategy, count in self._round:
            if count and strategy.learns:
                strategy.tell(scores[start : start + count])
            start += count

    def likely(self) -> list[Proposal]:
        """Return what the strategies expect to propose next, on the inner folds."""
        return [self._on(self.inner, proposal) for strategy in self._running for proposal in strategy.likely()]

    def budget(self, n_folds: int) -> int | None:
        """Return the number of evaluations on the inner folds, and one on the outer fold."""
        return total_budget(self._strategies, len(self.inner), 1)

    def _on(self, folds: tuple[int, ...], proposal: Proposal) -> Proposal:
        return replace(proposal, folds=folds, columns={OUTER_FOLD: self.outer, **(proposal.columns or {})})

    def _best(self) -> Proposal | None:
        """Return the candidate of `GridSearchCV.best_index_`."""
        import numpy as np

        if not self._scores:
            return None
        means = np.average(np.array(self._scores, dtype=np.float64), axis=1)
        best = first_best(rank(means), self._proposed)
        return None if math.isnan(means[best]) else self._proposed[best]


def _next_round(strategy: SearchStrategy) -> list[Proposal]:
    """Return the next round of a strategy; of one that does not learn all rounds."""
    found = list(strategy.ask())
    while not strategy.learns and (more := strategy.ask()):
        found += more
    return found
