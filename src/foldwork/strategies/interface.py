"""The interface of a search strategy: `ask` returns a round of candidates, `tell` takes their scores.

Candidates depend on config, data and seed alone, never on engines, the order in which evaluations end, a kill or a resume. `tell` therefore takes the scores
of a whole round in the order of its proposals, and a resumed search restores the state of its strategy from the ledger, round by round.
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
        Its index among the candidates of that model.
    params : dict
        Its parameters as the config has them.
    folds : tuple of int, optional
        Indices of the folds to evaluate it on; None for all.
    resource : int, optional
        See `records.evaluation.Evaluation`.
    """

    model: str
    candidate: int
    params: dict[str, Any] = field(compare=False)
    folds: tuple[int, ...] | None = None
    resource: int | None = None


class SearchStrategy(Protocol):
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
        """Take the scores of the whole round, in the order of its proposals.

        Parameters
        ----------
        scores : sequence of sequence of float
            For each proposal the value of the metric that ranks on each of its folds, in their order; NaN for a failed evaluation.
        """
        ...
