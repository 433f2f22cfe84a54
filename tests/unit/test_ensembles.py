"""An ensemble that is cut from a longer one predicts what it would predict if it had been fitted, to the last bit."""

import warnings

import numpy as np
import pytest
from sklearn import ensemble
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from foldwork.evaluation import fit_and_score
from foldwork.evaluation.ensembles import LastFit
from foldwork.evaluation.sharing_rules import ENSEMBLES
from foldwork.evaluation.task import Task
from foldwork.execution.grouping import guess
from foldwork.study import objects
from foldwork.study.search_space import candidates

LENGTHS = (1, 2, 9, 23, 30)
DATA = {"binary": load_breast_cancer, "classes": load_wine, "numbers": load_diabetes}

FOREST = [{}, {"max_features": 0.3, "bootstrap": False}, {"max_depth": 3, "min_samples_leaf": 4}]
BOOSTING = [{}, {"subsample": 0.5, "max_features": 2}, {"n_iter_no_change": 3, "learning_rate": 1.0}]
ROUNDS = [{}, {"max_features": 0.3, "max_leaf_nodes": 4}, {"early_stopping": True, "n_iter_no_change": 3}]
SCORED = {"early_stopping": True, "n_iter_no_change": 20}
SETTINGS = {
    "RandomForestClassifier": [
        *FOREST,
        {"bootstrap": True, "max_samples": 0.4, "class_weight": "balanced_subsample"},
        {"criterion": "entropy", "ccp_alpha": 0.01, "n_jobs": 1},
    ],
    "RandomForestRegressor": [*FOREST, {"criterion": "poisson", "max_samples": 20}],
    "ExtraTreesClassifier": [*FOREST, {"bootstrap": True, "class_weight": "balanced"}],
    "ExtraTreesRegressor": [*FOREST, {"bootstrap": True, "max_samples": 0.5}],
    "GradientBoostingClassifier": [*BOOSTING, {"init": "zero"}, {"init": LogisticRegression(max_iter=5)}],
    "GradientBoostingRegressor": [*BOOSTING, {"loss": "huber"}, {"loss": "quantile", "subsample": 0.7}],
    "HistGradientBoostingClassifier": [
        *ROUNDS,
        {"l2_regularization": 1.0, "max_bins": 16},
        {**SCORED, "scoring": "neg_log_loss"},
    ],
    "HistGradientBoostingRegressor": [
        *ROUNDS,
        {"loss": "absolute_error"},
        {"loss": "poisson"},
        {**SCORED, "scoring": "r2"},
    ],
    "AdaBoostClassifier": [
        {},
        {"learning_rate": 2.5},
        {"estimator": DecisionTreeClassifier(max_depth=None)},  # without an error, so the first is the last
        {"estimator": DecisionTreeClassifier(max_features=1, max_depth=2)},
    ],
    "AdaBoostRegressor": [{}, {"loss": "exponential", "learning_rate": 0.3}],
}
PREDICTIONS = ("predict", "predict_proba", "decision_function")


def cases():
    for name, settings in SETTINGS.items():
        for index, setting in enumerate(settings):
            for data in ("binary", "classes") if name.endswith("Classifier") else ("numbers",):
                if data != "classes" or setting.get("init") == "zero" or index < 3:
                    slow = pytest.mark.slow if name.startswith("Hist") and index > 1 else ()
                    yield pytest.param(name, setting, data, id=f"{name}-{index}-{data}", marks=slow)


def test_settings_are_tried_of_every_ensemble():
    assert {f"sklearn.ensemble.{name}" for name in SETTINGS} == ENSEMBLES.keys()


