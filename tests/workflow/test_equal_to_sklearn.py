"""scores.csv says what scikit-learn's `cv_results_` says: the same columns, and every number in them.

To the last bit, whether evaluations share work or not.
"""

import importlib
import json
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from study import ROOT, Study
from threadpoolctl import threadpool_limits

from foldwork.data import datasets, splits
from foldwork.evaluation import ensembles, fit_and_score
from foldwork.evaluation.bundle import run
from foldwork.evaluation.intermediates import Intermediates
from foldwork.execution.grouping import Grouping, guess
from foldwork.execution.plan import Plan
from foldwork.records.make_request import make_request
from foldwork.records.requested import Requested
from foldwork.results import tables
from foldwork.results.csv_table import write_table
from foldwork.results.results import Results
from foldwork.storage import ledger
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import read, validate
from foldwork.study.objects import metric_name

MYDATA = '''
"""Data of a person's own."""

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.datasets import load_digits, load_iris, make_regression
from sklearn.metrics import accuracy_score


def digits():
    X, y = load_digits(return_X_y=True)
    return X[:210] / 3, y[:210]


def iris():
    X, y = load_iris(return_X_y=True)
    rows = np.random.default_rng(1).permutation(len(y))
    return X[rows], y[rows]


def fortran():
    X, y = iris()
    return np.asfortranarray(X), y


def flowers():
    """Names for targets, a group for each row, and an uneven number of rows in them."""
    X, y = iris()
    groups = np.repeat(["north", "south", "east", "west"], [60, 45, 30, 15])
    return {"data": X, "target": np.array(["setosa", "versicolor", "virginica"], dtype=object)[y], "place": groups}


def houses():
    return make_regression(n_samples=120, n_features=6, noise=5, random_state=0)


def houses2():
    return make_regression(n_samples=90, n_features=5, n_targets=2, noise=5, random_state=0)


def words():
    X, y = digits()
    return sparse.csr_matrix(X * (X > 2)), y


def words_by_coordinates():
    X, y = words()
    return sparse.coo_array(X), y


def mixed():
    draw = np.random.default_rng(5)
    frame = pd.DataFrame({
        "height": draw.normal(size=130),
        "colour": draw.choice(["red", "green", "blue"], 130),
        "count": draw.integers(0, 9, 130),
        "size": pd.Categorical(draw.choice(["s", "m", "l"], 130), categories=["s", "m", "l"]),
        "sure": draw.random(130) > 0.5,
    })
    score = frame["height"] + (frame["colour"] == "red") + frame["count"] / 9 + draw.normal(size=130) / 2
    frame["bought"] = np.where(score > 0.8, "yes", "no")
    frame.loc[::17, "height"] = np.nan
    return frame


def houses2_frame():
    X, y = houses2()
    return pd.DataFrame(X[:, ::-1]).iloc[::2], pd.DataFrame(y, columns=["price", "rent"]).iloc[::2]


def labels():
    X, y = digits()
    return X, sparse.csr_matrix(np.column_stack([y % 2, y > 4, y == 0]))


def share_right(y, predicted):
    return float(accuracy_score(y, predicted)) / 3


def both(estimator, X, y):
    """Returns several scores, as a scorer of scikit-learn's may."""
    right = estimator.predict(X) == y
    return {"right": float(right.mean()), "wrong": int((~right).sum())}


def by_name(estimator, X, y):
    """Needs y as it was given: a Series with its name and index."""
    assert y.name == "bought" and y.index.equals(X.index)
    return float((y.to_numpy() == estimator.predict(X)).mean() + y.index[0] / 1e3)


def of_types(estimator, X, y):
    assert type(X) is np.ndarray and type(y) is np.ndarray and y.dtype == object
    return estimator.score(X, y)
'''


@pytest.fixture(scope="module")
def mydata(tmp_path_factory) -> Iterator[Any]:
    """Return the module that holds the data, in a study's folder that is on `sys.path`."""
    folder = tmp_path_factory.mktemp("equal")
    (folder / "mydata.py").write_text(MYDATA)
    sys.path.insert(0, str(folder))
    sys.modules.pop("mydata", None)
    module = importlib.import_module("mydata")
    module.mixed().to_csv(folder / "mixed.csv", index=False)
    yield module
    sys.path.remove(str(folder))
    del sys.modules["mydata"]


def own(name: str, **more: Any) -> dict:
    return {"load": f"mydata.{name}", **more}


DATASETS = {
    **{
        name: own(name)
        for name in (
            "digits",
            "iris",
            "fortran",
            "houses",
            "houses2",
            "houses2_frame",
            "labels",
            "words",
            "words_by_coordinates",
        )
    },
    "flowers": own("flowers", groups="place"),
    "mixed": own("mixed", target="bought"),
    "mixed-file": {"file": "mixed.csv", "target": "bought", "drop": ["sure"]},
    "light": own("digits", dtype="float32"),
}


