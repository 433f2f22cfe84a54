"""What a search strategy is: it is asked for a round of candidates, and told their scores.

The candidates depend on the config and the seed alone, never on engines, the order of arrival, a kill or a resume: a strategy is told the scores of a
whole round in the order in which it proposed, and its state is a replay of the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate to evaluate.

    Attributes
    ----------
    model : str
        Name of the model in the config.
    candidate : int
        Its place among the candidates of that model.
    params : dict
    folds : tuple of int, optional
        The folds to evaluate it on; None for all.
    resource : int, optional
        See `records.evaluation.Evaluation`.
    """

    model: str
    candidate: int
    params: dict[str, Any] = field(compare=False)
    folds: tuple[int, ...] | None = None
    resource: int | None = None


class Strategy(Protocol):
    """Proposes candidates round by round.

    Attributes
    ----------
    learns : bool
        Whether candidates depend on scores. If not, all rounds are asked for at once, and `tell` is not called.
    """

    learns: bool

    def ask(self) -> Sequence[Proposal]:
        """Return the next round; empty when the search is finished."""
        ...

    def tell(self, scores: Sequence[Sequence[float]]) -> None:
        """Take in the scores of the whole round, in the order asked.

        Parameters
        ----------
        scores : sequence of sequence of float
            For each proposal the score that ranks on each of its folds, in their order; NaN where the evaluation failed.
        """
        ...
