"""With sharing on, GridSearchCV's scores: for what could be taken for something else, writes into its data, or draws random numbers."""

import sys
import types
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn.experimental.enable_iterative_imputer  # noqa: F401
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.datasets import load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing

from foldwork.evaluation import fit_and_score, shared_prefix
from foldwork.evaluation.ensembles import LastFit
from foldwork.evaluation.intermediates import Intermediates
from foldwork.evaluation.step_key import NotShareable, object_key
from foldwork.evaluation.task import Task
from foldwork.study import objects
from foldwork.study.search_space import candidates

SCALE = {"class": "sklearn.preprocessing.StandardScaler"}
KNN = {"class": "sklearn.neighbors.KNeighborsClassifier"}
LOGISTIC = {"class": "sklearn.linear_model.LogisticRegression", "max_iter": 300}
CV = StratifiedKFold(3)


class Subclass(StandardScaler):
    """A subclass of a listed class that transforms otherwise each time."""

    def transform(self, X, copy=None):
        self.calls = getattr(self, "calls", 0) + 1
        return super().transform(X) * self.calls


class Counting(TransformerMixin, BaseEstimator):
    """A transformer whose second transform is another."""

    def fit(self, X, y=None):
        self.calls_ = 0
        return self

    def transform(self, X):
        self.calls_ += 1
        return X * (1 + self.calls_ % 2)


class Fine(TransformerMixin, BaseEstimator):
    """A transformer that may be shared."""

    def fit(self, X, y=None):
        self.mean_ = X.mean(axis=0)
        return self

    def transform(self, X):
        return X - self.mean_


class Spoiling(ClassifierMixin, BaseEstimator):
    """A classifier that writes into what it predicts."""

    def fit(self, X, y):
        self.inner_ = LogisticRegression(max_iter=300).fit(X, y)
        self.classes_ = self.inner_.classes_
        X[:] = 0
        return self

    def predict(self, X):
        return self.inner_.predict(X)

    def predict_proba(self, X):
        found = self.inner_.predict_proba(X)
        X *= 0.5
        return found


class Pipeline(ClassifierMixin, BaseEstimator):
    """Not scikit-learn's: it predicts with its last step alone, and the opposite."""

    def __init__(self, steps, memory=None):
        self.steps, self.memory = steps, memory

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.last_ = self.steps[-1][1].fit(X, y)
        return self

    def predict(self, X):
        return self.last_.predict(X)[::-1]


def grow_frame(X):
    X["a"] = X["a"] ** 2 + X["b"]
    return X


def grow_sparse(X):
    X.data[:] = X.data * 2 + 1
    return X


def grow_array(X):
    X[:, 0] += X[:, 1]
    return X


@pytest.fixture(autouse=True, scope="module")
def mine():
    """Make the classes of this module importable as `mine.…`, as the config names them."""
    module = types.ModuleType("mine")
    for name in ("Subclass", "Counting", "Fine", "Spoiling", "Pipeline", "grow_frame", "grow_sparse", "grow_array"):
        thing = globals()[name]
        thing.__module__, thing.__qualname__ = "mine", name
        setattr(module, name, thing)
    sys.modules["mine"] = module
    yield
    del sys.modules["mine"]


def frame():
    X, y = load_wine(return_X_y=True)
    return pd.DataFrame(X[:, :4], columns=list("abcd")), y


def sparse():
    X, y = load_wine(return_X_y=True)
    return scipy.sparse.csr_matrix(np.where(np.median(X, axis=0) < X, X, 0)), y


def wine():
    return load_wine(return_X_y=True)


def iris_with_gaps():
    X, y = load_iris(return_X_y=True)
    X[np.random.RandomState(0).rand(*X.shape) < 0.2] = np.nan
    return X, y


def words():
    y = np.arange(90) % 3
    return pd.Series([f"{'red' if k % 3 else 'blue'} w{k % 7} {'sea' if k % 2 else 'sky'}" for k in range(90)]), y