def arrays_of(dataset: str, mydata: Any) -> tuple[Any, Any, Any]:
    """Return X, y and groups of a dataset as one would give them to GridSearchCV."""
    if dataset == "light":
        X, y = mydata.digits()
        return X.astype(np.float32), y, None
    if dataset == "mixed-file":
        found = pd.read_csv(Path(mydata.__file__).with_name("mixed.csv")).drop(columns=["sure"])
    else:
        found = getattr(mydata, dataset)()
    if isinstance(found, dict):
        return found["data"], found["target"], found["place"]
    if isinstance(found, pd.DataFrame):
        return found.drop(columns=["bought"]), found["bought"], None
    return *found, None


@dataclass
class Case:
    """One search in foldwork's words and in scikit-learn's."""

    dataset: str
    cv: dict
    models: dict
    sklearn_cv: Any
    estimator: Any
    grid: Any
    scoring: Any = "accuracy"
    foldwork_scoring: list | None = None
    train: bool = False

    found: dict | None = None

    def search(self, splits: str, **more: Any) -> dict:
        """Return the search as it stands in the config."""
        named = [self.scoring] if isinstance(self.scoring, str) else self.scoring
        scoring = self.foldwork_scoring if self.foldwork_scoring is not None else named
        return {"splits": splits, "models": self.models, "scoring": scoring, "train_scores": self.train, **more}

    def expected(self, mydata: Any) -> dict[str, Any]:
        """Return scikit-learn's `cv_results_`, without times."""
        if self.found is None:
            if self.scoring == "mydata.both":
                self.scoring = mydata.both
            if isinstance(self.scoring, dict):
                self.scoring = {
                    "right": make_scorer(mydata.share_right),
                    "accuracy": "accuracy",
                    "by_name": mydata.by_name,
                    "of_types": mydata.of_types,
                }
                self.scoring = {name: self.scoring[name] for name in map(metric_name, self.foldwork_scoring)}
            self.found = self._fit(*arrays_of(self.dataset, mydata))
        return self.found

    def _fit(self, X: Any, y: Any, groups: Any) -> dict[str, Any]:
        search = GridSearchCV(
            self.estimator,
            self.grid,
            scoring=self.scoring,
            cv=self.sklearn_cv,
            return_train_score=self.train,
            refit=False,
        )
        with warnings.catch_warnings(), threadpool_limits(1):  # an engine has one thread
            warnings.simplefilter("ignore")
            found = search.fit(X, y, groups=groups).cv_results_
        return {name: values for name, values in found.items() if not name.endswith("_time")}


def model(estimator: Any, space: Any) -> dict:
    return {"m": {"estimator": estimator, "space": space}}


K3 = {"class": "StratifiedKFold", "n_splits": 3}
LOGISTIC = {"class": "sklearn.linear_model.LogisticRegression", "max_iter": 60}
SCALER = {"class": "sklearn.preprocessing.StandardScaler"}
SVM = {"class": "sklearn.svm.SVC"}
TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}
RATE = {"class": "sklearn.metrics.make_scorer", "score_func": {"ref": "mydata.share_right"}}
MIXED = [
    {
        "columns": {
            "class": "sklearn.compose.ColumnTransformer",
            "transformers": [
                {"tuple": ["numbers", {"class": "sklearn.impute.SimpleImputer"}, ["height", "count"]]},
                {
                    "tuple": [
                        "words",
                        {"class": "sklearn.preprocessing.OneHotEncoder", "handle_unknown": "ignore"},
                        {"class": "sklearn.compose.make_column_selector", "dtype_exclude": "number"},
                    ]
                },
            ],
        }
    },
    {"lr": LOGISTIC},
]
MIXED_SPACE = {"lr__C": [0.1, 10], "columns__numbers__strategy": ["mean", "median"]}


