"""Ensembles of fewer stages, cut from one of more instead of fitted.

A forest of 50 trees is the first 50 of the forest of 200 that is grown from the same seed; so with boosting. scikit-learn's own predictions of
the shorter one follow from its parts, to the last bit.
"""

import copy
from collections.abc import Hashable
from typing import Any

from foldwork.evaluation.sharing_rules import ENSEMBLES, stages_parameter
from foldwork.evaluation.step_key import NotShareable, listed, object_key, public_path


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
        """Drop the ensemble that is kept."""
        self._key: Hashable = None
        self._kept: Any = None

    def fit(self, data: Hashable, estimator: Any, X: Any, y: Any) -> tuple[Any, bool]:
        """Fit an estimator, or cut it from the one that is kept.

        Parameters
        ----------
        data : hashable
            Key of X and y.
        estimator : object
            Unfitted.
        X, y : array-like
            What to fit on.

        Returns
        -------
        estimator : object
            The estimator itself, fitted; or the first stages of the kept one.
        cut : bool
            Whether it was cut.
        """
        name, key = _staged(estimator)
        length = getattr(estimator, name) if name else None
        key = (data, key)
        if name and key == self._key and type(length) is int and 0 < length <= getattr(self._kept, name):
            self.cuts += 1
            return cut(self._kept, length), True
        self.clear()  # before the next one is fitted: never two at a time
        if y is None:
            estimator.fit(X)
        else:
            estimator.fit(X, y)
        if name:
            self._key, self._kept = key, estimator
        return estimator, False


def _staged(estimator: Any) -> tuple[str | None, Hashable]:
    """Return the parameter that sets an estimator's number of stages and a key of all others; (None, None) if its stages are not known to agree."""
    path = listed(estimator, ENSEMBLES)
    params = estimator.get_params(deep=False) if path else {}
    name = stages_parameter(path, params) if path else None
    if name is None:
        return None, None
    try:
        # The estimators inside are looked at, too: one that writes into the data would change what the next stage sees.
        return name, (path, object_key({other: value for other, value in params.items() if other != name}))
    except NotShareable:
        return None, None


def cut(ensemble: Any, length: int) -> Any:
    """Return the first stages of a fitted ensemble, as an ensemble of its own that predicts.

    What says how the fit went (`train_score_`, `n_estimators_` and the like) stays that of the whole.
    """
    parameter, parts = ENSEMBLES[public_path(type(ensemble))]
    first = copy.copy(ensemble)
    # Early stopping leaves a method of the whole among the attributes of HistGradientBoosting.
    for name in [name for name, value in vars(first).items() if getattr(value, "__self__", None) is ensemble]:
        delattr(first, name)
    setattr(first, parameter, length)
    for part in parts:
        setattr(first, part, getattr(ensemble, part)[:length])
    return first
