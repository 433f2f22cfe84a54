"""The interface of a search strategy: `ask` returns a round of candidates, `tell` takes their scores.

Candidates depend on config, data and seed alone, never on engines, the order in which evaluations end, a kill or a resume. `tell` therefore takes the scores
of a whole round in the order of its proposals, and a resumed search restores the state of its strategy from the ledger, round by round.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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
        Indices of the folds to evaluate it on; None for all. Proposals of one candidate with the same resource and other folds are one row of scores.csv.
    resource : dict, optional
        The part of the rows to evaluate it on: see `evaluation.subsample`, and of a clustering `evaluation.resampled_points`. None for all.
    columns : dict, optional
        Further columns of its row in scores.csv, such as `iter`.
    grows : tuple, optional
        If a parameter sets the resources of a candidate that is proposed several times: (name, value in the round before, value in the next round). A value
        is None if there is no such round.
    """

    model: str
    candidate: int
    params: dict[str, Any] = field(compare=False)
    folds: tuple[int, ...] | None = None
    resource: dict[str, Any] | None = field(default=None, compare=False)
    columns: dict[str, int | float | str | None] | None = field(default=None, compare=False)
    grows: tuple[str, int | None, int | None] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Data:
    """What a strategy may need to know of the data.

    Attributes
    ----------
    n_folds : int
    n_samples : int, optional
        Number of rows of the dataset.
    n_classes : int, optional
        Number of classes of its target; None if there is no target.
    classifiers : tuple of str
        Names of the models that are classifiers.
    n_train, n_test : tuple of int
        Numbers of rows of each fold's training and test sets; empty if not known.
    inner : tuple of tuple of int
        For each outer fold of a nested search the indices of its inner folds, which follow the outer folds. Empty for other searches.
    """

    n_folds: int
    n_samples: int | None = None
    n_classes: int | None = None
    classifiers: tuple[str, ...] = ()
    n_train: tuple[int, ...] = ()
    n_test: tuple[int, ...] = ()
    inner: tuple[tuple[int, ...], ...] = ()


class SearchStrategy:
    """Proposes candidates round by round. A module of this subpackage has a function `strategies`, which returns those of a search.

    Several strategies of one search (of its models, or the brackets of hyperband) do not depend on each other, and their rounds are evaluated at the same time.

    Attributes
    ----------
    learns : bool
        Whether candidates depend on scores. If not, all rounds are asked for at once, and `tell` is not called.
    n_in_flight : int
        Number of rounds in progress: so many are asked for before the first one is told, and then one more for each that is told. With two, engines need not
        wait between rounds, and a round is proposed without the scores of the one before it. Rounds are told in the order in which they were asked for.
    is_slow : bool
        Whether it takes long to ask for all rounds again. Those of a finished search are kept in a file then; proposals on some of the folds cannot be.
    """

    learns = True
    n_in_flight = 1
    is_slow = False

    def ask(self) -> Sequence[Proposal]:
        """Return the next round; empty when the search is finished."""
        raise NotImplementedError

    def tell(self, scores: Sequence[Sequence[float]]) -> None:
        """Take the scores of the whole round, in the order of its proposals.

        Parameters
        ----------
        scores : sequence of sequence of float
            For each proposal the value of the metric that ranks on each of its folds, in their order; NaN for a failed evaluation.
        """

    def likely(self) -> Sequence[Proposal]:
        """Return proposals that the next round probably contains. They are evaluated while engines would wait for the end of a round."""
        return ()

    def budget(self, n_folds: int) -> int | None:
        """Return the largest number of evaluations on `n_folds` folds that the strategy asks for in all its rounds; None if it is not known."""
        return None

    def row_columns(self) -> Mapping[tuple[str, int], dict[str, int | float | str | None]]:
        """Return further columns of scores.csv that follow from the scores: (model, candidate) to name and value."""
        return {}


def total_budget(strategies: Iterable[SearchStrategy], n_folds: int, more: int = 0) -> int | None:
    """Return the sum of the budgets of strategies, and `more`; None if one is not known."""
    budgets = [strategy.budget(n_folds) for strategy in strategies]
    return None if None in budgets else sum(budgets) + more


Spaces = Mapping[str, Any]
"""Name of a model to its parameter space as the config has it."""
