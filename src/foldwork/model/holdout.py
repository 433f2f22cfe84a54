"""Score the fitted model on the rows that no search has seen, with a bootstrap interval."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from foldwork.data.datasets import MANIFEST
from foldwork.errors import FoldworkError
from foldwork.evaluation.scores import score
from foldwork.model.model import Model
from foldwork.model.rows import held_out
from foldwork.sklearn_private import take_rows
from foldwork.storage import ledger
from foldwork.storage.signed_json import read_signed
from foldwork.study.objects import build_scorer, metric_name

RESAMPLES, CONFIDENCE, SEED = 1000, 0.95, 0
"""Of the bootstrap."""

NO_POSITIVE = "No positive class found in y_true"
"""scikit-learn's plain warning of `average_precision`, which is 0 then."""

RESPONSES = ("predict", "predict_proba", "predict_log_proba", "decision_function")


def score_held_out(model: Model, scoring: list[Any], splits: Path, dataset: Path) -> dict[str, Any]:
    """Return the content of holdout.json.

    Parameters
    ----------
    model : Model
    scoring : list
        The metrics of the search.
    splits, dataset : Path
        Folders of the persisted splits and dataset.

    Returns
    -------
    dict
        `n`, the number of held-out rows; `scores`, for each metric its `score`, the ends of its interval `low` and `high` (None if too few resamples
        have a score) and `resamples`, how many have one; `bootstrap`, how the interval was made.

    Raises
    ------
    FoldworkError
        If a metric cannot be computed.
    """
    data = read_signed(dataset / MANIFEST, "its folder")
    X, y, groups = held_out({"path": str((dataset / data["file"]).resolve()), "sha256": data["sha256"]}, str(splits))
    names = [metric_name(metric) for metric in scoring] or ["score"]
    scorer, n = build_scorer(model.estimator, scoring), int(X.shape[0])
    record: dict[str, Any] = {"status": "ok", "error": None}
    found = score(scorer, model.estimator, X, y, names, record)
    if record["status"] != "ok" or record["error"]:
        raise FoldworkError(f"searches.{model.description['search']}: held-out rows: {record['error']}")
    # Scorers of scikit-learn see predictions alone: each row is predicted once. The user's own may look at X.
    answers = StoredResponses(model.estimator, X) if scoring and all(isinstance(m, str) for m in scoring) else None
    scorers = _Scorers(model.estimator, scoring, list(found))
    resampled = _resampled(scorers, answers or model.estimator, np.arange(n) if answers else X, y, groups)
    intervals = {}
    for name, values in resampled.items():
        values = values[np.isfinite(values)]
        low, high = (
            np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]).tolist() if len(values) else (None, None)
        )
        intervals[name] = {"score": found[name], "low": low, "high": high, "resamples": len(values)}
    return {
        "model": model.description["model"],
        "params": model.description["params"],
        "n": n,
        "scores": intervals,
        "bootstrap": {
            "method": "percentile",
            "confidence": CONFIDENCE,
            "resamples": RESAMPLES,
            "random_state": SEED,
            "of": "rows" if groups is None else "groups",
            **({} if groups is None else {"n_groups": len(np.unique(np.asarray(groups)))}),
        },
    }


class _Scorers:
    """The metrics of a search, together and one by one.

    Parameters
    ----------
    estimator : object
    scoring : list
        The metrics of the search.
    names : list of str
        Names of the scores.
    """

    def __init__(self, estimator: Any, scoring: list[Any], names: list[str]) -> None:
        self.names = names
        self._scorer = build_scorer(estimator, scoring)
        self._single = {metric_name(each): build_scorer(estimator, [each]) for each in scoring if len(scoring) > 1}

    def score(self, *given: Any) -> tuple[dict[str, Any], set[str]]:
        """Return the scores of an estimator on X and y, and the names of those of which scikit-learn warns that they are not defined."""
        scores, warned = _score(self._scorer, *given, self.names)
        if warned and self._single:
            return scores, {name for name, scorer in self._single.items() if _score(scorer, *given, [name])[1]}
        return scores, set(self.names if warned else ())


def _score(scorer: Any, estimator: Any, X: Any, y: Any, names: list[str]) -> tuple[dict[str, Any], bool]:
    record: dict[str, Any] = {"status": "ok", "error": None}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scores = score(scorer, estimator, X, y, names, record)
    return scores, any(
        issubclass(each.category, UndefinedMetricWarning) or NO_POSITIVE in str(each.message) for each in caught
    )


def _resampled(scorers: _Scorers, estimator: Any, X: Any, y: Any, groups: Any) -> dict[str, np.ndarray]:
    """Return the scores of each resample of the rows, or of whole groups; NaN where a metric is not defined, but is on all rows."""
    undefined_on_all = scorers.score(estimator, X, y)[1]
    rng, n = np.random.default_rng(SEED), X.shape[0]
    units = [np.array([row]) for row in range(n)] if groups is None else _rows_of_groups(np.asarray(groups))
    found = {name: np.full(RESAMPLES, np.nan) for name in scorers.names}
    for resample in range(RESAMPLES):
        rows = np.concatenate([units[unit] for unit in rng.integers(len(units), size=len(units))])
        scores, undefined = scorers.score(estimator, take_rows(X, rows), None if y is None else take_rows(y, rows))
        for name in {*scorers.names} - (undefined - undefined_on_all):
            found[name][resample] = ledger.score(scores, name)
    return found


class StoredResponses:
    """Stands for a fitted estimator in scorers: the responses for all rows of X are computed once, and taken by row numbers.

    Parameters
    ----------
    estimator : object
        Fitted.
    X : array-like, shape (n_samples, n_features)
    """

    def __init__(self, estimator: Any, X: Any) -> None:
        self._estimator, self._X = estimator, X
        self._found: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._estimator, name)
        if name not in RESPONSES:
            return value

        def respond(rows: np.ndarray) -> Any:
            if name not in self._found:
                self._found[name] = value(self._X)
            whole = self._found[name]
            return [each[rows] for each in whole] if isinstance(whole, list) else take_rows(whole, rows)

        respond.__name__ = name  # by which scikit-learn calls it
        return respond


def _rows_of_groups(groups: np.ndarray) -> list[np.ndarray]:
    _, codes = np.unique(groups, return_inverse=True)
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