def pipeline(*steps):
    return {"class": "sklearn.pipeline.Pipeline", "steps": [{"tuple": list(step)} for step in steps]}


def function(name):
    return {"class": "sklearn.preprocessing.FunctionTransformer", "func": {"ref": f"mine.{name}"}}


MIN_MAX = {"class": "sklearn.preprocessing.MinMaxScaler"}
SCALERS = [
    pipeline(("s", SCALE), ("c", "passthrough")),
    pipeline(
        ("s", MIN_MAX),
        ("c", {"class": "sklearn.decomposition.PCA", "n_components": 2}),
    ),
    pipeline(("s", "passthrough"), ("c", {"class": "sklearn.decomposition.PCA", "n_components": 1, "whiten": True})),
]
TWO = ["accuracy", "neg_log_loss"]
CASES = {
    "a step that is replaced by pipelines": ([{"m": SCALERS[0]}, {"knn": KNN}], {"m": SCALERS}, ["accuracy"], wine),
    "the steps of a nested pipeline that are replaced": (
        [{"m": SCALERS[0]}, {"knn": KNN}],
        {"m__steps": [spec["steps"] for spec in SCALERS], "knn__n_neighbors": [3, 5]},
        ["accuracy"],
        wine,
    ),
    "a step of a step that is replaced": (
        [{"m": SCALERS[0]}, {"knn": KNN}],
        {"m__s": [SCALE, {"class": "sklearn.preprocessing.RobustScaler"}, "passthrough"], "m": SCALERS},
        TWO,
        wine,
    ),
    "a last step that is replaced by pipelines": (
        [{"m": pipeline(("s", SCALE), ("c", KNN))}],
        {"m": [pipeline(("s", scaler), ("c", KNN)) for scaler in (SCALE, MIN_MAX, "passthrough")]},
        ["accuracy"],
        wine,
    ),
    "the steps of a last pipeline that are replaced": (
        [{"m": pipeline(("s", SCALE), ("c", KNN))}],
        {"m__steps": [[{"tuple": ["s", scaler]}, {"tuple": ["c", KNN]}] for scaler in (SCALE, MIN_MAX, "passthrough")]},
        ["accuracy"],
        wine,
    ),
    "a step that writes into a DataFrame": (
        [{"f": function("grow_frame")}, {"scale": SCALE}, {"last": LOGISTIC}],
        {"last__C": [0.1, 1.0]},
        TWO,
        frame,
    ),
    "a step that writes into a sparse matrix": (
        [{"f": function("grow_sparse")}, {"last": LOGISTIC}],
        {"last__C": [0.1, 1.0]},
        TWO,
        sparse,
    ),
    "a step that writes into an array, behind one that is shared": (
        [{"scale": SCALE}, {"f": function("grow_array")}, {"last": LOGISTIC}],
        {"last__C": [0.1, 1.0]},
        TWO,
        wine,
    ),
    "a step that writes into the fold, behind one that lets it through": (
        [{"nothing": "passthrough"}, {"f": function("grow_array")}, {"last": LOGISTIC}],
        {"nothing": ["passthrough", SCALE], "last__C": [0.1, 1.0]},
        TWO,
        wine,
    ),
    "a transformer that draws each time": (
        [
            {
                "impute": {
                    "class": "sklearn.impute.IterativeImputer",
                    "sample_posterior": True,
                    "random_state": 0,
                    "max_iter": 2,
                }
            },
            {"last": LOGISTIC},
        ],
        {"last__C": [0.1, 1.0]},
        TWO,
        iris_with_gaps,
    ),
    "a class that is named Pipeline": (
        {"class": "mine.Pipeline", "steps": [{"tuple": ["s", SCALE]}, {"tuple": ["last", LOGISTIC]}]},
        {"steps": [[{"tuple": ["s", SCALE]}, {"tuple": ["last", {**LOGISTIC, "C": c}]}] for c in (0.1, 1.0)]},
        ["accuracy"],
        wine,
    ),
    "words in a Series": (
        [{"words": {"class": "sklearn.feature_extraction.text.TfidfVectorizer"}}, {"last": LOGISTIC}],
        {"words__use_idf": [True, False], "last__C": [0.1, 1.0]},
        TWO,
        words,
    ),
    "a subclass of a scaler": (
        [{"scale": {"class": "mine.Subclass"}}, {"last": LOGISTIC}],
        {"last__C": [0.1, 1.0]},
        TWO,
        wine,
    ),
    "a classifier that writes into what it is given": (
        [{"scale": SCALE}, {"last": {"class": "mine.Spoiling"}}],
        {"scale__with_mean": [True, False]},
        TWO,
        wine,
    ),
}


