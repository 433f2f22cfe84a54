"""Permutation importances are scikit-learn's, to the last bit, of the estimator that was fitted on the train part of the same fold."""

import csv
import json
import warnings

import numpy as np
import pandas as pd
import pytest
from rounds import SCHEMA, search
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from foldwork.errors import FoldworkError
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import validate

KFOLD = {"class": "KFold", "n_splits": 3, "shuffle": True, "random_state": 1}
CV = KFold(3, shuffle=True, random_state=1)
FOREST = {"class": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 5, "random_state": 0}
HISTOGRAM = {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "max_iter": 5, "random_state": 0}
PIPELINE = [{"scale": {"class": "sklearn.preprocessing.StandardScaler"}}, {"svc": {"class": "sklearn.svm.SVC"}}]
MIXED = [
    {"code": {"class": "frames.Codes"}},
    {"logistic": {"class": "sklearn.linear_model.LogisticRegression", "max_iter": 1000}},
]
FRAMES = """
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.datasets import load_wine

def mixed():
    generator = np.random.default_rng(0)
    wine = load_wine(as_frame=True)
    X = wine.data.iloc[:, :3].copy()
    X["a word"] = pd.Categorical(np.array(["x", "y", "z"])[(wine.target + generator.integers(0, 2, len(X))) % 3])
    return X, wine.target

class Codes(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return np.column_stack([X.iloc[:, :3], X["a word"].cat.codes])

class FailsOnce(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        if X[0, 0] == 14.23:  # the first row
            raise ValueError("not this fold")
        self.classes_, self.mean_ = np.unique(y), X[:, 0].mean()
        return self
    def predict(self, X):
        return np.where(X[:, 0] > self.mean_, self.classes_[0], self.classes_[1])

class Random(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_, self.random_ = np.unique(y), np.random.RandomState(0)
        return self
    def predict(self, X):
        return self.random_.choice(self.classes_, len(X))

def two_scores(estimator, X, y):
    found = estimator.predict(X)
    return {"right": float((found == y).mean()), "zeros": float((found == 0).mean())}
"""


def config(load, model, arguments, **more):
    return {
        "datasets": {"d": {"load": load if isinstance(load, str) else f"sklearn.datasets.{load.__name__}"}},
        "splits": {"f": {"dataset": "d", "cv": KFOLD}},
        "searches": {"s": {"splits": "f", "models": {"m": {"estimator": model}}} | more},
        "curves": {"c": {"search": "s", "of": {"model": "m"}, "permutation_importance": arguments}},
    }


def expected(estimator, X, y, scoring, **arguments):
    """Return scikit-learn's importances for each metric, of shape (n_folds, n_features, n_repeats)."""
    found = {}
    for train, test in CV.split(X, y):
        parts = [X.iloc[rows] if hasattr(X, "iloc") else X[rows] for rows in (train, test)]
        with threadpool_limits(1):
            fitted = estimator.fit(parts[0], np.asarray(y)[train])
            result = permutation_importance(fitted, parts[1], np.asarray(y)[test], scoring=scoring, **arguments)
        named = {"score": result} if "importances" in result else result
        for metric, each in named.items():
            found.setdefault(metric, []).append(each)
    return found


def assert_equal(found, theirs):
    for ours, metric in zip(found.importances.values.values(), theirs, strict=True):
        np.testing.assert_array_equal(ours, [each.importances for each in theirs[metric]])
    table = list(csv.DictReader(found.scores.splitlines()))
    places = [
        found.importances.names.index(name) if name in found.importances.names else int(name)
        for name in (row["feature"] for row in table)
    ]
    for metric, each in theirs.items():
        suffix = "" if len(theirs) == 1 else f"_{metric}"
        for k, one in enumerate(each):
            ours = [float(row[f"split{k}_importance{suffix}"]) for row in table]
            np.testing.assert_array_equal(ours, one.importances_mean[places])
        values = np.array([one.importances for one in each])[:, places]
        for name, numbers in (("mean", values.mean(axis=(0, 2))), ("std", values.std(axis=(0, 2)))):
            np.testing.assert_allclose([float(row[f"{name}_importance{suffix}"]) for row in table], numbers, atol=1e-15)
    first = [float(row[next(name for name in row if name.startswith("mean_"))]) for row in table]
    assert first == sorted(first, reverse=True)