def mixed_pipeline() -> Pipeline:
    columns = [
        ("numbers", SimpleImputer(), ["height", "count"]),
        ("words", OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    ]
    return Pipeline([("columns", ColumnTransformer(columns)), ("lr", LogisticRegression(max_iter=60))])


def cases() -> dict[str, Case]:
    """Return every search that is compared, by what is special about it."""
    folds = StratifiedKFold(3)
    c_gamma = {"C": np.logspace(-1, 2, 4).tolist(), "gamma": np.logspace(-4, 0, 3).tolist()}
    return {
        "svc": Case(
            "digits",
            K3,
            model(SVM, {"C": {"logspace": [-1, 2, 4]}, "gamma": {"logspace": [-4, 0, 3]}}),
            folds,
            SVC(),
            c_gamma,
        ),
        "pipeline": Case(
            "digits",
            {"class": "StratifiedKFold", "n_splits": 3, "shuffle": True, "random_state": 4},
            model(
                [
                    {"scale": SCALER},
                    {"pca": {"class": "sklearn.decomposition.PCA", "random_state": 0}},
                    {"lr": LOGISTIC},
                ],
                {"pca__n_components": [5, 0.9, None], "lr__C": [0.01, 1]},
            ),
            StratifiedKFold(3, shuffle=True, random_state=4),
            Pipeline(
                [("scale", StandardScaler()), ("pca", PCA(random_state=0)), ("lr", LogisticRegression(max_iter=60))]
            ),
            {"pca__n_components": [5, 0.9, None], "lr__C": [0.01, 1]},
            train=True,
        ),
        "seeded forest, ShuffleSplit, train scores": Case(
            "digits",
            {"class": "ShuffleSplit", "n_splits": 3, "test_size": 0.25, "train_size": 0.5, "random_state": 42},
            model(
                {"class": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 8, "random_state": 3},
                {"max_depth": [None, 3], "max_features": ["sqrt", 0.5]},
            ),
            ShuffleSplit(3, test_size=0.25, train_size=0.5, random_state=42),
            RandomForestClassifier(n_estimators=8, random_state=3),
            {"max_depth": [None, 3], "max_features": ["sqrt", 0.5]},
            train=True,
        ),
        "regressor with a negative error, KFold": Case(
            "houses",
            {"class": "KFold", "n_splits": 4, "shuffle": True, "random_state": 0},
            model(
                {"class": "sklearn.ensemble.RandomForestRegressor", "n_estimators": 6, "random_state": 0},
                {"max_depth": {"range": [1, 5]}},
            ),
            KFold(4, shuffle=True, random_state=0),
            RandomForestRegressor(n_estimators=6, random_state=0),
            {"max_depth": [1, 2, 3, 4]},
            "neg_mean_squared_error",
            train=True,
        ),
        "two targets, the estimator's own score": Case(
            "houses2",
            {"class": "KFold", "n_splits": 3},
            model({"class": "sklearn.linear_model.Ridge"}, {"alpha": {"linspace": [0, 3, 4]}}),
            KFold(3),
            Ridge(),
            {"alpha": np.linspace(0, 3, 4).tolist()},
            None,
            foldwork_scoring=[],
        ),
        "several metrics": Case(
            "iris",
            K3,
            model(LOGISTIC, {"C": [0.01, 1, 100]}),
            folds,
            LogisticRegression(max_iter=60),
            {"C": [0.01, 1, 100]},
            ["neg_log_loss", "accuracy", "f1_macro"],
            train=True,
        ),
        "one metric of several fails": Case(
            "iris",
            K3,
            model(SVM, {"C": [1, 10]}),
            folds,
            SVC(),
            {"C": [1, 10]},
            ["accuracy", "roc_auc", "f1_macro"],
            train=True,
        ),
        "the only metric fails": Case(
            "iris", K3, model(SVM, {"C": [1, 10]}), folds, SVC(), {"C": [1, 10]}, "neg_log_loss", train=True
        ),
        "list of sub-grids": Case(
            "iris",
            K3,
            model(SVM, [{"kernel": ["linear"], "C": [1, 10]}, {"kernel": ["rbf"], "C": [1], "gamma": ["scale", 0.01]}]),
            folds,
            SVC(),
            [{"kernel": ["linear"], "C": [1, 10]}, {"kernel": ["rbf"], "C": [1], "gamma": ["scale", 0.01]}],
        ),
        "no space at all": Case("iris", K3, {"m": {"estimator": SVM}}, folds, SVC(), {}),
        "RepeatedStratifiedKFold": Case(
            "iris",
            {"class": "RepeatedStratifiedKFold", "n_splits": 3, "n_repeats": 2, "random_state": 1},
            model(TREE, {"max_depth": [1, 2]}),
            RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=1),
            DecisionTreeClassifier(random_state=0),
            {"max_depth": [1, 2]},
        ),
        "StratifiedShuffleSplit": Case(
            "iris",
            {"class": "StratifiedShuffleSplit", "n_splits": 3, "test_size": 0.3, "random_state": 0},
            model(TREE, {"max_depth": [1, 2]}),
            StratifiedShuffleSplit(3, test_size=0.3, random_state=0),
            DecisionTreeClassifier(random_state=0),
            {"max_depth": [1, 2]},
        ),
        "TimeSeriesSplit": Case(
            "houses",
            {"class": "TimeSeriesSplit", "n_splits": 3},
            model({"class": "sklearn.tree.DecisionTreeRegressor", "random_state": 0}, {"max_depth": [1, 3]}),
            TimeSeriesSplit(3),
            DecisionTreeRegressor(random_state=0),
            {"max_depth": [1, 3]},
            "r2",
        ),
        "GroupKFold and names for targets": Case(
            "flowers",
            {"class": "GroupKFold", "n_splits": 2},
            model(TREE, {"max_depth": [1, 3]}),
            GroupKFold(2),
            DecisionTreeClassifier(random_state=0),
            {"max_depth": [1, 3]},
            ["f1_macro", "neg_log_loss"],
        ),
        "LeaveOneGroupOut, a parameter that fails in some cells": Case(
            "flowers",
            {"class": "LeaveOneGroupOut"},
            model({"class": "sklearn.neighbors.KNeighborsClassifier"}, {"n_neighbors": [3, 100, 110]}),
            LeaveOneGroupOut(),
            KNeighborsClassifier(),
            {"n_neighbors": [3, 100, 110]},
        ),
        "fits that fail": Case(
            "iris",
            K3,
            model(SVM, {"C": [-1, 1, 10], "gamma": ["scale", 0.1]}),
            folds,
            SVC(),
            {"C": [-1, 1, 10], "gamma": ["scale", 0.1]},
            ["accuracy", "f1_macro"],
            train=True,
        ),
        "infinity among the values": Case(
            "iris",
            K3,
            model(LOGISTIC, {"C": [1, float("inf")]}),
            folds,
            LogisticRegression(max_iter=60),
            {"C": [1, float("inf")]},
        ),
        "mixed columns": Case(
            "mixed", K3, model(MIXED, MIXED_SPACE), folds, mixed_pipeline(), MIXED_SPACE, ["accuracy", "neg_log_loss"]
        ),
        "mixed columns from a file": Case(
            "mixed-file", K3, model(MIXED, MIXED_SPACE), folds, mixed_pipeline(), MIXED_SPACE, ["roc_auc", "accuracy"]
        ),
        "a step that writes into its data": Case(
            "iris",
            {"class": "StratifiedKFold", "n_splits": 4},
            model([{"scale": {**SCALER, "copy": False}}, {"lr": LOGISTIC}], {"lr__C": {"logspace": [-3, 2, 6]}}),
            StratifiedKFold(4),
            Pipeline([("scale", StandardScaler(copy=False)), ("lr", LogisticRegression(max_iter=60))]),
            {"lr__C": np.logspace(-3, 2, 6).tolist()},
            "neg_log_loss",
            train=True,
        ),
        "a step that writes into Fortran-ordered data": Case(
            "fortran",
            K3,
            model(
                [{"scale": {"class": "sklearn.preprocessing.MinMaxScaler", "copy": False}}, {"svc": SVM}],
                {"svc__C": [0.1, 1], "scale__feature_range": [{"tuple": [0, 1]}, {"tuple": [-2, 2]}]},
            ),
            folds,
            Pipeline([("scale", MinMaxScaler(copy=False)), ("svc", SVC())]),
            {"svc__C": [0.1, 1], "scale__feature_range": [(0, 1), (-2, 2)]},
            train=True,
        ),
        "Fortran order": Case(
            "fortran",
            K3,
            model(LOGISTIC, {"C": [0.1, 10], "class_weight": [None, "balanced", {0: 1, 1: 5, 2: 0.5}]}),
            folds,
            LogisticRegression(max_iter=60),
            {"C": [0.1, 10], "class_weight": [None, "balanced", {0: 1, 1: 5, 2: 0.5}]},
            "neg_log_loss",
        ),
        "sparse rows": Case(
            "words",
            K3,
            model(LOGISTIC, {"C": [0.01, 1]}),
            folds,
            LogisticRegression(max_iter=60),
            {"C": [0.01, 1]},
            "neg_log_loss",
        ),
        "sparse coordinates": Case(
            "words_by_coordinates",
            K3,
            model({"class": "sklearn.linear_model.SGDClassifier", "random_state": 0}, {"alpha": [1e-4, 0.1]}),
            folds,
            SGDClassifier(random_state=0),
            {"alpha": [1e-4, 0.1]},
        ),
        "half the precision": Case(
            "light",
            K3,
            model(LOGISTIC, {"C": [0.01, 1]}),
            folds,
            LogisticRegression(max_iter=60),
            {"C": [0.01, 1]},
            "neg_log_loss",
        ),
        "boosting of several lengths behind a step": Case(
            "iris",
            K3,
            model(
                [
                    {"scale": {"class": "sklearn.preprocessing.StandardScaler"}},
                    {"gb": {"class": "sklearn.ensemble.GradientBoostingClassifier", "random_state": 1}},
                ],
                {"gb__n_estimators": [2, 9, 5], "gb__subsample": [0.6, 1.0]},
            ),
            folds,
            Pipeline([("scale", StandardScaler()), ("gb", GradientBoostingClassifier(random_state=1))]),
            {"gb__n_estimators": [2, 9, 5], "gb__subsample": [0.6, 1.0]},
            "neg_log_loss",
            train=True,
        ),
        "forests of several sizes": Case(
            "houses",
            {"class": "KFold", "n_splits": 3},
            model(
                {"class": "sklearn.ensemble.ExtraTreesRegressor", "random_state": 0},
                {"n_estimators": [7, 3], "max_depth": [2, None]},
            ),
            KFold(3),
            ExtraTreesRegressor(random_state=0),
            {"n_estimators": [7, 3], "max_depth": [2, None]},
            ["r2", "neg_mean_absolute_error"],
        ),
        "an estimator in an estimator": Case(
            "iris",
            K3,
            model(
                {
                    "class": "sklearn.ensemble.BaggingClassifier",
                    "estimator": SVM,
                    "n_estimators": 4,
                    "random_state": 0,
                },
                {"estimator__C": [0.1, 1], "max_samples": [0.5, 1.0]},
            ),
            folds,
            BaggingClassifier(SVC(), n_estimators=4, random_state=0),
            {"estimator__C": [0.1, 1], "max_samples": [0.5, 1.0]},
        ),
        "boosted trees of several depths": Case(
            "iris",
            K3,
            model(
                {
                    "class": "sklearn.ensemble.AdaBoostClassifier",
                    "estimator": TREE,
                    "n_estimators": 5,
                    "random_state": 0,
                },
                {"estimator__max_depth": [1, 2], "learning_rate": [0.1, 1]},
            ),
            folds,
            AdaBoostClassifier(DecisionTreeClassifier(random_state=0), n_estimators=5, random_state=0),
            {"estimator__max_depth": [1, 2], "learning_rate": [0.1, 1]},
            "neg_log_loss",
        ),
        "steps as values of the space": Case(
            "iris",
            K3,
            model(
                [{"scale": None}, {"choose": {"class": "sklearn.feature_selection.SelectKBest"}}, {"model": SVM}],
                [
                    {
                        "scale": [
                            "passthrough",
                            SCALER,
                            {"class": "sklearn.preprocessing.MinMaxScaler", "feature_range": {"tuple": [0, 2]}},
                        ],
                        "choose__score_func": [{"ref": "sklearn.feature_selection.f_classif"}],
                        "choose__k": [2, "all"],
                    },
                    {"scale": [None], "model": [LOGISTIC, TREE]},
                ],
            ),
            folds,
            Pipeline([("scale", None), ("choose", SelectKBest()), ("model", SVC())]),
            [
                {
                    "scale": ["passthrough", StandardScaler(), MinMaxScaler(feature_range=(0, 2))],
                    "choose__score_func": [f_classif],
                    "choose__k": [2, "all"],
                },
                {"scale": [None], "model": [LogisticRegression(max_iter=60), DecisionTreeClassifier(random_state=0)]},
            ],
        ),
        "tuples and null among the values": Case(
            "iris",
            K3,
            model(
                {"class": "sklearn.neural_network.MLPClassifier", "max_iter": 5, "random_state": 0},
                {
                    "hidden_layer_sizes": [{"tuple": [4]}, {"tuple": [4, 3]}],
                    "early_stopping": [True, False],
                    "n_iter_no_change": [2],
                },
            ),
            folds,
            MLPClassifier(max_iter=5, random_state=0),
            {"hidden_layer_sizes": [(4,), (4, 3)], "early_stopping": [True, False], "n_iter_no_change": [2]},
        ),
        "a scorer of one's own": Case(
            "iris",
            K3,
            model(TREE, {"max_depth": [None, 1]}),
            folds,
            DecisionTreeClassifier(random_state=0),
            {"max_depth": [None, 1]},
            {"right": "mydata.share_right", "accuracy": "accuracy"},
            foldwork_scoring=[{"right": RATE}, "accuracy"],
        ),
        "a scorer of one's own that returns several scores, and fits that fail": Case(
            "iris",
            K3,
            model(LOGISTIC, {"C": [-1, 0.1, 10]}),
            folds,
            LogisticRegression(max_iter=60),
            {"C": [-1, 0.1, 10]},
            "mydata.both",
            foldwork_scoring=[{"both": {"ref": "mydata.both"}}],
            train=True,
        ),
        "a Series for a target, at which a scorer looks": Case(
            "mixed",
            K3,
            model(MIXED, {"lr__C": [0.1, 10]}),
            folds,
            mixed_pipeline(),
            {"lr__C": [0.1, 10]},
            {},
            foldwork_scoring=[{"by_name": {"ref": "mydata.by_name"}}, "accuracy"],
        ),
        "names for targets as objects, beside a scorer that looks at types": Case(
            "flowers",
            K3,
            model(
                {"class": "sklearn.semi_supervised.SelfTrainingClassifier", "estimator": LOGISTIC},
                {"threshold": [0.6, 0.9]},
            ),
            folds,
            SelfTrainingClassifier(LogisticRegression(max_iter=60)),
            {"threshold": [0.6, 0.9]},
            {},
            foldwork_scoring=[{"of_types": {"ref": "mydata.of_types"}}, "accuracy"],
        ),
        "two columns of a DataFrame for a target": Case(
            "houses2_frame",
            {"class": "KFold", "n_splits": 3},
            model([{"scale": SCALER}, {"r": {"class": "sklearn.linear_model.Ridge"}}], {"r__alpha": [0.1, 1.0, 10.0]}),
            KFold(3),
            Pipeline([("scale", StandardScaler()), ("r", Ridge())]),
            {"r__alpha": [0.1, 1.0, 10.0]},
            ["r2", "neg_mean_squared_error"],
            train=True,
        ),
        "labels in a sparse matrix": Case(
            "labels",
            {"class": "KFold", "n_splits": 3},
            model({"class": "sklearn.neighbors.KNeighborsClassifier"}, {"n_neighbors": [1, 3]}),
            KFold(3),
            KNeighborsClassifier(),
            {"n_neighbors": [1, 3]},
            ["f1_macro", "accuracy"],
        ),
    }


