"""Scores of dummies on the folds of a search: what a model reaches without the features."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwork.results.findings.fold_data import FoldData
from foldwork.results.findings.task_kind import CLASSIFIERS, kind_of
from foldwork.study.objects import build_scorer

@dataclass(frozen=True, eq=False)
class Baseline:
    """The dummy with the best mean score by a metric.

    Attributes
    ----------
    dummy : str
        What it predicts, in words.
    scores : ndarray of shape (n_folds,)
    """

    dummy: str
    scores: np.ndarray

    @property
    def mean(self) -> float:
        """Mean score over the folds."""
        return float(np.mean(self.scores))


def baselines(estimators: list[Any], scoring: list, metrics: list[str], data: FoldData) -> dict[str, Baseline]:
    """Return the best dummy for each metric.

    Parameters
    ----------
    estimators : list of object
        Those of the search's models: all must be classifiers, or all regressors.
    scoring : list
        As the config has it.
    metrics : list of str
        Names of the metrics in the records.
    data : FoldData

    Returns
    -------
    dict
        Metric to `Baseline`. A metric is missing if it cannot score a dummy on every fold: a scorer of the user's may need more of an estimator.
    """
    if data.y is None or not (scoring or all(map(_has_usual_score, estimators))):
        return {}
    kind = kind_of(estimators)
    if kind is None:
        return {}
    dummies = dict(_classifiers(data) if kind == CLASSIFIERS else _regressors())
    found: dict[str, Baseline] = {}
    for name, dummy in dummies.items():
        for metric, scores in _scores(dummy, scoring, metrics, data).items():
            best = found.get(metric)
            if np.isfinite(scores).all() and (best is None or scores.mean() > best.mean):
                found[metric] = Baseline(name, scores)
    return found


def _has_usual_score(estimator: Any) -> bool:
    """Return whether the `score` of an estimator is accuracy or R², as a dummy's is."""
    from sklearn.base import ClassifierMixin, RegressorMixin
    from sklearn.pipeline import Pipeline

    last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    return getattr(type(last), "score", None) in (ClassifierMixin.score, RegressorMixin.score)


def _classifiers(data: FoldData) -> Iterator[tuple[str, Any]]:
    from sklearn.dummy import DummyClassifier

    yield "the most frequent class", DummyClassifier(strategy="prior")
    y = np.asarray(data.y)
    classes = np.unique(y[data.used]) if y.ndim == 1 else []
    if len(classes) == 2:  # metrics such as f1 count one of two classes; of more the most frequent one is the best constant
        for each in classes:
            yield f"class {each}", DummyClassifier(strategy="constant", constant=each)


def _regressors() -> Iterator[tuple[str, Any]]:
    from sklearn.dummy import DummyRegressor

    for strategy in ("mean", "median"):
        yield f"the {strategy}", DummyRegressor(strategy=strategy)


def _scores(dummy: Any, scoring: list, metrics: list[str], data: FoldData) -> dict[str, np.ndarray]:
    """Return a dummy's scores on each fold, by metric; those of the folds before the first that raises are of no use, so none then."""
    rows = []
    for fold in data.folds():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of undefined metrics: dummies predict one class
                dummy.fit(fold["X_train"], fold["y_train"])
                found = build_scorer(dummy, scoring)(dummy, fold["X_test"], fold["y_test"])
        except Exception:  # a scorer of the user's may raise anything
            return {}
        rows.append(found if isinstance(found, dict) else {metrics[0]: found})
    known = [metric for metric in metrics if all(isinstance(row.get(metric), float | int) for row in rows)]
    return {metric: np.array([row[metric] for row in rows], dtype=float) for metric in known}
