"""Parameters that an estimator of another package takes, though `get_params` does not list them."""

import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from foldwork.errors import FoldworkError
from foldwork.study.checks.spaces import check_space


class ListsWhatWasGiven(BaseEstimator):
    """As CatBoost's."""

    def __init__(self, depth=None, rate=None):
        self.given = {name: value for name, value in (("depth", depth), ("rate", rate)) if value is not None}

    def get_params(self, deep=True):
        return dict(self.given)

    def set_params(self, **params):
        self.given |= params
        return self

    def fit(self, X, y):
        return self


class Module:
    """What the estimator below makes."""


class HandsOn(BaseEstimator):
    """As skorch's."""

    def __init__(self, module=Module, **kwargs):
        self.module, self.kwargs = module, kwargs

    def get_params(self, deep=True):
        return {"module": self.module, **self.kwargs}

    def set_params(self, **params):
        self.module = params.pop("module", self.module)
        self.kwargs |= params
        return self

    def fit(self, X, y):
        return self


def behind_a_step(estimator):
    return Pipeline([("scale", StandardScaler()), ("model", estimator)])


@pytest.mark.parametrize(
    "estimator, name", [(ListsWhatWasGiven(rate=1), "depth"), (HandsOn(), "module__units")], ids=["CatBoost", "skorch"]
)
def test_a_parameter_that_set_params_takes_is_allowed(estimator, name):
    check_space({name: [1, 2]}, estimator, ["space"])
    check_space({f"model__{name}": [1, "a"]}, behind_a_step(estimator), ["space"])


@pytest.mark.parametrize(
    "estimator, name",
    [(ListsWhatWasGiven(), "dept"), (HandsOn(), "units"), (HandsOn(), "modul__units"), (StandardScaler(), "with_meen")],
)
def test_a_name_that_no_parameter_has_is_still_a_mistake(estimator, name):
    for found, full in ((estimator, name), (behind_a_step(estimator), f"model__{name}")):
        with pytest.raises(FoldworkError, match="has no parameter"):
            check_space({full: [1]}, found, ["space"])
