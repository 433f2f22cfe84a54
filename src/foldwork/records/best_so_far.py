"""The best candidate so far, updated with each score."""

import time
from typing import Any

from foldwork.records import formatting
from foldwork.records.evaluation import Evaluation

UPDATE_EVERY = 1.0
"""Seconds between two searches for the best incomplete candidate: there may be 100,000 of them."""


class BestSoFar:
    """The best candidate so far, by its mean score over folds.

    Parameters
    ----------
    folds : int
        Number of folds of a complete candidate.
    lower_is_better : bool
        Whether the lowest mean is the best.
    """

    def __init__(self, folds: int, *, lower_is_better: bool = False) -> None:
        self.folds = folds
        self._sign = -1.0 if lower_is_better else 1.0
        # (model, candidate) -> [sum of scores, number of scores, one evaluation]
        self._incomplete: dict[tuple[str, int], list[Any]] = {}
        self._complete: tuple[float, Evaluation] | None = None
        self._best_incomplete: tuple[str, int] | None = None
        self._updated = float("-inf")

    def add(self, evaluation: Evaluation, score: float) -> None:
        """Add the score of an evaluation. NaN is ignored."""
        if score != score:
            return
        name = evaluation.model, evaluation.candidate
        entry = self._incomplete.setdefault(name, [0.0, 0, evaluation])
        entry[0] += score
        entry[1] += 1
        if name == self._best_incomplete:
            self._best_incomplete = None  # its mean may have fallen
        if entry[1] == self.folds:
            del self._incomplete[name]
            if self._complete is None or self._mean(entry) > self._complete[0]:
                self._complete = self._mean(entry), evaluation

    def found(self) -> dict[str, Any] | None:
        """Return the best candidate, None if there is no score yet.

        Returns
        -------
        dict
            `model`, `params`, `score` (mean), `folds` (number of scores in it), `whole` (whether these are all folds) and `ahead`. Complete
            candidates have precedence. `ahead` is the best incomplete candidate if its mean is better than that of the best complete one, else
            None.
        """
        ahead = self._incomplete_result()
        if self._complete is None:
            return None if ahead is None else {**ahead, "whole": False, "ahead": None}
        better = ahead is not None and self._sign * ahead["score"] > self._complete[0]
        best = self._as_dict(*self._complete, self.folds)
        return {**best, "whole": True, "ahead": ahead if better else None}

    def _incomplete_result(self) -> dict[str, Any] | None:
        now = time.monotonic()
        if self._best_incomplete not in self._incomplete or now - self._updated >= UPDATE_EVERY:
            self._updated = now
            self._best_incomplete = max(
                self._incomplete, key=lambda name: self._mean(self._incomplete[name]), default=None
            )
        entry = self._incomplete.get(self._best_incomplete)
        return None if entry is None else self._as_dict(self._mean(entry), entry[2], entry[1])

    def _mean(self, entry: list[Any]) -> float:
        return self._sign * entry[0] / entry[1]

    def _as_dict(self, mean: float, evaluation: Evaluation, folds: int) -> dict[str, Any]:
        return {"model": evaluation.model, "params": evaluation.params, "score": self._sign * mean, "folds": folds}

    def __str__(self) -> str:
        return formatting.best(self.found())
