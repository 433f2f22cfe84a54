"""Five tasks on which strategies are compared: data, an estimator and a space, by names of the config."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

FOLDS = 5


@dataclass(frozen=True)
class Task:
    """A model to tune.

    Attributes
    ----------
    estimator : dict
        As in the config.
    space : dict
        Distributions and lists, as in the config.
    resource : str
        What halving and hyperband ration: `n_samples`, or a parameter of the estimator that the space does not have.
    most : int
        All resources: the number of rows, or the value of the parameter; a multiple of 9, so that iterations by a factor of 3 end with all.
    grid : dict
        A space of lists, for races.
    """

    estimator: dict[str, Any]
    space: dict[str, Any]
    resource: str
    most: int
    grid: dict[str, Any] = field(default_factory=dict)


_SVC = {"class": "sklearn.svm.SVC"}
_SVC_SPACE = {"C": {"loguniform": [0.01, 1000]}, "gamma": {"loguniform": [0.00001, 1]}}
_SVC_GRID = {"C": {"logspace": [-2, 3, 6]}, "gamma": {"logspace": [-5, 0, 6]}}

TASKS = {
    "digits, SVC": Task(_SVC, _SVC_SPACE, "n_samples", 603, _SVC_GRID),
    "wine, random forest": Task(
        {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0},
        {
            "max_depth": {"randint": [1, 12]},
            "max_features": {"uniform": [0.05, 1.0]},
            "min_samples_leaf": {"randint": [1, 30]},
            "criterion": ["gini", "entropy"],
        },
        "n_estimators",
        27,
        {"max_depth": [1, 2, 4, 8], "max_features": [0.1, 0.3, 1.0], "min_samples_leaf": [1, 5, 20]},
    ),
    "breast cancer, boosting": Task(
        {"class": "sklearn.ensemble.GradientBoostingClassifier", "random_state": 0, "max_features": "sqrt"},
        {
            "learning_rate": {"loguniform": [0.01, 1]},
            "max_depth": {"randint": [1, 6]},
            "subsample": {"uniform": [0.3, 1.0]},
            "min_samples_leaf": {"randint": [1, 40]},
        },
        "n_estimators",
        27,
        {"learning_rate": [0.02, 0.1, 0.5], "max_depth": [1, 2, 4], "min_samples_leaf": [1, 5, 20, 40]},
    ),
    "diabetes, SVR": Task(
        {"class": "sklearn.svm.SVR"},
        {
            "C": {"loguniform": [0.1, 10000]},
            "epsilon": {"loguniform": [0.1, 100]},
            "gamma": {"loguniform": [0.01, 100]},
            "kernel": ["rbf", "sigmoid"],
        },
        "n_samples",
        441,
        {"C": {"logspace": [-1, 4, 6]}, "gamma": {"logspace": [-2, 2, 6]}},
    ),
    "made, a third of the labels wrong, SVC": Task(_SVC, _SVC_SPACE, "n_samples", 405, _SVC_GRID),
}


def data_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return X and y of a task."""
    from sklearn import datasets

    if name.startswith("digits"):
        X, y = datasets.load_digits(return_X_y=True)
        chosen = np.random.default_rng(0).permutation(len(y))[:603]
        return X[chosen], y[chosen]
    if name.startswith("wine"):
        return datasets.load_wine(return_X_y=True)
    if name.startswith("breast"):
        return datasets.load_breast_cancer(return_X_y=True)
    if name.startswith("diabetes"):
        X, y = datasets.load_diabetes(return_X_y=True)
        return X[:441], y[:441]
    return datasets.make_classification(405, 20, n_informative=6, flip_y=0.33, random_state=0)


class Scores:
    """The scores of candidates of one task on the folds of one seed; each is evaluated once.

    Parameters
    ----------
    name : str
        Of the task.
    seed : int
        Shuffles the rows before they are split.
    n_folds : int

    Attributes
    ----------
    full : dict
        The parameter that gives a candidate all resources, if a parameter does.
    """

    def __init__(self, name: str, seed: int, n_folds: int = FOLDS) -> None:
        from sklearn.base import is_classifier
        from sklearn.model_selection import KFold, StratifiedKFold

        from foldwork.study.objects import build_estimator

        self.task = TASKS[name]
        self.full = {} if self.task.resource == "n_samples" else {self.task.resource: self.task.most}
        self.X, self.y = data_of(name)
        self.estimator = build_estimator(self.task.estimator).set_params(**self.full)
        self.is_classifier = is_classifier(self.estimator)
        kind = StratifiedKFold if self.is_classifier else KFold
        self.cv = kind(n_folds, shuffle=True, random_state=seed)
        self.folds = list(self.cv.split(self.X, self.y))
        self._known: dict[str, float] = {}

    def of(self, params: dict[str, Any], fold: int, resource: dict[str, Any] | None = None) -> float:
        """Return the score of a candidate on a fold, on all rows or on those that a proposal's resource says."""
        from sklearn.base import clone

        from foldwork.evaluation.subsample import subsample

        key = repr((sorted(params.items()), fold, resource))
        if key not in self._known:
            train, test = self.folds[fold]
            arrays = {
                "X_train": self.X[train],
                "y_train": self.y[train],
                "X_test": self.X[test],
                "y_test": self.y[test],
            }
            arrays = arrays if resource is None else subsample(arrays, resource)
            fitted = clone(self.estimator).set_params(**params).fit(arrays["X_train"], arrays["y_train"])
            self._known[key] = fitted.score(arrays["X_test"], arrays["y_test"])
        return self._known[key]
