"""Successive halving is scikit-learn's, to the last bit; hyperband is algorithm 1 of its paper. Neither depends on the order in which evaluations end."""

import csv
import io
import json

import numpy as np
import pytest
from rounds import search
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from foldwork.errors import FoldworkError
from foldwork.strategies import halving, hyperband
from foldwork.strategies.interface import Data


def config(load, cv, model, space, strategy, **more):
    return {
        "datasets": {"d": {"load": f"sklearn.datasets.{load.__name__}"}},
        "splits": {"f": {"dataset": "d", "cv": cv}},
        "searches": {
            "s": {"splits": "f", "models": {"m": {"estimator": model, "space": space}}, "strategy": strategy} | more
        },
    }


SVC_MODEL = {"class": "sklearn.svm.SVC"}
KNN = {"class": "sklearn.neighbors.KNeighborsClassifier"}
FOREST = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0, "max_depth": 3}
STRATIFIED = {"class": "StratifiedKFold", "n_splits": 3}
C = [0.01, 0.1, 1.0, 10.0, 100.0]
GAMMA = [1e-4, 1e-3, 1e-2]

GRIDS = {
    "rows, the defaults": (
        load_wine, STRATIFIED, SVC_MODEL, {"C": C, "gamma": GAMMA}, {},
        lambda **a: HalvingGridSearchCV(SVC(), {"C": C, "gamma": GAMMA}, cv=StratifiedKFold(3), **a),
    ),
    "rows of a shuffled split, factor 2, the smallest resources": (
        load_iris, {"class": "ShuffleSplit", "n_splits": 4, "random_state": 3}, KNN, {"n_neighbors": list(range(1, 12))},
        {"factor": 2, "min_resources": "smallest"},
        lambda **a: HalvingGridSearchCV(KNeighborsClassifier(), {"n_neighbors": list(range(1, 12))},
                                        cv=ShuffleSplit(4, random_state=3), **a),
    ),
    "aggressive elimination with few resources": (
        load_wine, STRATIFIED, SVC_MODEL, {"C": C, "gamma": GAMMA},
        {"aggressive_elimination": True, "min_resources": 40, "max_resources": 90},
        lambda **a: HalvingGridSearchCV(SVC(), {"C": C, "gamma": GAMMA}, cv=StratifiedKFold(3), **a),
    ),
    "a regressor": (
        load_diabetes, {"class": "KFold", "n_splits": 5}, {"class": "sklearn.linear_model.Ridge"},
        {"alpha": [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]}, {"factor": 2.5},
        lambda **a: HalvingGridSearchCV(Ridge(), {"alpha": [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]}, cv=KFold(5), **a),
    ),
    "the number of trees": (
        load_wine, STRATIFIED, FOREST, {"max_features": [1, 2, 3, 5, 8, 13]},
        {"resource": "n_estimators", "max_resources": 27, "min_resources": 2},
        lambda **a: HalvingGridSearchCV(RandomForestClassifier(random_state=0, max_depth=3),
                                        {"max_features": [1, 2, 3, 5, 8, 13]}, cv=StratifiedKFold(3), **a),
    ),
    "candidates of which some fail": (
        load_wine, STRATIFIED, KNN, {"n_neighbors": [1, 3, 5, 7, 20, 60, 90, 120]}, {"factor": 2},
        lambda **a: HalvingGridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3, 5, 7, 20, 60, 90, 120]},
                                        cv=StratifiedKFold(3), **a),
    ),
}  # fmt: skip


