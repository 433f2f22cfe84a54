"""What findings are drawn from: the scores of a search, its chosen candidate, its data, and the scores of a dummy."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from foldwork.results import nested
from foldwork.results.choice import Choice, choose
from foldwork.results.comparison import size_ratio
from foldwork.results.findings.baseline import Baseline, baselines
from foldwork.results.findings.fold_data import FoldData
from foldwork.results.results import Results
from foldwork.study.objects import build_estimator


@dataclass(eq=False)
class Evidence:
    """The scores and data of a search.

    Attributes
    ----------
    results : Results
    data : FoldData
    rule : dict
        `choose`, `rank_by` and `simplest` of the search.
    """

    results: Results
    data: FoldData
    rule: dict[str, Any]

    @cached_property
    def choice(self) -> Choice | None:
        """The chosen candidate; None for a nested search, whose outer folds choose one each, and if no candidate can be ranked."""
        if self.results.request.is_nested:
            return None
        found = choose(self.results, self.rule)
        return found if found.ranked.mask.any() else None

    @property
    def metric(self) -> str:
        """The metric that ranks."""
        return self.choice.metric if self.choice else self.results.metrics[0]

    def scores(self, metric: str, part: str = "test") -> np.ndarray:
        """Return the score of the chosen candidate on each fold, of a nested search of what each outer fold has chosen; NaN where there is none.

        Parameters
        ----------
        metric : str
        part : {"test", "train"}
        """
        if self.choice is not None:
            return self.results.array(part, metric)[self.choice.row]
        folds = len(self.results.request.outer_folds)
        if part == "train" or not self.results.request.is_nested:
            return np.full(folds, np.nan)
        column = f"outer_{self.results.suffixes[self.results.metrics.index(metric)]}"
        return np.array([row.get(column, np.nan) for row in nested.outer_scores(self.results)[1]], dtype=float)

    @cached_property
    def ratio(self) -> float:
        """n_test / n_train of a fold."""
        return size_ratio(self.results.request.outer_folds)

    @cached_property
    def estimators(self) -> list[Any]:
        """The unfitted estimators of all models."""
        return [build_estimator(model["estimator"]) for model in self.results.request.spec["models"].values()]

    @cached_property
    def baselines(self) -> dict[str, Baseline]:
        """For each metric the best dummy; without those metrics that no dummy can be scored by."""
        return baselines(self.estimators, self.results.request.spec["scoring"], self.results.metrics, self.data)

    def gain(self, metric: str) -> float | None:
        """Return by how much the chosen candidate's mean score is better than a dummy's: the scale of the metric. None if it is not better or not known."""
        found = self.baselines.get(metric)
        gain = float(np.mean(self.scores(metric))) - found.mean if found else 0.0
        return gain if gain > 0 else None