@pytest.mark.parametrize(("name", "setting", "data"), list(cases()))
@pytest.mark.filterwarnings("ignore")
def test_what_is_cut_predicts_what_is_fitted_would(name, setting, data):
    X, y = DATA[data](return_X_y=True)
    X_train, y_train, X_test = X[::2], y[::2], X[1::2]
    parameter = ENSEMBLES[f"sklearn.ensemble.{name}"][0]
    last_fit = LastFit()
    for length in reversed(LENGTHS):
        fresh = getattr(ensemble, name)(random_state=7, **setting).set_params(**{parameter: length})
        fitted = clone(fresh).fit(X_train, y_train)
        cut, _ = last_fit.fit("data", clone(fresh), X_train, y_train)
        assert getattr(cut, parameter) == length
        for predict in PREDICTIONS:
            if hasattr(fitted, predict):
                for part in (X_train, X_test):
                    assert np.array_equal(getattr(cut, predict)(part), getattr(fitted, predict)(part))
        assert cut.score(X_test, y[1::2]) == fitted.score(X_test, y[1::2])
    assert last_fit.cuts == len(LENGTHS) - 1


def fit(last_fit, spec, params, data="data"):
    X, y = load_wine(return_X_y=True)
    return last_fit.fit(data, objects.build_estimator(spec).set_params(**params), X, y)


FOREST_SPEC = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0}


def test_only_a_shorter_one_of_the_same_settings_and_data_is_cut():
    last_fit = LastFit()
    steps = [
        ({"n_estimators": 6}, {}, False),
        ({"n_estimators": 6}, {}, True),
        ({"n_estimators": 3}, {}, True),
        ({"n_estimators": 7}, {}, False),
        ({"n_estimators": 3, "max_depth": 2}, {}, False),
        ({"n_estimators": 3, "max_depth": 2}, {"data": "another fold"}, False),
        ({"n_estimators": 2, "max_depth": 2}, {"data": "another fold"}, True),
        ({"n_estimators": 2, "max_depth": 2.0}, {"data": "another fold"}, False),  # which scikit-learn refuses
    ]
    for params, more, cut in steps:
        try:
            found = fit(last_fit, FOREST_SPEC, params, **more)[1]
        except ValueError:
            found = False
        assert found == cut, params


@pytest.mark.parametrize(
    "more", [{"random_state": None}, {"random_state": True}, {"warm_start": True}, {"oob_score": True}]
)
@pytest.mark.filterwarnings("ignore")
def test_nothing_is_cut_where_a_longer_one_need_not_begin_with_the_shorter(more):
    last_fit = LastFit()
    for length in (6, 3):
        if more != {"random_state": True}:
            fit(last_fit, FOREST_SPEC | more, {"n_estimators": length})
        stages = guess(FOREST_SPEC | more)({"n_estimators": length})[2]
        assert stages is None
    assert last_fit.cuts == 0


