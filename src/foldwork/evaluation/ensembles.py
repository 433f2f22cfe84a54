"""Cut an ensemble of few stages from a fitted one of more, instead of fitting it.

The forest of 50 trees is the first 50 trees of the forest of 200 with the same `random_state`; likewise in boosting. The cut ensemble predicts by
scikit-learn's own code, so its predictions are equal to the last bit.
"""

import copy
from collections.abc import Hashable
from typing import Any

from foldwork.evaluation.sharing_rules import ENSEMBLES, stages_parameter
from foldwork.evaluation.step_key import NotShareable, listed, object_key, public_path


def fit(estimator: Any, X: Any, y: Any) -> Any:
    """Fit an estimator, without y if that is None, and return it."""
    if y is None:
        estimator.fit(X)
    else:
        estimator.fit(X, y)
    return estimator


class LastFit:
    """Fits estimators; keeps the last ensemble, to cut shorter ones from it.

    Attributes
    ----------
    cuts : int
        Number of ensembles that were cut.
    """

    def __init__(self) -> None:
        self.cuts = 0
        self.clear()

    def clear(self) -> None:
        """Release the kept ensemble."""
        self._key: Hashable = None
        self._kept: Any = None

    def fit(self, data: Hashable, estimator: Any, X: Any, y: Any) -> tuple[Any, bool]:
        """Fit an estimator, or cut it from the kept one.

        Parameters
        ----------
        data : hashable
            Key of X and y.
        estimator : object
            Unfitted.
        X : array-like or sparse matrix, shape (n_samples, n_features)
        y : array-like, shape (n_samples,) or (n_samples, n_outputs), or None

        Returns
        -------
        estimator : object
            The estimator itself, fitted, or the first stages of the kept one.
        cut : bool
            Whether it was cut.

        Raises
        ------
        Exception
            What the estimator raises.
        """
        name, key = _stages_key(estimator)
        length = getattr(estimator, name) if name else None
        key = (data, key)
        if name and key == self._key and type(length) is int and 0 < length <= getattr(self._kept, name):
            self.cuts += 1
            return cut(self._kept, length), True
        self.clear()  # before the fit: two ensembles may not fit into memory
        fit(estimator, X, y)
        if name:
            self._key, self._kept = key, estimator
        return estimator, False


def _stages_key(estimator: Any) -> tuple[str | None, Hashable]:
    """Return the parameter that sets an ensemble's number of stages, and a key of all other parameters.

    (None, None) if it is not known that the stages of ensembles with one key are equal.
    """
    path = listed(estimator, ENSEMBLES)
    params = estimator.get_params(deep=False) if path else {}
    name = stages_parameter(path, params) if path else None
    if name is None:
        return None, None
    try:
        # Also of the estimators in it: one that writes into the data would change them for the next stage.
        return name, (path, object_key({other: value for other, value in params.items() if other != name}))
    except NotShareable:
        return None, None


def cut(ensemble: Any, length: int) -> Any:
    """Return a fitted ensemble of the first stages of another one; only its predictions are those of a fit.

    Parameters
    ----------
    ensemble : object
        Fitted, of a class in `sharing_rules.ENSEMBLES`.
    length : int
        Number of stages.

    Returns
    -------
    object
        A shallow copy. Attributes that describe the fit (`train_score_`, `n_estimators_` and others) are still those of the whole ensemble.
    """
    parameter, parts = ENSEMBLES[public_path(type(ensemble))]
    first = copy.copy(ensemble)
    # Early stopping adds a bound method of the whole ensemble to the attributes of HistGradientBoosting.
    for name in [name for name, value in vars(first).items() if getattr(value, "__self__", None) is ensemble]:
        delattr(first, name)
    setattr(first, parameter, length)
    for part in parts:
        setattr(first, part, getattr(ensemble, part)[:length])
    return first
