"""Cut an ensemble of few stages from a fitted one of more, instead of fitting it.

The forest of 50 trees is the first 50 trees of the forest of 200 with the same `random_state`; likewise in boosting. The cut ensemble predicts by
scikit-learn's own code, so its predictions are equal to the last bit. `growing` does the opposite between evaluations of different rounds of a search.
"""

import copy
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from foldwork.evaluation import growing
from foldwork.evaluation.sharing_rules import ENSEMBLES, may_grow, stages_parameter
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
    cuts, grown : int
        Number of ensembles that were cut, and that were continued.
    may_grow : bool
        Whether this evaluation has fitted the kept ensemble, and a longer fit may continue it.
    """

    def __init__(self) -> None:
        self.cuts = self.grown = 0
        self.begin(None)
        self.clear()

    def begin(self, shorter: Path | None) -> None:
        """Begin an evaluation.

        Parameters
        ----------
        shorter : Path or None
            File with an ensemble that it may continue: see `growing`.
        """
        self._shorter, self.may_grow = shorter, False

    def clear(self) -> None:
        """Release the kept ensemble."""
        self._key: Hashable = None
        self._kept: Any = None
        self.may_grow = False

    @property
    def kept(self) -> tuple[Hashable, Any]:
        """The key of the kept ensemble, and the ensemble."""
        return self._key, self._kept

    def fit(self, data: Hashable, estimator: Any, X: Any, y: Any) -> tuple[Any, bool]:
        """Fit an estimator, continue the fit of a shorter one, or cut it from the kept one.

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
            The estimator itself, fitted, one in its place, or the first stages of the kept one.
        shared : bool
            Whether it was cut or continued.

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
        grows = name is not None and _may_grow(estimator, X)
        found = growing.grown(self._shorter, key, estimator, name, X, y) if grows and self._shorter else None
        fitted = fit(estimator, X, y) if found is None else found
        if name:
            self._key, self._kept = key, fitted
            self.may_grow = grows and not getattr(fitted, "do_early_stopping_", False)
        self.grown += found is not None
        return fitted, found is not None


def _may_grow(ensemble: Any, X: Any) -> bool:
    """Return whether a longer fit on X may continue one of this ensemble."""
    path = public_path(type(ensemble))
    # Boosting that is continued brings sparse data (also those of a DataFrame) into another format, perhaps with the elements in another order.
    if "Boosting" in path and (hasattr(X, "tocsr") or hasattr(X, "sparse")):
        return False
    return may_grow(path, ensemble.get_params(deep=False))


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
