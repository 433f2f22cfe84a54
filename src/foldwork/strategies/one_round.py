"""A strategy that proposes all candidates at once."""

from collections.abc import Iterable

from foldwork.strategies.interface import Proposal, SearchStrategy


class OneRound(SearchStrategy):
    """Proposes the given candidates in one round.

    Parameters
    ----------
    proposals : iterable of Proposal
    """

    learns = False

    def __init__(self, proposals: Iterable[Proposal]) -> None:
        self._proposals: Iterable[Proposal] = proposals
        self._n_proposed: int | None = None

    def ask(self) -> list[Proposal]:
        """Return all candidates at the first call, none after it."""
        proposals, self._proposals = list(self._proposals), ()
        self._n_proposed = self._n_proposed or len(proposals)
        return proposals

    def budget(self, n_folds: int) -> int | None:
        """Return the number of evaluations, once the candidates have been asked for."""
        return None if self._n_proposed is None else self._n_proposed * n_folds
