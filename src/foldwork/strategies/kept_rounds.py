"""Propose again the rounds that a strategy has proposed before, without asking it: a sampler may take long to propose them."""

from collections import deque
from collections.abc import Sequence
from typing import Any

from foldwork.strategies.interface import Proposal, SearchStrategy


class OtherScores(Exception):
    """The scores of a round are not those that its strategy was told: it may propose other rounds now."""


def as_json(proposal: Proposal) -> list[Any]:
    """Return a proposal as JSON."""
    return [proposal.model, proposal.candidate, proposal.params, proposal.resource, proposal.columns]


class KeptRounds(SearchStrategy):
    """Proposes the rounds of a finished strategy as long as it is told the same scores.

    Parameters
    ----------
    kept : dict
        `rounds`, for each a list of proposals `as_json`; `scores`, those that the strategy was told for each; `n_in_flight`, and
        `n_candidates`, its budget on one fold.
    learns : bool
        False to propose all rounds at once, without scores.
    """

    def __init__(self, kept: dict[str, Any], *, learns: bool = True) -> None:
        self.learns = learns
        self.n_in_flight = kept["n_in_flight"]
        self._n_candidates = kept["n_candidates"]
        self._scores = deque(kept["scores"])
        self._rounds = deque(
            [
                Proposal(model, candidate, params, resource=resource, columns=columns)
                for model, candidate, params, resource, columns in proposals
            ]
            for proposals in kept["rounds"]
        )

    def ask(self) -> list[Proposal]:
        """Return the next round; empty after the last one."""
        return self._rounds.popleft() if self._rounds else []

    def tell(self, scores: Sequence[Sequence[float]]) -> None:
        """Compare scores with those that the strategy was told.

        Raises
        ------
        OtherScores
            If they differ.
        """
        if self._scores and repr(self._scores.popleft()) != repr([list(each) for each in scores]):
            raise OtherScores

    def budget(self, n_folds: int) -> int | None:
        """Return the budget of the strategy."""
        return None if self._n_candidates is None else self._n_candidates * n_folds
