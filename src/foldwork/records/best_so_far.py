"""The best candidate so far, updated with each score."""

import time
from collections.abc import Sequence
from typing import Any

from foldwork.records import formatting
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.study.search_space import N_SAMPLES

UPDATE_EVERY = 1.0
"""Seconds between two searches for the best incomplete candidate: there may be 100,000 of them."""


_Name = tuple[int, str, int]


class BestSoFar:
    """The best candidate so far, by its mean score over folds. Candidates that were evaluated on more rows have precedence.

    Parameters
    ----------
    folds : int
        Number of folds of a complete candidate; 0 if there is no best one, as in a nested search, whose candidates have other rows in each fold, and
        of a curve.
    lower_is_better : bool
        Whether the lowest mean is the best.
    models : sequence of str
        Names of the models in the config's order: the first candidate is the best among equals.
    resource : str, optional
        Parameter that is the resource of successive halving.
    """

    def __init__(
        self, folds: int, *, lower_is_better: bool = False, models: Sequence[str] = (), resource: str | None = None
    ) -> None:
        self.folds = folds
        self._order = {model: place for place, model in enumerate(models)}
        self._resource = resource
        self._sign = -1.0 if lower_is_better else 1.0
        # (number of rows, model, candidate) -> [sum of scores, number of scores, one evaluation]
        self._incomplete: dict[_Name, list[Any]] = {}
        self._complete: tuple[int, float, Evaluation] | None = None
        self._best_incomplete: _Name | None = None
        self._updated = float("-inf")

    @classmethod
    def of(cls, request: Request) -> "BestSoFar":
        """Return an empty one for the candidates of a request."""
        (arguments,) = (request.spec.get("strategy") or {"grid": {}}).values()
        resource = (arguments or {}).get("resource")
        return cls(
            0 if request.is_nested or request.is_curve else len(request.folds),
            lower_is_better=request.ranking[1],
            models=list(request.spec["models"]),
            resource=None if resource == N_SAMPLES else resource,
        )

    def add(self, evaluation: Evaluation, score: float) -> None:
        """Add the score of an evaluation. NaN is ignored."""
        if score != score or not self.folds:
            return
        plain = evaluation.resource is None and self._resource is None
        level = 0 if plain else self._level(evaluation)
        name = level, evaluation.model, evaluation.candidate
        entry = self._incomplete.setdefault(name, [0.0, 0, evaluation])
        entry[0] += score
        entry[1] += 1
        if name == self._best_incomplete:
            self._best_incomplete = None  # its mean may have fallen
        if entry[1] == self.folds:
            del self._incomplete[name]
            candidate = level, self._mean(entry), evaluation
            if self._complete is None or self._key(*candidate) > self._key(*self._complete):
                self._complete = candidate

    def _level(self, evaluation: Evaluation) -> int:
        """Return the resources of an evaluation, 0 if it has none."""
        if evaluation.resource:
            return evaluation.resource.get("n_samples", 0)
        return evaluation.params.get(self._resource, 0) if self._resource else 0

    def _key(self, level: int, mean: float, evaluation: Evaluation) -> tuple[int, float, int, int]:
        """Return a key by which the best candidate is the largest, the first in the table among equals."""
        # Rounded, as sums in the order in which folds end may differ in their last bits.
        return level, round(mean, 12), -self._order.get(evaluation.model, 0), -evaluation.candidate

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
        rows, mean, evaluation = self._complete
        better = ahead is not None and self._best_incomplete[0] >= rows and self._sign * ahead["score"] > mean
        best = self._as_dict(mean, evaluation, self.folds)
        return {**best, "whole": True, "ahead": ahead if better else None}

    def _incomplete_result(self) -> dict[str, Any] | None:
        now = time.monotonic()
        if self._best_incomplete not in self._incomplete or now - self._updated >= UPDATE_EVERY:
            self._updated = now
            self._best_incomplete = max(
                self._incomplete, key=lambda name: (name[0], self._mean(self._incomplete[name])), default=None
            )
        entry = self._incomplete.get(self._best_incomplete)
        return None if entry is None else self._as_dict(self._mean(entry), entry[2], entry[1])

    def _mean(self, entry: list[Any]) -> float:
        return self._sign * entry[0] / entry[1]

    def _as_dict(self, mean: float, evaluation: Evaluation, folds: int) -> dict[str, Any]:
        return {"model": evaluation.model, "params": evaluation.params, "score": self._sign * mean, "folds": folds}

    def __str__(self) -> str:
        return formatting.best(self.found())