def shared_scores(estimator, space, scoring, X, y, also=(), shares=True):
    """Return what foldwork finds, as `cv_results_` has it: (test or train, metric) to scores, a row a candidate and a column a fold; and the routes."""
    description = {"kind": "search", "models": {"m": estimator}, "scoring": scoring, "train_scores": True}
    task = Task({**description, "share": shares, "also": list(also)})
    routes, found = [], {(part, name): [] for part in ("test", "train") for name in scoring}
    for index, (train, test) in enumerate(CV.split(X, y)):
        for params in candidates(space):
            arrays = {
                f"{name}_{part}": _safe_indexing(data, rows)
                for name, data in (("X", X), ("y", y))
                for part, rows in (("train", train), ("test", test))
            }
            record = {"status": "ok", "error": None}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fit_and_score.fit_and_score(task, "m", params, arrays, record, f"fold-{index}")
            assert record["status"] == "ok", record
            routes.append(record["route"])
            assert record.get("also", []) == (list(also) if record["route"] == "shared" else [])
            for part, name in found:
                found[part, name].append(float(record[part][name]))
    return {key: np.reshape(values, (CV.get_n_splits(), -1)).T for key, values in found.items()}, routes


def grid_search(estimator, space, scoring, X, y):
    grid = {name: objects.build(values) for name, values in space.items()}
    search = GridSearchCV(
        objects.build_estimator(estimator),
        grid,
        scoring=scoring,
        cv=CV,
        refit=False,
        return_train_score=True,
        error_score="raise",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = search.fit(X, y).cv_results_
    return {
        (part, name): np.array([results[f"split{k}_{part}_{name}"] for k in range(3)]).T
        for part in ("test", "train")
        for name in scoring
    }


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(fit_and_score, "intermediates", Intermediates())
    monkeypatch.setattr(fit_and_score, "last_fit", LastFit())


@pytest.mark.parametrize("case", CASES)
def test_scores_are_those_of_grid_search_cv(case):
    estimator, space, scoring, data = CASES[case]
    expected = grid_search(estimator, space, scoring, *data())
    found, _ = shared_scores(estimator, space, scoring, *data())
    for key, values in expected.items():
        np.testing.assert_array_equal(found[key], values, err_msg=str(key))


def test_steps_before_the_first_unknown_one_are_shared():
    estimator, space, scoring, data = CASES["a step that writes into an array, behind one that is shared"]
    _, routes = shared_scores(estimator, space, scoring, *data())
    assert set(routes) == {"shared"}
    estimator, space, scoring, data = CASES["a step that writes into a DataFrame"]
    assert set(shared_scores(estimator, space, scoring, *data())[1]) == {"plain"}


def test_a_step_without_a_seed_is_shared_only_if_it_drew_nothing():
    X, y = load_wine(return_X_y=True)
    _, routes = shared_scores(
        [{"pca": {"class": "sklearn.decomposition.PCA", "n_components": 2}}, {"last": LOGISTIC}], {}, ["accuracy"], X, y
    )
    assert set(routes) == {"shared"}
    drawn = {"class": "sklearn.random_projection.GaussianRandomProjection", "n_components": 2}
    _, routes = shared_scores([{"p": drawn}, {"last": LOGISTIC}], {}, ["accuracy"], X, y)
    assert set(routes) == {"plain"}
    _, routes = shared_scores([{"p": {**drawn, "random_state": 0}}, {"last": LOGISTIC}], {}, ["accuracy"], X, y)
    assert set(routes) == {"shared"}


def test_a_step_without_a_seed_whose_parts_draw_in_other_processes_is_not_shared():
    from sklearn.pipeline import FeatureUnion
    from sklearn.random_projection import GaussianRandomProjection

    def union(part, jobs):
        return FeatureUnion([("part", part)], n_jobs=jobs)

    unseeded, seeded = (GaussianRandomProjection(2, random_state=seed) for seed in (None, 0))
    with pytest.raises(NotShareable, match="in other processes"):
        object_key(union(unseeded, 2))
    assert all(
        map(object_key, (union(unseeded, None), union(unseeded, 1), union(seeded, 2), union(StandardScaler(), 2)))
    )


@pytest.mark.slow
def test_a_users_class_is_shared_where_the_study_says_so_and_two_calls_agree():
    X, y = load_wine(return_X_y=True)
    for name, also, route in (
        ("Fine", (), "plain"),
        ("Fine", ("mine.Fine",), "shared"),
        ("Counting", ("mine.Counting",), "plain"),
    ):
        estimator = [{"own": {"class": f"mine.{name}"}}, {"last": LOGISTIC}]
        found, routes = shared_scores(estimator, {"last__C": [0.1, 1.0]}, TWO, X, y, also)
        assert set(routes) == {route}, name
        for key, values in grid_search(estimator, {"last__C": [0.1, 1.0]}, TWO, X, y).items():
            np.testing.assert_array_equal(found[key], values)


def test_an_instance_with_state_beside_its_parameters_is_not_shared():
    X, y = load_wine(return_X_y=True)
    arrays = {"X_train": X, "y_train": y, "X_test": X, "y_test": y}
    from sklearn.pipeline import make_pipeline

    plain = make_pipeline(StandardScaler(), LogisticRegression())
    assert shared_prefix.prepare(plain, arrays, "fold", Intermediates()).shared
    plain[0].set_output(transform="pandas")
    assert not shared_prefix.prepare(plain, arrays, "fold", Intermediates()).shared


def test_an_engine_whose_kernel_values_are_not_libsvms_takes_the_plain_route(monkeypatch):
    from foldwork.evaluation import gram_matrix

    X, y = load_wine(return_X_y=True)
    svc = {"class": "sklearn.svm.SVC"}
    assert set(shared_scores(svc, {}, ["accuracy"], X, y)[1]) == {"shared"}
    right = gram_matrix.products
    monkeypatch.setattr(gram_matrix, "products", lambda X, Y, **how: right(X, Y, **how) * (1 + 2**-52))
    gram_matrix._matches_libsvm.cache_clear()
    monkeypatch.setattr(fit_and_score, "intermediates", Intermediates())
    assert [
        set(shared_scores({**svc, "kernel": kernel}, {}, ["accuracy"], X, y)[1]) for kernel in gram_matrix.KERNELS
    ] == [{"plain"}] * 3
    gram_matrix._matches_libsvm.cache_clear()


def test_a_fit_that_fails_on_the_shared_route_is_made_again_by_the_plain_one():
    X, y = load_wine(return_X_y=True)
    task = Task(
        {
            "kind": "search",
            "models": {"m": [{"scale": SCALE}, {"last": LOGISTIC}]},
            "scoring": ["accuracy"],
            "train_scores": False,
            "share": True,
        }
    )
    record = {"status": "ok", "error": None}
    with pytest.raises(ValueError, match="LogisticRegression"):
        fit_and_score.fit_and_score(
            task, "m", {"last__C": -1}, {"X_train": X, "y_train": y, "X_test": X, "y_test": y}, record, "fold"
        )
    assert record["route"] == "plain" and record["test"] == {"accuracy": "nan"} and record["fit_time"] > 0
