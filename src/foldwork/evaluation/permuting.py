"""Permutation importances of the features of a test part, by scikit-learn's `permutation_importance`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from foldwork.evaluation.tracebacks import shortened
from foldwork.storage import ledger


class Permuting:
    """A scorer that returns the score of another one, and meanwhile finds the importance of each feature.

    scikit-learn's function scores X as it is before it permutes features. The call of this scorer is that function's call: the score is the one that it
    finds first, so that an estimator whose predictions are random is called as often as by scikit-learn.

    Parameters
    ----------
    scorer : callable
        `scorer(estimator, X, y)`, or without y if y is None. Returns a number, or a dict of metric to number or to the traceback of a failed metric.
    arguments : dict
        Of `sklearn.inspection.permutation_importance`: `n_repeats`, `random_state` and `max_samples`.
    metrics : sequence of str
        Names of the metrics.
    record : dict
        Gets `importances`, metric to a list of shape (n_features, n_repeats), and `features`, the names of the columns if X has them.
    """

    def __init__(
        self,
        scorer: Callable[..., Any],
        arguments: dict[str, Any],
        metrics: Sequence[str],
        record: dict[str, Any],
    ) -> None:
        self._scorer, self._arguments, self._metrics, self._record = scorer, arguments, metrics, record

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> Any:
        """Return the score of a fitted estimator on X, array-like of shape (n_samples, n_features), and fill in the record.

        Raises
        ------
        ValueError
            If X is a sparse matrix or has no columns: scikit-learn's function takes neither.
        Exception
            What the estimator, a metric or scikit-learn's function raises.
        """
        from sklearn.inspection import permutation_importance

        if hasattr(X, "tocsr") or len(X.shape) != 2:
            what = "a sparse matrix" if hasattr(X, "tocsr") else f"an array of {len(X.shape)} dimensions"
            raise ValueError(f"permutation importance needs a table or an array with columns; X is {what}")
        scores: list[Any] = []

        def scored(estimator: Any, X: Any, y: Any) -> Any:
            found = self._scorer(estimator, X) if y is None else self._scorer(estimator, X, y)
            _raise_failed(found)
            if not scores:
                scores.append(found)
            return found

        found = permutation_importance(estimator, X, y, scoring=scored, **self._arguments)
        by_metric = found if isinstance(scores[0], dict) else {self._metrics[0]: found}
        self._record["importances"] = {name: _as_lists(each.importances) for name, each in by_metric.items()}
        if hasattr(X, "columns"):
            self._record["features"] = [str(name) for name in X.columns]
        return scores[0]


def _raise_failed(scores: Any) -> None:
    """Raise if one of several metrics has failed, as scikit-learn's function does: there is no difference to a text."""
    for name, value in scores.items() if isinstance(scores, dict) else ():
        if isinstance(value, str):
            raise ValueError(f"{name}: {shortened(value.strip()).splitlines()[-1]}")


def _as_lists(importances: np.ndarray) -> list[list[float | str]]:
    return [[ledger.finite(value) for value in row] for row in importances.tolist()]