def assert_equal(text, fitted):
    """Compare a scores.csv with `cv_results_`."""
    rows = list(csv.DictReader(io.StringIO(text)))
    expected = fitted.cv_results_
    assert [json.loads(row["params"]) for row in rows] == [dict(each) for each in expected["params"]]
    columns = [name for name in expected if "test" in name]
    columns += ["iter", "n_resources"]
    for name in columns:
        found = [float(row[name]) if row[name] else np.nan for row in rows]
        np.testing.assert_array_equal(found, np.asarray(expected[name], float), err_msg=name)
    assert set(rows[0]) - {"model", "params"} == {
        n for n in expected if n != "params" and "time" not in n and "train" not in n
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", GRIDS)
def test_halving_of_a_grid_has_every_number_of_scikit_learns(name, tmp_path):
    load, cv, model, space, arguments, theirs = GRIDS[name]
    found = search(tmp_path, config(load, cv, model, space, {"halving": {**arguments, "random_state": 7}}), seed=1)
    fitted = theirs(**arguments, random_state=7, refit=False).fit(*load(return_X_y=True))
    assert_equal(found.scores, fitted)
    assert (
        found.best["params"]
        == fitted.cv_results_["params"][type(fitted)._select_best_index(None, None, fitted.cv_results_)]
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "arguments",
    [{"n_candidates": 20}, {"n_candidates": "exhaust", "min_resources": "smallest"}, {"n_candidates": 9, "factor": 2}],
    ids=str,
)
def test_halving_of_drawn_candidates_has_every_number_of_scikit_learns(arguments, tmp_path):
    space = {"C": {"loguniform": [1e-2, 1e3]}, "gamma": {"uniform": [0.001, 0.1]}, "degree": {"randint": [2, 5]}}
    theirs = {
        "C": stats.loguniform(1e-2, 1e3),
        "gamma": stats.uniform(0.001, 0.1 - 0.001),
        "degree": stats.randint(2, 5),
    }
    study = config(load_breast_cancer, STRATIFIED, SVC_MODEL, space, {"halving": {**arguments, "random_state": 3}})
    found = search(tmp_path, study, seed=2)
    arguments = (
        {"min_resources": "smallest", "n_candidates": "exhaust"}
        | ({"min_resources": "exhaust"} if isinstance(arguments["n_candidates"], int) else {})
        | arguments
    )
    fitted = HalvingRandomSearchCV(SVC(), theirs, cv=StratifiedKFold(3), random_state=3, refit=False, **arguments)
    assert_equal(found.scores, fitted.fit(*load_breast_cancer(return_X_y=True)))


@pytest.mark.filterwarnings("ignore")
def test_what_candidates_share_is_of_their_own_rows(tmp_path):
    model = [{"scale": {"class": "sklearn.preprocessing.StandardScaler"}}, {"svc": SVC_MODEL}]
    study = config(load_wine, STRATIFIED, model, {"svc__C": C, "svc__gamma": GAMMA}, {"halving": {}}, train_scores=True)
    found = search(tmp_path, study, seed=5)
    fitted = HalvingGridSearchCV(
        make_pipeline(StandardScaler(), SVC()), {"svc__C": C, "svc__gamma": GAMMA}, cv=StratifiedKFold(3), random_state=0,
        refit=False, return_train_score=True,
    ).fit(*load_wine(return_X_y=True))  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(found.scores)))
    for name in [n for n in fitted.cv_results_ if "test" in n or "train" in n]:
        np.testing.assert_array_equal([float(row[name]) for row in rows], fitted.cv_results_[name], err_msg=name)
    routes = {found.records.record_of(number)["route"] for number in found.records.recorded_numbers()}
    assert routes == {"shared"}


STRATEGIES = {
    "halving": {"halving": {"random_state": 0, "factor": 2}},
    "hyperband": {"hyperband": {"resource": "n_estimators", "max_resources": 9, "random_state": 0}},
    "hyperband of rows": {"hyperband": {"random_state": 0}},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", ["halving", *(pytest.param(name, marks=pytest.mark.slow) for name in ("hyperband", "hyperband of rows"))]
)
def test_candidates_do_not_depend_on_the_order_of_results_or_an_interruption(name, tmp_path):
    space = {"max_features": {"randint": [1, 13]}, "min_samples_leaf": {"randint": [1, 20]}}
    strategy = STRATEGIES[name]
    if "halving" in strategy:
        strategy["halving"]["n_candidates"] = 12
    study = config(
        load_wine, STRATIFIED, FOREST if name == "hyperband" else {**FOREST, "n_estimators": 3}, space, strategy
    )
    first = search(tmp_path / "a", study, seed=1)
    assert search(tmp_path / "b", study, seed=2).scores == first.scores
    search(tmp_path / "c", study, seed=3, evaluations=first.made // 2)
    again = search(tmp_path / "c", study, seed=4)
    assert again.scores == first.scores and again.made == first.made - first.made // 2
    assert search(tmp_path / "c", study).made == 0


def test_the_size_of_a_bracket_is_not_rounded_up_by_an_error_of_floats():
    space = {"m": {"C": {"uniform": [0, 1]}}}
    parts = hyperband.strategies(space, Data(3), resource="n_estimators", max_resources=3**10)
    assert len(parts[2].ask()) == 8019  # 11 / 9 * 3**8


def test_hyperbands_brackets_have_the_numbers_of_the_paper():
    parts = hyperband.strategies({"m": {"C": {"uniform": [0, 1]}}}, Data(3), resource="n_estimators", max_resources=81)
    seen = []
    for part in parts:
        rounds = []
        while proposals := part.ask():
            rounds.append((len(proposals), proposals[0].params["n_estimators"]))
            part.tell([[p.params["C"]] * 3 for p in proposals])
        seen.append(rounds)
    # Table 1 of Li et al. (2018)
    assert seen == [
        [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        [(34, 3), (11, 9), (3, 27), (1, 81)],
        [(15, 9), (5, 27), (1, 81)],
        [(8, 27), (2, 81)],
        [(5, 81)],
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"min_resources": 500}, "needs at least 500 n_samples, and there are 100 at most"),
        ({"max_resources": 101}, "101 is more than the 100 rows"),
        ({"resource": "n_estimators"}, "must be a number where the resource is n_estimators"),
        ({"resource": "C", "max_resources": 9}, "C is in the space of model m, too"),
    ],
)
def test_impossible_resources_are_refused_in_a_line(arguments, words):
    with pytest.raises(FoldworkError, match=words):
        halving.strategies({"m": {"C": [1, 2]}}, Data(3, 100, 2, ("m",)), **arguments)
