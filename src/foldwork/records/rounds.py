"""The rounds of a search's strategies: pass on scores in the order in which candidates were proposed, and ask for the next round."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from foldwork.strategies.interface import Proposal, SearchStrategy, total_budget
from foldwork.strategies.kept_rounds import as_json

Keys = list[str]
"""Keys of the evaluations of one proposal, one for each of its folds."""


class _Round:
    """The evaluations of one round. `keys` are those of each proposal."""

    def __init__(self, keys: list[Keys]) -> None:
        self.keys = keys
        self._waiting: Keys = [key for each in keys for key in each][::-1]
        """Keys, last first, from the first one without a score."""

    def is_complete(self, scores: Mapping[str, float]) -> bool:
        """Return whether all its evaluations have scores."""
        while self._waiting and self._waiting[-1] in scores:
            self._waiting.pop()
        return not self._waiting


class _Part:
    """One strategy with its rounds in progress."""

    def __init__(self, strategy: SearchStrategy) -> None:
        self.strategy = strategy
        self.n_rounds = 0
        """Number of rounds that were asked for."""
        self.asked_all = False
        self.kept: list[list[Any]] = []
        """Proposals of each round as JSON, if the strategy is slow."""
        self.told: list[list[list[float]]] = []
        """Their scores."""
        self.rounds: deque[_Round] = deque()
        """Those that were asked for and not told, in their order."""

    @property
    def finished(self) -> bool:
        """Whether there will be no further rounds, and all were told."""
        return self.asked_all and not self.rounds

    def begin(self, keys: list[Keys], *, is_empty: bool) -> None:
        """Take the keys of a new round; an empty one is the last."""
        self.asked_all = is_empty
        if not is_empty:
            self.n_rounds += 1
            if self.strategy.learns:
                self.rounds.append(_Round(keys))


class Rounds:
    """The rounds of all strategies of a search. Strategies do not depend on each other.

    Parameters
    ----------
    strategies : sequence of SearchStrategy
    add : callable
        Takes (proposal, number of the round, number of the strategy); returns the keys of its evaluations as bytes.
    """

    def __init__(self, strategies: Sequence[SearchStrategy], add: Callable[[Proposal, int, int], list[bytes]]) -> None:
        self._parts = [_Part(strategy) for strategy in strategies]
        self._add = add
        for number, part in enumerate(self._parts):
            while not part.asked_all and (not part.strategy.learns or len(part.rounds) < part.strategy.n_in_flight):
                self._ask(part, number)

    @property
    def learns(self) -> bool:
        """Whether further candidates depend on scores."""
        return any(part.strategy.learns for part in self._parts)

    def all_began(self, round_number: int) -> bool:
        """Return whether all strategies have proposed the candidates of a round (from 0), or are finished."""
        return all(part.asked_all or part.n_rounds > round_number for part in self._parts)

    def kept(self) -> list[dict[str, Any]]:
        """Return all rounds for `strategies.kept_rounds.KeptRounds`, one item for each strategy; empty if a strategy is not slow."""
        if not all(strategy.is_slow for strategy in self.strategies()):
            return []
        return [
            {
                "n_in_flight": part.strategy.n_in_flight,
                "n_candidates": part.strategy.budget(1),
                "rounds": part.kept,
                "scores": part.told,
            }
            for part in self._parts
        ]

    @property
    def overlap(self) -> bool:
        """Whether several rounds of one strategy are in progress at once."""
        return any(part.strategy.n_in_flight > 1 for part in self._parts)

    @property
    def finished(self) -> bool:
        """Whether no strategy will propose anything more."""
        return all(part.finished or not part.strategy.learns for part in self._parts)

    @property
    def number(self) -> int:
        """Number of the round in progress, from 1: the least of all strategies that are not finished."""
        return min((part.n_rounds - len(part.rounds) + 1 for part in self._parts if not part.finished), default=0)

    def budget(self, n_folds: int) -> int | None:
        """Return the largest number of evaluations that the strategies ask for in all rounds; None if it is not known."""
        return total_budget(self.strategies(), n_folds)

    def strategies(self) -> Iterator[SearchStrategy]:
        """Yield the strategies."""
        for part in self._parts:
            yield part.strategy

    def advance(self, scores: Mapping[str, float]) -> bool:
        """For each strategy whose first round in progress is complete, pass on its scores and ask for one more. Return whether there was one.

        Parameters
        ----------
        scores : dict
            Key of an evaluation to its score by the metric that ranks; NaN if it failed.
        """
        advanced = False
        for number, part in enumerate(self._parts):
            if not part.rounds or not part.rounds[0].is_complete(scores):
                continue
            told = [[scores[key] for key in keys] for keys in part.rounds.popleft().keys]
            part.strategy.tell(told)
            if part.strategy.is_slow:
                part.told.append(told)
            if not part.asked_all:
                self._ask(part, number)
            advanced = True
        return advanced

    def likely(self) -> Iterator[Proposal]:
        """Yield proposals that the next rounds probably contain."""
        for part in self._parts:
            if not part.finished:
                yield from part.strategy.likely()

    def _ask(self, part: _Part, number: int) -> None:
        keys: list[Keys] = []
        count = 0
        if part.strategy.is_slow:
            part.kept.append([])
        for proposal in part.strategy.ask():
            if part.strategy.is_slow:
                part.kept[-1].append(as_json(proposal))
            found = self._add(proposal, part.n_rounds, number)
            count += 1
            if part.strategy.learns:  # otherwise nobody asks for their scores, and there may be a million
                keys.append([key.hex() for key in found])
        part.begin(keys, is_empty=not count)
