"""Call a scorer and return its scores as numbers of a record."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from foldwork.errors import one_line
from foldwork.evaluation.tracebacks import current_traceback, shortened
from foldwork.storage import ledger


def score(
    scorer: Callable[..., Any], estimator: Any, X: Any, y: Any, metrics: Sequence[str], record: dict[str, Any]
) -> dict[str, float | str]:
    """Score a fitted estimator as scikit-learn's `_score` does with `error_score=nan`.

    Parameters
    ----------
    scorer : callable
        `scorer(estimator, X, y)`, or without y if y is None. Returns a number, or a dict of metric to number; the text of a traceback stands for
        a metric that has failed, as `sklearn.metrics._scorer._MultimetricScorer` returns it.
    estimator : object
        Fitted.
    X : array-like or sparse matrix, shape (n_samples, n_features)
    y : array-like or None, shape (n_samples,) or (n_samples, n_outputs)
    metrics : sequence of str
        Names of the metrics.
    record : dict
        If a metric fails, gets `status`, `error` and `traceback`.

    Returns
    -------
    dict
        Metric to score as the ledger keeps it (`ledger.finite`); "nan" for a metric that has failed.

    Raises
    ------
    ValueError
        If a score is not a number.
    """
    try:
        found = scorer(estimator, X) if y is None else scorer(estimator, X, y)
    except Exception as error:
        # Scorers of several metrics ask for all response methods first: which metric needs the missing one is not known.
        several, metrics = len(metrics) > 1, list(metrics)
        found = dict.fromkeys(metrics, current_traceback() or one_line(error))
        record["error"] = record["error"] or (f"scoring: {one_line(error)}" if several else None)
    if not isinstance(found, dict):
        found = {metrics[0]: found}
    scores: dict[str, float | str] = {}
    # A scorer of the user's own may return several scores: their names are the metrics then.
    for name, value in found.items():
        if isinstance(value, str):
            record["status"] = "failed"
            record["traceback"] = shortened(value.strip())
            *_, last = record["traceback"].split("\n")
            record["error"] = record["error"] or f"scoring {name}: {last}"
            value = np.nan
        scores[name] = ledger.finite(as_number(name, value))
    return scores


def as_number(name: str, value: Any) -> float | int:
    """Return a metric's value as a Python number, read as scikit-learn's `_score` reads it.

    Raises
    ------
    ValueError
        If it is not a number, or is an int beyond the range of a float.
    """
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, (int, float)):
        raise ValueError(f"scoring must return a number, got {value!r} ({type(value).__name__}) instead ({name})")
    try:
        float(value)
    except OverflowError:
        raise ValueError(f"scoring must return a number that a float can hold ({name})") from None
    return value