CASES = cases()


# ---- foldwork's side, without engines


def evaluate_here(config: dict, name: str, folder: Path) -> tuple[Path, Results]:
    """Do in this process what the workflow does in several: return the folder with the tables, and the records."""
    schema = ROOT / "workflow/schemas/config.schema.json"
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    settings = validate(read([folder / "config.yaml"]), schema)
    check_config(settings)
    search = settings["searches"][name]
    of_splits = settings["splits"][search["splits"]]
    dataset, splits_folder = folder / "datasets" / of_splits["dataset"], folder / "splits" / search["splits"]
    if not dataset.exists():
        datasets.persist(of_splits["dataset"], settings["datasets"][of_splits["dataset"]], dataset)
    splits.persist(search["splits"], of_splits, dataset, splits_folder)
    asked = make_request("search", name, search, splits_folder / splits.MANIFEST, folder, 1)
    results = folder / "searches" / name
    results.mkdir(parents=True)
    with ledger.Writer(results / "ledger.jsonl") as writer, threadpool_limits(1):
        # Another order than scikit-learn's: what one evaluation does must not be seen by another.
        grouping = Grouping(asked)
        plan = Plan(map(grouping.pending, Requested(asked).evaluations))
        while pending := plan.next(1):
            evaluations = [each.evaluation for each in pending]
            bundle = {
                "number": 0,
                "study": str(folder),
                "task": json.dumps(asked.task()),
                "fold": asked.folds[evaluations[0].fold].for_engine(),
                "evaluations": [
                    (e.key, asked.made[e.model]["id"], e.model, e.params, 0, e.resource) for e in evaluations
                ],
            }
            found = json.loads(json.dumps(bundle))  # as it would travel
            writer.append(line for line, *_ in run(found)["results"])
    records = Results(asked, results / "ledger.jsonl")
    write_table(results / "scores.csv", *tables.cv_results(records))
    write_table(results / "evaluations.csv", *tables.evaluation_rows(records))
    return results, records