CASES = {
    "a forest": (load_wine, FOREST, RandomForestClassifier(5, random_state=0), []),
    "a forest, two metrics": (load_wine, FOREST, RandomForestClassifier(5, random_state=0), ["accuracy", "neg_log_loss"]),
    "boosting": (load_iris, HISTOGRAM, HistGradientBoostingClassifier(max_iter=5, random_state=0), ["roc_auc_ovr"]),
    "a pipeline with a shared step": (
        load_wine, PIPELINE, Pipeline([("scale", StandardScaler()), ("svc", SVC())]), ["balanced_accuracy", "f1_macro"],
    ),
    "a regression": (load_diabetes, {"class": "sklearn.linear_model.Ridge"}, Ridge(), ["r2", "neg_mean_absolute_error"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "arguments",
    [pytest.param({}, marks=pytest.mark.slow), {"n_repeats": 2, "random_state": 7, "max_samples": 0.5}],
    ids=["defaults", "some rows"],
)
def test_importances_are_scikit_learns(case, arguments, tmp_path):
    load, model, estimator, scoring = CASES[case]
    found = search(tmp_path, config(load, model, arguments, scoring=scoring), "c")
    asked = {"n_repeats": 5, "random_state": 0} | arguments
    X, y = load(return_X_y=True)
    assert_equal(found, expected(estimator, X, y, (scoring[0] if len(scoring) == 1 else scoring) or None, **asked))
    assert found.importances.names == list(range(X.shape[1]))
    record = found.records.record_of(0)
    assert record["route"] == "plain" and "features" not in record


@pytest.fixture
def frames(tmp_path, monkeypatch):
    (tmp_path / "frames.py").write_text(FRAMES)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "frames", raising=False)
    import frames

    return frames


def test_importances_of_a_table_are_scikit_learns_and_have_the_names_of_its_columns(frames, tmp_path):
    found = search(tmp_path, config("frames.mixed", MIXED, {"n_repeats": 3}, scoring=["accuracy"]), "c")
    X, y = frames.mixed()
    estimator = Pipeline([("code", frames.Codes()), ("logistic", LogisticRegression(max_iter=1000))])
    assert_equal(found, expected(estimator, X, y, "accuracy", n_repeats=3, random_state=0))
    assert found.importances.names == [*X.columns] and X.columns[3] == "a word"


def test_test_scores_are_those_of_a_search_and_random_predictions_are_drawn_in_scikit_learns_order(frames, tmp_path):
    study = config(load_wine, {"class": "frames.Random"}, {"n_repeats": 3}, scoring=["accuracy"])
    found = search(tmp_path, study, "c")
    X, y = load_wine(return_X_y=True)
    assert_equal(found, expected(frames.Random(), X, y, "accuracy", n_repeats=3, random_state=0))
    scores = [get_scorer("accuracy")(frames.Random().fit(X[a], y[a]), X[b], y[b]) for a, b in CV.split(X)]
    assert found.records.array("test", "accuracy")[0].tolist() == scores


def test_a_scorer_of_the_users_that_returns_several_scores_has_importances_for_each(frames, tmp_path):
    study = config(load_wine, FOREST, {"n_repeats": 2}, scoring=[{"mine": {"ref": "frames.two_scores"}}])
    found = search(tmp_path, study, "c")
    X, y = load_wine(return_X_y=True)
    theirs = expected(RandomForestClassifier(5, random_state=0), X, y, frames.two_scores, n_repeats=2, random_state=0)
    assert_equal(found, theirs)
    assert found.importances.metrics == ["right", "zeros"]


def test_a_failed_fold_is_left_out_of_mean_and_std(frames, tmp_path):
    study = config(load_wine, {"class": "frames.FailsOnce"}, {"n_repeats": 2})
    found = search(tmp_path, study, "c")
    X, _ = load_wine(return_X_y=True)
    failed = [14.23 in X[train][:1, 0] for train, _ in CV.split(X)]
    assert sum(failed) in (1, 2)
    values = found.importances.values["score"]
    assert np.isnan(values).all(axis=(1, 2)).tolist() == failed
    table = pd.read_csv(found.folder / "scores.csv")
    assert table[f"split{failed.index(True)}_importance"].isna().all()
    known = values[[not each for each in failed]]
    np.testing.assert_allclose(table.set_index("feature")["mean_importance"][0], known[:, 0].mean(), atol=1e-15)
    assert len((found.folder / "repeats.csv").read_text().splitlines()) == 1 + 3 * 2 * X.shape[1]


@pytest.mark.parametrize(
    ("load", "words"),
    [("sparse.of_wine", "X is a sparse matrix"), ("sparse.all_fail", "not at all")],
)
def test_if_every_fold_fails_the_tables_are_empty_and_records_say_why(load, words, tmp_path, monkeypatch):
    (tmp_path / "sparse.py").write_text(
        "from scipy.sparse import csr_matrix\nfrom sklearn.datasets import load_wine\nfrom sklearn.dummy import DummyClassifier\n"
        "def of_wine():\n    X, y = load_wine(return_X_y=True)\n    return csr_matrix(X), y\n"
        "def all_fail():\n    return load_wine(return_X_y=True)\n"
        "class Fails(DummyClassifier):\n    def fit(self, X, y):\n        raise ValueError('not at all')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    model = {"class": "sparse.Fails"} if load.endswith("fail") else FOREST
    found = search(tmp_path, config(load, model, {}), "c")
    assert found.scores.splitlines() == [
        "feature,mean_importance,std_importance,split0_importance,split1_importance,split2_importance"
    ]
    record = found.records.record_of(0)
    assert record["status"] == "failed" and words in record["error"] and "importances" not in record


def test_one_of_two_metrics_that_fails_fails_the_evaluation_as_in_scikit_learn(tmp_path):
    study = config(load_wine, {"class": "sklearn.svm.SVC"}, {}, scoring=["accuracy", "neg_log_loss"])
    record = search(tmp_path, study, "c").records.record_of(0)
    assert record["status"] == "failed" and "predict_proba" in record["error"]
    assert record["test"] == {"accuracy": "nan", "neg_log_loss": "nan"}


def test_records_serve_neither_a_search_nor_other_permutations_and_a_kept_record_is_used_again(tmp_path):
    study = config(load_wine, FOREST, {"n_repeats": 2}, scoring=["accuracy", "f1_macro"])
    assert search(tmp_path, study, "c").made == 3
    assert search(tmp_path, study).made == 3
    assert search(tmp_path, study, "c").made == 0
    study["curves"]["c"]["permutation_importance"] = {"n_repeats": 3}
    assert search(tmp_path, study, "c").made == 3
    study["searches"]["s"]["scoring"] = ["accuracy"]
    fewer = search(tmp_path, study, "c")
    assert fewer.made == 0, "importances for one metric do not depend on the other"
    X, y = load_wine(return_X_y=True)
    assert_equal(
        fewer, expected(RandomForestClassifier(5, random_state=0), X, y, "accuracy", n_repeats=3, random_state=0)
    )


def test_an_interrupted_run_goes_on_to_the_same_tables(tmp_path):
    study = config(load_wine, FOREST, {"n_repeats": 2})
    whole = search(tmp_path / "whole", study, "c")
    search(tmp_path / "cut", study, "c", evaluations=1)
    rest = search(tmp_path / "cut", study, "c", seed=5)
    assert (rest.made, rest.scores) == (2, whole.scores)
    assert (rest.folder / "repeats.csv").read_bytes() == (whole.folder / "repeats.csv").read_bytes()


def test_searches_and_curves_have_the_keys_that_they_had_before(tmp_path):
    """The description of how records are made has the new member only where features are permuted."""
    study = config(load_iris, FOREST, {})
    found = search(tmp_path, study)
    assert all("permutation_importance" not in made["how"] for made in found.records.request.made.values())
    assert "permutation_importance" not in json.dumps(found.records.request.spec)


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        ({"permutation_importance": {"n_repeats": 0}}, "permutation_importance.n_repeats: must be 1 or more, not 0"),
        ({"permutation_importance": {"n_repeats": 2.5}}, "permutation_importance.n_repeats: must be a whole number, not the number 2.5"),
        ({"permutation_importance": {"n_repeat": 2}}, "permutation_importance.n_repeat: unknown key; did you mean 'n_repeats'?"),
        ({"permutation_importance": {"random_state": -1}}, "permutation_importance.random_state: must be 0 or more"),
        ({"permutation_importance": {"max_samples": 0}}, "permutation_importance.max_samples: must be above 0, not 0"),
        ({"permutation_importance": {"max_samples": 1.5}}, "permutation_importance.max_samples: must be a fraction of the test rows in (0, 1], or a whole number of them, not 1.5"),
        ({"permutation_importance": 5}, "permutation_importance: must be a mapping (such as {n_repeats: 10, random_state: 0}), not"),
        ({"permutation_importance": {}, "train_sizes": [1.0]}, "curves.c.train_sizes: cannot be combined with 'permutation_importance'"),
        ({"permutation_importance": {}, "parameter": "C", "values": [1]}, "curves.c.parameter: cannot be combined with 'permutation_importance'"),
        ({"permutation_importance": {}, "random_state": 3}, "curves.c.random_state: cannot be combined with 'permutation_importance'; its seed is permutation_importance.random_state"),
        ({"permutation_importance": {}, "shuffle": True}, "curves.c.shuffle: cannot be combined with"),
        ({"permutation_importance": {}, "search": "n"}, "curves.c.search: n is a nested search"),
        ({}, "curves.c: needs 'train_sizes' (a learning curve), 'parameter' and 'values' (a validation curve), or 'permutation_importance'"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_key(curve, words):
    study = config(load_iris, FOREST, {})
    study["searches"]["n"] = study["searches"]["s"] | {"inner": KFOLD}
    study["curves"]["c"] = {"search": "s"} | curve
    with pytest.raises(FoldworkError) as caught:
        validate(study, SCHEMA)
    text = str(caught.value)
    assert text.startswith("config: curves.c") and words in text and "\n" not in text, text


def test_a_config_with_importances_passes_and_has_its_defaults():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settings = validate(config(load_iris, FOREST, None), SCHEMA)
        assert check_config(settings) == []
    assert settings["curves"]["c"]["permutation_importance"] == {"n_repeats": 5, "random_state": 0, "max_samples": 1.0}
