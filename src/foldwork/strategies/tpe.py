"""Tree-structured Parzen estimators (TPE) by Optuna's ask-and-tell interface, or another of its samplers.

A batch is in progress at any time, in two halves: when the older one has all its scores, it is told as a whole, in the order of its trials, and another half is
asked for, while engines evaluate the younger one. Optuna's study is kept in memory alone: asking and telling the same again gives the same trials, as the
sampler is seeded.
"""

import warnings
from collections import deque
from collections.abc import Sequence
from typing import Any

from foldwork.errors import FoldworkError, one_line
from foldwork.strategies.interface import Data, Proposal, SearchStrategy, Spaces
from foldwork.strategies.mean_score import mean_score
from foldwork.strategies.optuna_sampler import build_sampler
from foldwork.strategies.optuna_space import OptunaSpace
from foldwork.study.optional_package import import_optional


def strategies(
    spaces: Spaces,
    data: Data,
    *,
    n_trials: int = 100,
    batch: int = 8,
    random_state: int = 0,
    sampler: dict[str, Any] | None = None,
) -> list[SearchStrategy]:
    """Return the strategy that proposes candidates of all models in batches.

    Parameters
    ----------
    spaces : mapping
    data : Data
    n_trials : int
        Number of candidates of all models together. A candidate that is proposed again counts; it is not evaluated again.
    batch : int
        Number of candidates that are evaluated at the same time. More keep more engines busy; fewer let each candidate learn from more scores.
    random_state : int
        Seed of the sampler.
    sampler : dict, optional
        A sampler of Optuna as `{class: optuna.samplers.…, …arguments}`. Default: `TPESampler`.

    Raises
    ------
    FoldworkError
        If an argument cannot be used, or Optuna is not installed.
    """
    for name, value in (("n_trials", n_trials), ("batch", batch)):
        if value < 1:
            raise FoldworkError(f"tpe: {name}: is {value}, must be 1 or more")
    import_optional("tpe")
    return [OptunaSearch(OptunaSpace(spaces), n_trials, batch, random_state, sampler)]


class OptunaSearch(SearchStrategy):
    """A study of Optuna that is asked and told in batches. For the parameters see `strategies`."""

    is_slow = True

    def __init__(
        self, space: OptunaSpace, n_trials: int, batch: int, random_state: int, sampler: dict[str, Any] | None
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = space
        self._n_trials = n_trials
        self.n_in_flight = min(batch, 2)
        self._n_in_round = -(-batch // 2)
        self._sampler = sampler
        self._study = optuna.create_study(
            direction="maximize",
            sampler=build_sampler(sampler, random_state, conditional=space.conditional),
            pruner=optuna.pruners.NopPruner(),
        )
        # Samplers of finite spaces call it at their end; Optuna's own works only inside of `Study.optimize`.
        self._study.stop = self._stop
        self._rounds: deque[list[Any]] = deque()
        """Trials of each round that was not told."""
        self._n_asked = 0
        self._n_candidates: dict[str, int] = {}

    def ask(self) -> list[Proposal]:
        """Return the next half of a batch; the last one may be smaller."""
        size = min(self._n_in_round, self._n_trials - self._n_asked)
        self._n_asked += size
        if size:
            self._rounds.append([])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a sampler is experimental
            try:
                return [self._propose() for _ in range(size)]
            except Exception as error:
                if self._sampler is None:
                    raise
                # A sampler may need a package or a kind of space that it looks for only now.
                raise FoldworkError(f"tpe: sampler: {self._sampler['class']}: {one_line(error)}") from error

    def tell(self, scores: Sequence[Sequence[float]]) -> None:
        """Tell the trials of the oldest round their mean scores. A trial with a failed evaluation has failed."""
        from optuna.trial import TrialState

        trials = self._rounds.popleft()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for trial, of_folds in zip(trials, scores, strict=True):
                score = mean_score(of_folds)
                if score == score:
                    self._study.tell(trial, score)
                else:
                    self._study.tell(trial, state=TrialState.FAIL)

    def budget(self, n_folds: int) -> int:
        """Return the number of evaluations if no candidate is proposed twice."""
        return self._n_trials * n_folds

    def _stop(self) -> None:
        self._n_trials = self._n_asked

    def _propose(self) -> Proposal:
        trial = self._study.ask()
        self._rounds[-1].append(trial)
        model, params = self._space.suggest(trial)
        index = self._n_candidates.get(model, 0)
        self._n_candidates[model] = index + 1
        return Proposal(model, index, params)
