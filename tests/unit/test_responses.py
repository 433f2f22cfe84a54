"""What scorers get from an estimator is kept; the estimator, its predictions and its scores are as without."""

import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import check_scoring
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from foldwork.evaluation.ensembles import cut
from foldwork.evaluation.responses import Wanted, ask, kept

X, y = load_breast_cancer(return_X_y=True)
X = X[:, :4]


class Counting(ClassifierMixin, BaseEstimator):
    """Counts the calls of its methods, calls one from another, and pickles itself."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.calls_ = []
        return self

    def predict_proba(self, X):
        self.calls_.append("predict_proba")
        pickle.dumps(self)
        p = 1 / (1 + np.exp(-X[:, 0] + 14))
        return np.column_stack([1 - p, p])

    def predict(self, X):
        self.calls_.append("predict")
        parts = [self.predict_proba(part) for part in np.array_split(X, 3)]
        return self.classes_[np.concatenate(parts).argmax(axis=1)]


@pytest.mark.parametrize(
    "scoring, expected",
    [
        (["accuracy"], ["predict"]),
        (["accuracy", "f1", "recall"], ["predict"]),
        (["neg_log_loss"], ["predict_proba"]),
        (["accuracy", "roc_auc", "neg_brier_score"], ["predict", "predict_proba"]),
        (None, ["predict"]),
    ],
    ids=str,
)
def test_what_was_asked_for_is_kept_at_no_further_call(scoring, expected):
    plain, watched = Counting().fit(X, y), Counting().fit(X, y)
    scorer = check_scoring(plain, scoring=scoring[0] if scoring and len(scoring) == 1 else scoring)
    without, found = scorer(plain, X, y), {}
    with kept(scorer, watched, X, found):
        assert scorer(watched, X, y) == without
    assert watched.calls_ == plain.calls_
    assert sorted(found) == expected
    assert vars(watched).keys() == vars(plain).keys()
    for name, value in found.items():
        assert value.array.tolist() == getattr(Counting().fit(X, y), name)(X).tolist()


def test_nothing_of_a_call_for_other_rows_is_kept():
    estimator, found = KNeighborsClassifier().fit(X, y), {}
    scorer = check_scoring(estimator, scoring="accuracy")
    with kept(scorer, estimator, X, found):
        estimator.predict(X[:10])
    assert found == {}


def test_a_scorer_of_the_users_own_gets_the_estimator_as_it_is():
    estimator, found = RandomForestClassifier(3, random_state=0).fit(X, y), {}
    size = len(pickle.dumps(estimator))

    def scorer(estimator, X, y):
        assert "predict" not in vars(estimator)
        return len(pickle.dumps(estimator))

    with kept(scorer, estimator, X, found):
        assert scorer(estimator, X, y) == size
    assert found == {}
    ask(estimator, X, found, Wanted(("test",), ("predict",)))
    assert found["predict"].array.tolist() == estimator.predict(X).tolist()


def test_a_decision_whose_sign_a_scorer_changes_is_kept_as_it_was():
    estimator, found = LogisticRegression(max_iter=100).fit(X, y), {}
    scorer = check_scoring(estimator, scoring="roc_auc")
    with kept(scorer, estimator, X, found):
        scorer(estimator, X, y)
        found["decision_function"].array.flags.writeable = False
        estimator.decision_function(X)[:] = 0
    assert found["decision_function"].array.tolist() == estimator.decision_function(X).tolist()


def test_a_pipeline_and_a_cut_ensemble_are_left_as_they_were():
    pipeline = make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)).fit(X, y)
    before, found = set(vars(pipeline)), {}
    scorer = check_scoring(pipeline, scoring="accuracy")
    with kept(scorer, pipeline, X, found):
        scorer(pipeline, X, y)
    assert set(vars(pipeline)) == before and found["predict"].array.tolist() == pipeline.predict(X).tolist()
    forest = pipeline[-1]
    assert "predict" not in vars(cut(forest, 2))


def test_covers_are_removed_when_scoring_raises():
    estimator, found = KNeighborsClassifier().fit(X, y), {}
    scorer = check_scoring(estimator, scoring="accuracy")
    with pytest.raises(ZeroDivisionError), kept(scorer, estimator, X, found):
        raise ZeroDivisionError
    assert "predict" not in vars(estimator)


def test_scores_are_asked_for_once_where_a_threshold_needs_them():
    estimator, found = Counting().fit(X, y), {}
    scorer = check_scoring(estimator, scoring="accuracy")
    with kept(scorer, estimator, X, found):
        scorer(estimator, X, y)
    ask(estimator, X, found, Wanted(("test",), (), scores=True))
    ask(estimator, X, found, Wanted(("test",), (), scores=True))
    assert found.keys() == {"predict", "predict_proba"}
    assert estimator.calls_ == ["predict", *["predict_proba"] * 3, "predict_proba"]
