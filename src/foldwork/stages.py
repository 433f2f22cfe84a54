"""Ensembles of fewer stages, cut from one of more instead of fitted.

A forest of 50 trees is the first 50 of the forest of 200 that is grown from the same seed; so with boosting. scikit-learn's own predictions of
the shorter one follow from its parts, to the last bit.
"""

import copy
import json
from collections.abc import Hashable
from typing import Any

from foldwork.kinds import ENSEMBLES, is_ensemble, path_of, stages_parameter


class LastFit:
    """Fits estimators, and keeps the last ensemble for the shorter ones that may follow.

    Attributes
    ----------
    cuts : int
        How many were cut.
    """

    def __init__(self) -> None:
        self.cuts = 0
        self.clear()

    def clear(self) -> None:
        """Let go of what is kept."""
        self._key: Hashable = None
        self._kept: Any = None

    def fit(self, owner: Hashable, estimator: Any, params: dict[str, Any], prefix: str, X: Any, y: Any) -> Any:
        """Fit an estimator, or cut it from the one that is kept.

        Parameters
        ----------
        owner : hashable
            Says where X and y are from: the task, the model, the fold.
        estimator : object
            Unfitted.
        params : dict
            Those of the whole candidate, as the config has them.
        prefix : str
            What its own begin with there: `"forest__"`, or nothing.
        X, y : array-like
            What to fit on.

        Returns
        -------
        object
            The estimator itself, fitted; or the first stages of the kept one.
        """
        path = path_of(estimator)
        name = stages_parameter(path, estimator.get_params()) if is_ensemble(path) else None
        if name is None or f"{prefix}{name}" not in params:
            self.clear()
            estimator.fit(X, y)
            return estimator
        others = {parameter: value for parameter, value in params.items() if parameter != f"{prefix}{name}"}
        key = (owner, json.dumps(others, sort_keys=True))
        length = getattr(estimator, name)
        if key == self._key and type(length) is int and 0 < length <= getattr(self._kept, name):
            self.cuts += 1
            return cut(self._kept, length)
        self.clear()  # before the next is there: never two at a time
        estimator.fit(X, y)
        self._key, self._kept = key, estimator
        return estimator


def cut(ensemble: Any, length: int) -> Any:
    """Return the first stages of a fitted ensemble, as an ensemble of its own that predicts.

    What says how the fit went (`train_score_`, `n_estimators_` and the like) stays that of the whole.
    """
    parameter, parts = ENSEMBLES[type(ensemble).__name__]
    first = copy.copy(ensemble)
    # Early stopping leaves a method of the whole among the attributes of HistGradientBoosting.
    for name in [name for name, value in vars(first).items() if getattr(value, "__self__", None) is ensemble]:
        delattr(first, name)
    setattr(first, parameter, length)
    for part in parts:
        setattr(first, part, getattr(ensemble, part)[:length])
    return first
