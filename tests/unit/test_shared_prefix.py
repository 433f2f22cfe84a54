"""What evaluations share gives the scores of evaluations that share nothing."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import KFold, StratifiedKFold

from foldwork.evaluation import fit_and_score, gram_matrix, intermediates, shared_prefix
from foldwork.evaluation.intermediates import Intermediates
from foldwork.evaluation.task import Task
from foldwork.study.search_space import candidates

SCALE = {"class": "sklearn.preprocessing.StandardScaler"}
SVC = {"class": "sklearn.svm.SVC"}
SVR = {"class": "sklearn.svm.SVR"}
C = [1e-3, 0.1, 10.0, 1e4]


def digits():
    X, y = load_digits(return_X_y=True)
    return X[:600], y[:600]


def breast_cancer():
    return load_breast_cancer(return_X_y=True)


def wine():
    return load_wine(return_X_y=True)


def words():
    X, y = load_digits(return_X_y=True)
    X, y = X[y < 3], y[y < 3]
    return X, np.array(["b", "c", "a"])[y]


def diabetes():
    return load_diabetes(return_X_y=True)


def folds(load, regression):
    X, y = load()
    splitter = (KFold if regression else StratifiedKFold)(3, shuffle=True, random_state=0)
    for index, (train, test) in enumerate(splitter.split(X, y)):
        yield index, {"X_train": X[train], "y_train": y[train], "X_test": X[test], "y_test": y[test]}


def scores_of(estimator, space, scoring, load, regression, shares):
    """Return train and test scores of every candidate on every fold, in the order of both."""
    task = Task(
        {
            "kind": "search",
            "models": {"m": estimator},
            "scoring": scoring,
            "train_scores": True,
            "share": shares,
            "rank": None,
        }
    )
    found = []
    for index, arrays in folds(load, regression):
        for params in candidates(space):
            record = {"status": "ok", "error": None}
            fresh = {name: array.copy() for name, array in arrays.items()}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fit_and_score.fit_and_score(task, "m", params, fresh, record, f"{load.__name__}-{index}")
            found.append([float(v) for part in ("test", "train") for v in record[part].values()])
    return np.array(found)


CASES = {
    "rbf on digits": (SVC, {"C": C, "gamma": [1e-4, 1e-2, 1.0, "scale", "auto"]}, ["accuracy"], digits),
    "rbf, scaled, roc_auc": (
        [{"scale": SCALE}, {"svc": SVC}],
        {"svc__C": C, "svc__gamma": [0.01, "scale"]},
        ["roc_auc", "accuracy"],
        breast_cancer,
    ),
    "poly and sigmoid": (
        [{"scale": SCALE}, {"svc": SVC}],
        {"svc__C": C, "svc__kernel": ["poly", "sigmoid"], "svc__coef0": [0.0, 1.0], "svc__degree": [2, 3]},
        ["accuracy"],
        wine,
    ),
    "NuSVC": ({"class": "sklearn.svm.NuSVC"}, {"nu": [0.1, 0.3], "gamma": ["scale", 1e-3]}, ["accuracy"], wine),
    "behind a PCA": (
        [{"scale": SCALE}, {"pca": {"class": "sklearn.decomposition.PCA", "random_state": 0}}, {"svc": SVC}],
        {"pca__n_components": [5, 20], "svc__C": C, "svc__gamma": ["scale", 0.01]},
        ["accuracy"],
        digits,
    ),
    "passthrough and a step that is replaced": (
        [{"scale": SCALE}, {"reduce": "passthrough"}, {"last": {"class": "sklearn.linear_model.LogisticRegression"}}],
        {"reduce": ["passthrough", {"class": "sklearn.decomposition.PCA", "n_components": 4}], "last__C": [0.1, 1.0]},
        ["accuracy", "neg_log_loss"],
        wine,
    ),
    "a nested pipeline": (
        [
            {"scale": SCALE},
            {"inner": [{"pca": {"class": "sklearn.decomposition.PCA", "n_components": 5}}, {"svc": SVC}]},
        ],
        {"inner__svc__C": C, "inner__pca__n_components": [3, 5]},
        ["accuracy"],
        wine,
    ),
    "a machine that is replaced by one without classes": (
        [{"scale": SCALE}, {"last": SVC}],
        {
            "last": [
                {**SVC, "gamma": 0.1},
                {**SVR, "gamma": 0.1},
                {"class": "sklearn.svm.NuSVC", "nu": 0.1, "gamma": 0.1},
            ]
        },
        [],
        digits,
    ),
    "with and without probabilities": (
        SVC,
        {"probability": [False, True], "C": [0.1, 10.0], "gamma": [1e-3]},
        ["roc_auc"],
        breast_cancer,
    ),
    "log loss, which is not shared": (
        {**SVC, "probability": True, "random_state": 0},
        {"C": [0.1, 10.0]},
        ["neg_log_loss"],
        breast_cancer,
    ),
    "words for classes, weights": (
        SVC,
        {"C": C, "class_weight": [None, "balanced", {"a": 1.0, "b": 2.0, "c": 0.5}]},
        ["accuracy"],
        words,
    ),
    "a step that writes into its input": (
        [{"scale": {**SCALE, "copy": False}}, {"last": {"class": "sklearn.linear_model.LogisticRegression"}}],
        {"last__C": [0.1, 1.0, 10.0]},
        ["accuracy", "neg_log_loss"],
        wine,
    ),
}
REGRESSIONS = {
    "SVR": (SVR, {"C": C, "kernel": ["rbf", "poly", "sigmoid"]}, ["r2"], diabetes),
    "KernelRidge": (
        {"class": "sklearn.kernel_ridge.KernelRidge"},
        {"alpha": [0.1, 10.0], "kernel": ["rbf", "poly", "sigmoid"], "gamma": [None, 0.5]},
        ["r2", "neg_mean_squared_error"],
        diabetes,
    ),
    "machines that replace each other": (
        [{"scale": SCALE}, {"last": SVR}],
        {"last": [{"class": "sklearn.kernel_ridge.KernelRidge", "kernel": "rbf", "gamma": 0.1}, {**SVR, "gamma": 0.1}]},
        ["r2"],
        diabetes,
    ),
}
LONG = ("SVR", "behind a PCA")
"""Searches that take ten seconds each; others make the same comparison."""


def test_the_gram_matrix_of_a_classifier_lies_class_by_class():
    from sklearn.svm import SVC as Machine

    _, arrays = next(folds(digits, False))
    prepared = shared_prefix.prepare(Machine(), arrays, "fold", Intermediates())
    assert prepared.shared and np.array_equal(prepared.y_train, np.sort(arrays["y_train"]))
    assert np.array_equal(prepared.X_train, prepared.X_train.T) and len(prepared.X_train_scored) == len(
        arrays["y_train"]
    )


@pytest.mark.parametrize("case", [pytest.param(case, marks=pytest.mark.slow if case in LONG else ()) for case in CASES])
def test_a_shared_classifier_has_the_scores_of_a_plain_one(case):
    estimator, space, scoring, load = CASES[case]
    plain = scores_of(estimator, space, scoring, load, False, False)
    np.testing.assert_array_equal(scores_of(estimator, space, scoring, load, False, True), plain)


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.slow if case in LONG else ()) for case in REGRESSIONS]
)
def test_a_shared_regressor_has_the_scores_of_a_plain_one(case):
    estimator, space, scoring, load = REGRESSIONS[case]
    plain = scores_of(estimator, space, scoring, load, True, False)
    np.testing.assert_array_equal(scores_of(estimator, space, scoring, load, True, True), plain)


@pytest.mark.parametrize("case", [name for name in CASES if "writes" not in name and "not" not in name.split()])
def test_what_can_be_shared_is_shared(case, monkeypatch):
    estimator, space, _, load = CASES[case]
    task = Task({"kind": "search", "models": {"m": estimator}, "scoring": [], "share": True, "train_scores": False})
    cache = Intermediates()
    monkeypatch.setattr(fit_and_score, "intermediates", cache)
    _, arrays = next(folds(load, False))
    params = next(iter(candidates(space)))
    fit_and_score.fit_and_score(task, "m", params, arrays, {"status": "ok", "error": None}, "fold")
    assert cache.bytes > 0
    before = dict(cache._kept)
    fit_and_score.fit_and_score(task, "m", params, arrays, {"status": "ok", "error": None}, "fold")
    assert dict(cache._kept).keys() == before.keys(), "the second evaluation computed something of its own"


def test_a_gram_matrix_over_the_bound_is_not_shared():
    from sklearn.svm import SVC as Machine

    rows = int((gram_matrix.BYTES / 8) ** 0.5) + 1
    assert gram_matrix.gram_of(Machine(), np.zeros((rows, 1))) is None
    assert gram_matrix.gram_of(Machine(), np.zeros((rows - 1, 1))) is not None


def test_intermediates_keep_no_more_bytes_than_it_may():
    cache = Intermediates(max_bytes=1000)
    for key in range(20):
        cache.get(key, lambda: np.zeros(30))
        assert cache.bytes <= 1000
    assert cache.get("large", lambda: np.zeros(1000)).size == 1000
    assert cache.bytes <= 1000


def test_intermediates_keep_a_few_of_the_largest(monkeypatch):
    monkeypatch.setattr(intermediates, "ALWAYS_BYTES", 1000)
    cache = Intermediates()
    for key in range(20):
        cache.get(("small", key), lambda: np.zeros(10))
    assert cache.bytes == 960  # as many as there is always room for
    for key in range(20):
        cache.get(("large", key), lambda: np.zeros(1000))
    assert cache.bytes == intermediates.MAX_TIMES_LARGEST * 8000
