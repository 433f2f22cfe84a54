"""A candidate with its shared work done: what is left to fit, and the data to fit and score it on."""

import functools
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from foldwork.evaluation import containers


@dataclass
class Prepared:
    """What is left of a candidate.

    `fit_transform` and `transform` may differ in their last bits, so there are two transformed train parts: one to fit on and one to score.

    Attributes
    ----------
    estimator : object
        Unfitted.
    X_train, y_train : container
        The data to fit it on: features, samples first, or a Gram matrix of shape (n_train, n_train); and target (or None).
    X_test : container
        The test part, on which `scored(estimator)` is scored; of a Gram matrix shape (n_test, n_train).
    X_train_scored, y_train_scored : container or None
        The train part on which it is scored.
    data : hashable
        Key of the data that `estimator` is fitted on.
    assume_finite : bool
        Whether the data are Gram matrices: libsvm does not check those that it computes itself for finiteness.
    shared : bool
        Whether anything is shared.
    transformed : bool
        Whether shared steps have transformed the data.
    also : list of str
        Classes among these steps that the user has declared safe to share.
    """

    estimator: Any
    X_train: Any
    y_train: Any
    X_test: Any
    X_train_scored: Any
    y_train_scored: Any
    data: Hashable
    assume_finite: bool = False
    shared: bool = True
    transformed: bool = False
    also: list[str] = field(default_factory=list)

    def scored(self, fitted: Any) -> Any:
        """Return the estimator to give to scorers, from `estimator` once it is fitted (or one in its place)."""
        if not self.transformed:
            return fitted
        from sklearn.pipeline import Pipeline

        # In scikit-learn each call of a response method transforms the data again, so each gets a copy here.
        return Pipeline([("shared", _copying_step()), ("rest", fitted)])


def plain(estimator: Any, arrays: dict[str, Any], fold: Hashable) -> Prepared:
    """Return a candidate of which nothing is shared.

    Parameters
    ----------
    estimator : object
        The unfitted candidate.
    arrays : dict
        The fold: X_train, y_train, X_test, y_test.
    fold : hashable
        Key of the fold's content.
    """
    X_train, y_train = arrays["X_train"], arrays["y_train"]
    return Prepared(estimator, X_train, y_train, arrays["X_test"], X_train, y_train, (fold,), shared=False)


@functools.cache
def _copying_step() -> Any:
    """Return a fitted transformer that returns a copy of X: the next step may write into it."""
    from sklearn.base import BaseEstimator, TransformerMixin

    class CopyingStep(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return containers.copy(X)

        def __sklearn_is_fitted__(self) -> bool:
            return True

    return CopyingStep()