# ---- the comparison


def table_of(path: Path) -> pd.DataFrame:
    """Return a table with every cell as its text: older pandas read numbers without their last bit, and null is no empty cell."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def numbers_of(texts: Any) -> np.ndarray:
    return np.array([float(text) if text else np.nan for text in texts])


def same(value: Any, other: Any) -> bool:
    """Return whether two parameter values are the same: estimators are, if class and parameters are."""
    if hasattr(value, "get_params"):
        return type(value) is type(other) and repr(value.get_params()) == repr(other.get_params())
    return type(value) is type(other) and value == other


def built(text: str) -> dict[str, Any]:
    """Return the parameters that a cell of the column `params` stands for."""
    from foldwork.study.objects import build

    return {name: build(value) for name, value in json.loads(text).items()}


def assert_cell_is(text: str, value: Any) -> None:
    """Compare a cell of a `param_` column with the value that scikit-learn has there; empty where it is masked."""
    if value is np.ma.masked:
        assert text == ""
    elif value is None or isinstance(value, (bool, np.bool_, str)):
        assert text == str(value)
    elif isinstance(value, (int, float, np.number)):
        assert float(text) == value
    else:
        assert same(next(iter(built(f'{{"value": {text}}}').values())), value)


def assert_equal(path: Path, expected: dict[str, Any]) -> None:
    """Compare a scores.csv with `cv_results_`, column by column."""
    table = table_of(path)
    assert list(table.columns) == ["model", *expected]
    for name, values in expected.items():
        if name == "params":
            for text, value in zip(table[name], values, strict=True):
                found = built(text)
                assert list(found) == list(value) and all(same(found[key], value[key]) for key in value), name
        elif name.startswith("param_"):
            for text, value in zip(table[name], values, strict=True):
                assert_cell_is(text, value)
        else:
            found = numbers_of(table[name])
            assert np.array_equal(found, values, equal_nan=True), f"{name}: {found} is not {values}"


def shares(case: Case) -> bool:
    """Return whether evaluations of a case have something to share."""
    return all(isinstance(metric, str) for metric in case.foldwork_scoring or []) and any(
        isinstance(spec["estimator"], list) or "SVC" in spec["estimator"]["class"] or "n_estimators" in spec["space"]
        for spec in case.models.values()
        if guess(spec["estimator"])
    )


def run_case(case: Case, name: str, mydata: Any, **more: Any) -> tuple[Path, Results]:
    """Evaluate a case in this process."""
    folder = Path(mydata.__file__).parent
    dataset = DATASETS[case.dataset]
    if "file" in dataset:
        dataset = {**dataset, "file": str(folder / dataset["file"])}
    config = {
        "datasets": {case.dataset: dataset},
        "splits": {name: {"dataset": case.dataset, "cv": case.cv}},
        "searches": {name: case.search(name, **more)},
    }
    return evaluate_here(config, name, folder)


@pytest.mark.parametrize("name", CASES)
def test_scores_equal_cv_results_exactly(name, mydata):
    results, _ = run_case(CASES[name], f"case-{list(CASES).index(name)}", mydata, share=False)
    assert_equal(results / "scores.csv", CASES[name].expected(mydata))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if shares(case)])
def test_scores_equal_cv_results_exactly_where_work_is_shared(name, mydata, monkeypatch):
    monkeypatch.setattr(fit_and_score, "intermediates", Intermediates())
    monkeypatch.setattr(fit_and_score, "last_fit", ensembles.LastFit())
    results, _ = run_case(CASES[name], f"shared-{list(CASES).index(name)}", mydata)
    assert_equal(results / "scores.csv", CASES[name].expected(mydata))
    shared = fit_and_score.intermediates.bytes or fit_and_score.last_fit.cuts
    assert bool(shared) != ("writes into" in name)  # such a step shares nothing


def test_two_models_are_ranked_together_as_two_steps_of_one_pipeline_are(mydata):
    folder = Path(mydata.__file__).parent
    models = {
        "forest": {
            "estimator": {"class": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 4, "random_state": 0},
            "space": {"max_depth": [1, 4]},
        },
        "svc": {"estimator": SVM, "space": {"C": [0.001, 1, 30], "gamma": ["scale"]}},
    }
    config = {
        "datasets": {"digits": DATASETS["digits"]},
        "splits": {"two": {"dataset": "digits", "cv": K3}},
        "searches": {
            "two": {"splits": "two", "models": models, "scoring": ["accuracy"], "train_scores": True, "share": False}
        },
    }
    results, _ = evaluate_here(config, "two", folder)
    grid = [
        {"model": [RandomForestClassifier(n_estimators=4, random_state=0)], "model__max_depth": [1, 4]},
        {"model": [SVC()], "model__C": [0.001, 1, 30], "model__gamma": ["scale"]},
    ]
    one = Case("digits", K3, {}, StratifiedKFold(3), Pipeline([("model", None)]), grid, train=True)
    expected = one.expected(mydata)
    scored = {name: values for name, values in expected.items() if not name.startswith("param")}
    table = table_of(results / "scores.csv")
    assert list(table.columns) == ["model", "param_max_depth", "param_C", "param_gamma", "params", *scored]
    assert table["model"].tolist() == ["forest"] * 2 + ["svc"] * 3
    assert [json.loads(text) for text in table["params"]] == [
        {name.removeprefix("model__"): value for name, value in params.items() if name != "model"}
        for params in expected["params"]
    ]
    for name, values in scored.items():
        assert np.array_equal(numbers_of(table[name]), values), name


def test_a_failed_fit_is_a_row_with_its_error_and_no_scores(mydata):
    case = CASES["fits that fail"]
    results, records = run_case(case, "failing", mydata)
    rows = table_of(results / "evaluations.csv")
    failed = rows[rows["status"] == "failed"]
    assert len(rows) == 18 and len(failed) == 6
    assert set(failed["param_C"]) == {"-1"} and set(rows[rows["status"] == "ok"]["error"]) == {""}
    assert all("'C' parameter of SVC must be a float" in error and "\n" not in error for error in failed["error"])
    assert (failed[["test_accuracy", "test_f1_macro", "train_accuracy", "train_f1_macro"]] == "").all(axis=None)
    record = records.record(records.candidates()[0])
    assert "Traceback" in record["traceback"] and record["test"] == {"accuracy": "nan", "f1_macro": "nan"}


def test_a_metric_that_the_estimator_has_no_answer_for_fails_the_row_and_says_why(mydata):
    # GridSearchCV ends with this AttributeError, whatever error_score is.
    case = Case("iris", K3, model(SVM, {}), None, None, {}, ["accuracy", "neg_log_loss"])
    results, _ = run_case(case, "mute", mydata)
    rows = table_of(results / "evaluations.csv")
    assert (rows["status"] == "failed").all() and rows["error"].str.contains("SVC has none of").all()
    assert (rows[["test_accuracy", "test_neg_log_loss"]] == "").all(axis=None)


# ---- the same through Snakemake and real engines

REAL = (
    "a step that writes into its data",
    "mixed columns from a file",
    "fits that fail",
    "a scorer of one's own that returns several scores, and fits that fail",
)


@pytest.fixture(scope="module")
def real(tmp_path_factory, mydata):
    """Run a study with real engines: several searches, one of which must stop at its first error."""
    folder = tmp_path_factory.mktemp("real")
    for name in ("mydata.py", "mixed.csv"):
        (folder / name).write_bytes(Path(mydata.__file__).with_name(name).read_bytes())
    found = {f"real-{k}": CASES[name] for k, name in enumerate(REAL)}
    searches = {name: case.search(name, share=True) for name, case in found.items()}
    searches["stops"] = {**searches["real-2"], "models": model(SVM, {"C": [-1]}), "on_error": "raise"}
    config = {
        "datasets": {case.dataset: DATASETS[case.dataset] for case in found.values()},
        "splits": {name: {"dataset": case.dataset, "cv": case.cv} for name, case in found.items()},
        "searches": searches,
    }
    study = Study(folder, config)
    wanted = [f"results/searches/{name}/scores.csv" for name in config["searches"]]
    wanted += [f"results/searches/{file}" for file in ("real-2/best.json", "real-3/best.json", "real-3/validation.png")]
    return study, study.run("--keep-going", *wanted, check=False)


@pytest.mark.parametrize("index", range(len(REAL)))
def test_a_real_run_on_engines_gives_cv_results(real, mydata, index):
    study, _ = real
    assert_equal(study.search(f"real-{index}") / "scores.csv", CASES[REAL[index]].expected(mydata))


def test_tables_of_a_real_run_have_the_columns_of_the_contract(real):
    study, _ = real
    folder = study.search("real-2")
    identity = ["model", "param_C", "param_gamma", "params"]
    timings = table_of(folder / "timings.csv")
    assert list(timings.columns) == [
        *identity,
        "mean_fit_time",
        "std_fit_time",
        "mean_score_time",
        "std_score_time",
    ]
    assert len(timings) == 6 and (numbers_of(timings["mean_fit_time"]) > 0).all()
    rows = table_of(folder / "evaluations.csv")
    assert list(rows.columns) == [
        *("model", "candidate", "fold", "param_C", "param_gamma"),
        *("test_accuracy", "test_f1_macro", "train_accuracy", "train_f1_macro"),
        *("fit_time", "score_time", "status", "error", "host", "node", "pid", "started", "finished", "attempts"),
    ]
    assert [(int(c), int(f)) for c, f in zip(rows["candidate"], rows["fold"], strict=True)] == [
        (candidate, fold) for candidate in range(6) for fold in range(3)
    ]
    assert (pd.to_datetime(rows["finished"]) >= pd.to_datetime(rows["started"])).all()
    assert rows["started"].str.endswith("+00:00").all()
    table = table_of(folder / "scores.csv")
    for _, row in rows.iterrows():  # the two tables say the same
        candidate = table.iloc[int(row["candidate"])]
        assert row["test_accuracy"] == candidate[f"split{row['fold']}_test_accuracy"]
    best = json.loads((folder / "best.json").read_text())
    assert best["rank_test_accuracy"] == 1 and best["params"] == json.loads(table["params"][best["candidate"]])


def test_the_first_of_several_scores_ranks(real):
    study, _ = real
    best = json.loads((study.search("real-3") / "best.json").read_text())
    assert best["rank_test_right"] == 1 and best["params"] != {"C": -1} and "mean_train_wrong" in best


def test_a_run_with_failed_fits_says_how_many(real):
    study, done = real
    assert any("real-2" in line and "6 of 18 evaluations failed" in line for line in done.stderr.splitlines())
    assert json.loads((study.search("real-2") / "evaluated.json").read_text())["failed"] == 6


def test_on_error_raise_stops_with_that_error_in_one_line(real):
    study, done = real
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if line.startswith("foldwork: stops:")]
    assert len(said) == 1 and "'C': -1" in said[0] and "'C' parameter of SVC must be a float" in said[0]
    assert "Traceback" not in done.stderr
    assert "Traceback" in (study.folder / "logs/evaluate/stops.log").read_text()
    assert not (study.search("stops") / "evaluated.json").exists()
    assert not (study.search("stops") / "scores.csv").exists()
