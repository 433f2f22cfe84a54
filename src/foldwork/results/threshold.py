"""Choose a decision threshold on stored out-of-fold predictions, as scikit-learn's TunedThresholdClassifierCV chooses it with the same folds.

TunedThresholdClassifierCV itself does it: it gets a classifier that looks up what the candidate has predicted, so nothing is fitted.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import confusion_matrix, get_scorer, make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV

from foldwork.errors import FoldworkError, one_line
from foldwork.evaluation.responses import SCORES
from foldwork.results.predictions import FoldPredictions
from foldwork.sklearn_private import pos_label_of_threshold
from foldwork.study.objects import build, metric_name

Scorer = Callable[..., float]

class Tuned(NamedTuple):
    """A chosen threshold.

    Attributes
    ----------
    threshold : float
    score : float
        Mean score over the folds on which it was chosen, at the threshold.
    curve : dict
        `thresholds` and `scores`, arrays.
    classifier : TunedThresholdClassifierCV
        Predicts with the threshold for the numbers of samples.
    """

    threshold: float
    score: float
    curve: dict[str, np.ndarray]
    classifier: Any


class Samples:
    """Predictions of several folds, one sample after the other.

    Parameters
    ----------
    folds : sequence of FoldPredictions
        Of one candidate, a classifier of two classes.

    Attributes
    ----------
    method : str
        "predict_proba" where it is stored, else "decision_function".
    y : ndarray
    numbers : list of ndarray
        The numbers of the samples of each fold.

    Raises
    ------
    FoldworkError
        When a fold has other than two classes, or neither response is stored.
    """

    def __init__(self, folds: Sequence[FoldPredictions]) -> None:
        self.method = next((m for m in SCORES if all(getattr(fold, m) is not None for fold in folds)), None)
        if self.method is None or not folds:
            raise FoldworkError("threshold: neither predict_proba nor decision_function is stored for all folds")
        self.classes = folds[0].classes
        if any(isinstance(f.classes, list) or f.classes is None or len(f.classes) != 2 for f in folds):
            raise FoldworkError("threshold: the target must have two classes in the train part of every fold")
        self.values = np.concatenate([getattr(fold, self.method) for fold in folds])
        self.y = np.concatenate([fold.y for fold in folds])
        ends = np.cumsum([0, *(len(fold.y) for fold in folds)])
        self.numbers = [np.arange(start, end) for start, end in zip(ends[:-1], ends[1:], strict=True)]

    def tune(self, folds: Sequence[int], scorer: Scorer, thresholds: int) -> Tuned:
        """Choose a threshold on some of the folds.

        Parameters
        ----------
        folds : sequence of int
            Their places in the sequence of folds.
        scorer : callable
            scikit-learn's, of labels.
        thresholds : int
            Number of thresholds to try.

        Raises
        ------
        FoldworkError
            When scikit-learn refuses: for constant predictions, or a scorer that has no use for labels.
        """
        starts = np.cumsum([0, *(len(self.numbers[k]) for k in folds)])
        parts = [np.arange(start, end) for start, end in zip(starts[:-1], starts[1:], strict=True)]
        rows = np.concatenate([self.numbers[k] for k in folds])
        classifier = TunedThresholdClassifierCV(
            _Lookup(self),
            scoring=scorer,
            response_method=self.method,
            thresholds=thresholds,
            cv=[(part, part) for part in parts],  # nothing is fitted
            store_cv_results=True,
        )
        try:
            classifier.fit(rows.reshape(-1, 1), self.y[rows])
        except ValueError as error:
            raise FoldworkError(f"threshold: {one_line(error)}") from error
        found = classifier.cv_results_
        return Tuned(float(classifier.best_threshold_), float(classifier.best_score_), found, classifier)

    def score(self, tuned: Tuned, fold: int, scorer: Scorer) -> float:
        """Return the score of a fold at a threshold."""
        rows = self.numbers[fold]
        return float(scorer(tuned.classifier, rows.reshape(-1, 1), self.y[rows]))


class _Lookup(ClassifierMixin, BaseEstimator):
    """Returns stored predictions for the numbers of samples."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.classes_ = samples.classes

        def respond(X: np.ndarray) -> np.ndarray:
            return samples.values[X[:, 0]]

        respond.__name__ = samples.method  # scikit-learn reads it
        setattr(self, samples.method, respond)

    def __sklearn_clone__(self) -> "_Lookup":
        return self

    def fit(self, X: np.ndarray, y: np.ndarray) -> "_Lookup":
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        raise NotImplementedError("thresholds apply to the response")


