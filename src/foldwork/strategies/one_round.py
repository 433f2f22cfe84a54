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

    def ask(self) -> list[Proposal]:
        """Return all candidates at the first call, none after it."""
        proposals, self._proposals = self._proposals, ()
        return list(proposals)