@pytest.mark.parametrize(
    ("inner", "harmless"),
    [
        (None, True),
        ({"class": "sklearn.tree.DecisionTreeRegressor", "max_depth": 2}, True),
        ({"class": "sklearn.linear_model.Ridge", "copy_X": False}, False),
        ({"class": "foreign.Tree"}, False),
    ],
)
def test_nothing_is_cut_where_an_estimator_inside_may_write_into_the_data(inner, harmless, tmp_path, monkeypatch):
    (tmp_path / "foreign.py").write_text(
        "from sklearn.tree import DecisionTreeRegressor as T\n\n\nclass Tree(T):\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    spec = {"class": "sklearn.ensemble.AdaBoostRegressor", "random_state": 0, "estimator": inner}
    last_fit = LastFit()
    for length in (3, 2):
        fit(last_fit, spec, {"n_estimators": length})
        assert (guess(spec)({"n_estimators": length})[2] is not None) == harmless
    assert last_fit.cuts == harmless
    if inner and "copy_X" in inner:  # set by the candidate
        of_candidate = {"n_estimators": 2, "estimator__copy_X": False}
        assert guess(spec | {"estimator": {"class": inner["class"]}})(of_candidate)[2] is None


@pytest.mark.parametrize(
    ("step", "params", "together"),
    [
        ({"class": "sklearn.preprocessing.StandardScaler"}, {}, True),
        ("passthrough", {}, True),
        ({"class": "sklearn.preprocessing.StandardScaler", "copy": False}, {}, False),
        ({"class": "sklearn.preprocessing.StandardScaler"}, {"scale__copy": False}, False),
        ({"class": "own.Scaler"}, {}, False),
        (None, {"scale": {"class": "own.Scaler"}}, False),
        ({"class": "sklearn.preprocessing.FunctionTransformer", "func": {"ref": "own.scale"}}, {}, False),
    ],
)
def test_ensembles_travel_together_only_where_the_steps_before_them_are_sure_to_be_shared(step, params, together):
    common = guess([{"scale": step}, {"forest": FOREST_SPEC}])
    assert (common({**params, "forest__n_estimators": 5})[2] == 5) == together


def test_an_ensemble_is_let_go_before_another_estimator_is_fitted():
    last_fit = LastFit()
    fit(last_fit, FOREST_SPEC, {"n_estimators": 6})
    assert last_fit._kept is not None
    fit(last_fit, {"class": "sklearn.tree.DecisionTreeClassifier"}, {"max_depth": 1})
    assert last_fit._kept is None


def test_a_number_of_stages_that_is_none_is_the_estimators_own_to_complain_of():
    last_fit = LastFit()
    fit(last_fit, FOREST_SPEC, {"n_estimators": 6})
    for wrong in (0, -1, 2.5, "3"):
        with pytest.raises(ValueError, match="n_estimators"):
            fit(last_fit, FOREST_SPEC, {"n_estimators": wrong})
        assert last_fit.cuts == 0


def test_a_fit_that_fails_leaves_nothing_to_cut_from():
    last_fit = LastFit()
    fit(last_fit, FOREST_SPEC, {"n_estimators": 6})
    with pytest.raises(ValueError, match="max_depth"):
        fit(last_fit, FOREST_SPEC, {"n_estimators": 6, "max_depth": -1})
    fit(last_fit, FOREST_SPEC, {"n_estimators": 3})
    assert last_fit.cuts == 0


BEHIND = [{"scale": {"class": "sklearn.preprocessing.StandardScaler"}}, {"forest": FOREST_SPEC}]


@pytest.mark.parametrize(
    ("estimator", "space", "cuts"),
    [
        (FOREST_SPEC, {"n_estimators": [2, 6, 4], "max_depth": [1, 3]}, 4),
        (BEHIND, {"forest__n_estimators": [2, 6, 4], "scale__with_mean": [True, False]}, 4),
        ([{"inner": BEHIND}], {"inner__forest__n_estimators": [6, 2]}, 1),
        (BEHIND, {"forest": [FOREST_SPEC, FOREST_SPEC | {"max_depth": 1}], "forest__n_estimators": [6, 2]}, 2),
        ([*BEHIND[:1], {"forest": {"class": "sklearn.svm.SVC"}}], {"forest": [FOREST_SPEC]}, 0),
        (FOREST_SPEC, {"criterion": ["gini", "entropy"]}, 0),
    ],
)
def test_evaluations_share_an_ensemble_alone_and_behind_steps(estimator, space, cuts, monkeypatch):
    X, y = load_wine(return_X_y=True)
    arrays = {"X_train": X[::2].copy(), "y_train": y[::2].copy(), "X_test": X[1::2].copy(), "y_test": y[1::2].copy()}
    description = {"kind": "search", "models": {"m": estimator}, "scoring": ["neg_log_loss"], "train_scores": True}
    monkeypatch.setattr(fit_and_score, "last_fit", LastFit())
    common = guess(estimator)
    spaces = sorted(candidates(space), key=lambda params: (common(params)[1], -(common(params)[2] or 0)))
    found = {}
    for share in (True, False):
        task = Task({**description, "share": share})
        for params in spaces:
            record = {"status": "ok", "error": None}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fit_and_score.fit_and_score(task, "m", params, arrays, record, "fold")
            found.setdefault(str(params), []).append((record["test"], record["train"]))
        assert fit_and_score.last_fit.cuts == cuts
    assert all(shared == plain for shared, plain in found.values())
