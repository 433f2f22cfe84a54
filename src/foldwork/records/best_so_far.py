"""The best candidate so far, while not all evaluations are recorded."""

import time
from typing import Any

from foldwork.records import in_words
from foldwork.records.evaluation import Evaluation

LOOK_EVERY = 1.0
"""Seconds between two searches for the best of the candidates that have not all folds: there may be 100,000 of them."""


class BestSoFar:
    """The best candidate so far by the mean of the metric that ranks.

    Parameters
    ----------
    folds : int
        How many folds make a candidate complete.
    lower_is_better : bool
    """

    def __init__(self, folds: int, *, lower_is_better: bool = False) -> None:
        self.folds = folds
        self._sign = -1.0 if lower_is_better else 1.0
        self._incomplete: dict[
            tuple[str, int], list[Any]
        ] = {}  # by model and candidate: sum, count, an evaluation of it
        self._complete: tuple[float, Evaluation] | None = None
        self._first: tuple[str, int] | None = None  # of those that are incomplete
        self._looked = float("-inf")

    def add(self, evaluation: Evaluation, score: float) -> None:
        """Add a score; NaN is ignored."""
        if score != score:
            return
        name = evaluation.model, evaluation.candidate
        entry = self._incomplete.setdefault(name, [0.0, 0, evaluation])
        entry[0] += score
        entry[1] += 1
        if name == self._first:
            self._first = None  # its mean may have fallen
        if entry[1] == self.folds:
            del self._incomplete[name]
            if self._complete is None or self._mean(entry) > self._complete[0]:
                self._complete = self._mean(entry), evaluation

    def found(self) -> dict[str, Any] | None:
        """Return the best candidate, None where there is none.

        Returns
        -------
        dict
            `model`, `params`, `score`, and `whole`: whether that is over all folds. It is the best of those that have all folds if there is one;
            then `ahead` is the best of the others while its mean is better (with `folds`, how many it has), else None.
        """
        ahead = self._first_of_incomplete()
        if self._complete is None:
            return None if ahead is None else {**ahead, "whole": False, "ahead": None}
        better = ahead is not None and self._sign * ahead["score"] > self._complete[0]
        best = self._said(*self._complete, self.folds)
        return {**best, "whole": True, "ahead": ahead if better else None}

    def _first_of_incomplete(self) -> dict[str, Any] | None:
        now = time.monotonic()
        if self._first not in self._incomplete or now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._first = max(self._incomplete, key=lambda name: self._mean(self._incomplete[name]), default=None)
        entry = self._incomplete.get(self._first)
        return None if entry is None else self._said(self._mean(entry), entry[2], entry[1])

    def _mean(self, entry: list[Any]) -> float:
        return self._sign * entry[0] / entry[1]

    def _said(self, mean: float, evaluation: Evaluation, folds: int) -> dict[str, Any]:
        return {"model": evaluation.model, "params": evaluation.params, "score": self._sign * mean, "folds": folds}

    def __str__(self) -> str:
        return in_words.best(self.found())