def scorer_of(spec: dict[str, Any], classes: np.ndarray) -> Scorer:
    """Return the scorer of `threshold` in the config: a metric, a matrix of costs, or one of gains.

    The score of a matrix is the mean gain of a row, or minus its mean cost. Its rows are the true classes, its columns the predicted ones, both in the order of
    the classes: [[tn, fp], [fn, tp]].
    """
    if metric := spec.get("scoring"):
        return get_scorer(metric) if isinstance(metric, str) else build(metric[metric_name(metric)])
    matrix = np.asarray(spec.get("gain") or spec["cost"], dtype=float)
    return make_scorer(mean_of_matrix, greater_is_better="gain" in spec, matrix=matrix, labels=classes)


def mean_of_matrix(y_true: Any, y_pred: Any, *, matrix: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean over rows of a cost or gain that a matrix gives for each pair of true and predicted class."""
    return float((confusion_matrix(y_true, y_pred, labels=labels) * matrix).sum() / len(y_true))


def threshold(folds: Sequence[FoldPredictions], spec: dict[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Choose the threshold of a candidate on all its folds; and for each fold one on the others, to score it with.

    Parameters
    ----------
    folds : sequence of FoldPredictions
    spec : dict
        `threshold` in the config.

    Returns
    -------
    dict
        Content of threshold.json.
    dict
        The curve: `thresholds` and `scores`.
    """
    samples = Samples(folds)
    scorer = scorer_of(spec, samples.classes)
    everything = range(len(folds))
    whole = samples.tune(everything, scorer, spec["thresholds"])
    crossed = []
    for k in everything if len(folds) > 1 else ():
        tuned = samples.tune([other for other in everything if other != k], scorer, spec["thresholds"])
        crossed.append({"fold": folds[k].fold, "threshold": tuned.threshold, "score": samples.score(tuned, k, scorer)})
    found = {"threshold": whole.threshold, "score": whole.score, **_summary(samples, crossed, whole)}
    return found, whole.curve


def nested_threshold(searches: Sequence[Sequence[FoldPredictions]], spec: dict[str, Any]) -> dict[str, Any]:
    """Choose for each outer fold of a nested search a threshold on its inner folds, and score the outer fold with it.

    Parameters
    ----------
    searches : sequence of sequence of FoldPredictions
        For each outer fold those of the candidate that it has chosen.
    spec : dict
        `threshold` in the config.

    Returns
    -------
    dict
        Content of threshold.json.
    """
    crossed = []
    for folds in searches:
        samples = Samples(folds)
        scorer = scorer_of(spec, samples.classes)
        inner = [at for at, fold in enumerate(folds) if fold.inner_fold is not None]
        tuned = samples.tune(inner, scorer, spec["thresholds"])
        for at, fold in enumerate(folds):
            if fold.inner_fold is None:
                score = samples.score(tuned, at, scorer)
                crossed.append({"fold": fold.fold, "threshold": tuned.threshold, "score": score})
    return _summary(samples, crossed, tuned)


def _summary(samples: Samples, crossed: list[dict[str, Any]], tuned: Tuned) -> dict[str, Any]:
    positive = pos_label_of_threshold(tuned.classifier)
    scores = [each["score"] for each in crossed]
    return {
        "response_method": samples.method,
        "positive": samples.classes.tolist()[1 if positive is None else samples.classes.tolist().index(positive)],
        "folds": crossed,
        "mean_score": float(np.mean(scores)) if scores else None,
        "std_score": float(np.std(scores)) if scores else None,
    }
