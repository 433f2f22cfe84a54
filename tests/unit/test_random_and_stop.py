"""Random search draws what scikit-learn draws; a rule of `stop` ends a search after the same candidate, in whatever order evaluations end."""

import csv
import io
import json

import numpy as np
import pytest
from rounds import search
from scipy import stats
from sklearn.datasets import load_wine
from sklearn.model_selection import ParameterGrid, ParameterSampler, RandomizedSearchCV, StratifiedKFold
from sklearn.svm import SVC

import foldwork
from foldwork.results import tables
from foldwork.results.csv_table import write_table
from foldwork.strategies import grid
from foldwork.strategies.interface import Data
from foldwork.strategies.random import strategies
from foldwork.strategies.sampling import draw

SPACES = {
    "distributions": (
        {"C": {"loguniform": [0.01, 100]}, "gamma": {"uniform": [0.1, 0.7]}, "degree": {"randint": [2, 9]}, "k": ["a", "b"]},
        {"C": stats.loguniform(0.01, 100), "gamma": stats.uniform(0.1, 0.7 - 0.1), "degree": stats.randint(2, 9), "k": ["a", "b"]},
    ),
    "lists": (
        {"a": [1, 2, 3, 4], "b": {"logspace": [-2, 2, 5]}, "c": {"range": [3]}},
        {"a": [1, 2, 3, 4], "b": np.logspace(-2, 2, 5).tolist(), "c": [0, 1, 2]},
    ),
    "mappings": (
        [{"a": [1, 2]}, {"b": {"uniform": [0, 1]}, "a": [None, {"class": "x.Y"}]}],
        [{"a": [1, 2]}, {"b": stats.uniform(0, 1), "a": [None, {"class": "x.Y"}]}],
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_iter", [1, 7, 40, 100])
@pytest.mark.parametrize("name", SPACES)
def test_candidates_are_those_of_parameter_sampler(name, n_iter):
    ours, theirs = SPACES[name]
    found = draw(ours, n_iter, 5)
    expected = [dict(params) for params in ParameterSampler(theirs, n_iter, random_state=5)]
    assert found == expected and json.loads(json.dumps(found)) == found


def test_models_take_turns_and_a_small_space_is_taken_whole():
    (part,) = strategies({"a": {"x": [1, 2, 3]}, "b": {"y": [1]}}, Data(2), n_iter=2, random_state=0)
    assert [(p.model, p.candidate) for p in part.ask()] == [("a", 0), ("b", 0), ("a", 1)] and part.ask() == []
    (part,) = strategies({"a": {"x": [1, 2, 3]}}, Data(2), n_iter=9)
    assert sorted(p.params["x"] for p in part.ask()) == [1, 2, 3]


def config(space, strategy, stop=None):
    model = {"estimator": {"class": "sklearn.svm.SVC"}, "space": space}
    search = {"splits": "f", "models": {"m": model}, "strategy": strategy} | ({"stop": stop} if stop else {})
    return {
        "datasets": {"d": {"load": "sklearn.datasets.load_wine"}},
        "splits": {"f": {"dataset": "d", "cv": {"class": "StratifiedKFold", "n_splits": 3}}},
        "searches": {"s": search},
    }


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_random_search_has_every_number_of_randomized_search_cv(tmp_path):
    space = {"C": {"loguniform": [0.01, 100]}, "gamma": {"loguniform": [1e-5, 0.1]}}
    found = search(tmp_path, config(space, {"random": {"n_iter": 12, "random_state": 4}}))
    theirs = {"C": stats.loguniform(0.01, 100), "gamma": stats.loguniform(1e-5, 0.1)}
    fitted = RandomizedSearchCV(SVC(), theirs, n_iter=12, random_state=4, cv=StratifiedKFold(3), refit=False)
    expected = fitted.fit(*load_wine(return_X_y=True)).cv_results_
    rows = rows_of(found.scores)
    assert [json.loads(row["params"]) for row in rows] == expected["params"]
    for name in [n for n in expected if "test" in n]:
        np.testing.assert_array_equal([float(row[name]) for row in rows], expected[name], err_msg=name)


GRID = {"C": [0.001, 0.01, 0.1, 1.0, 10.0, 100.0], "gamma": [1e-5, 1e-4, 1e-3, 1e-2]}


def test_a_shuffled_grid_has_the_grids_candidates_with_their_own_indices(tmp_path):
    plain = rows_of(search(tmp_path / "a", config(GRID, {"grid": {}})).scores)
    mixed = rows_of(search(tmp_path / "b", config(GRID, {"grid": {"shuffle": True, "random_state": 0}})).scores)
    assert plain != mixed and sorted(map(str, plain)) == sorted(map(str, mixed))
    assert [json.loads(row["params"]) for row in plain] == list(ParameterGrid(GRID))


def test_a_grid_that_is_shuffled_without_a_seed_has_the_same_order_in_each_job():
    spaces = {"m": GRID}
    orders = [[each.candidate for each in grid.strategies(spaces, Data(3), shuffle=True)[0].ask()] for _ in range(2)]
    assert orders[0] == orders[1] != sorted(orders[0])


def expected_rows(rows, stop):
    """Return how many candidates count, computed from the whole table."""
    best, since = -np.inf, 0
    for n, row in enumerate(rows, 1):
        mean = sum(float(row[f"split{k}_test_score"]) for k in range(3)) / 3
        if 3 * n > stop.get("evaluations", np.inf):
            return n - 1
        if mean >= stop.get("score", np.inf):
            return n
        best, since = (mean, 0) if mean > best + stop.get("min_delta", 0) else (best, since + 1)
        if since >= stop.get("patience", np.inf):
            return n
    return len(rows)


STOPS = [
    {"evaluations": 20},
    pytest.param({"evaluations": 21}, marks=pytest.mark.slow),
    pytest.param({"score": 0.7}, marks=pytest.mark.slow),
    pytest.param({"patience": 3}, marks=pytest.mark.slow),
    pytest.param({"patience": 3, "min_delta": 0.02}, marks=pytest.mark.slow),
    {"patience": 9, "score": 0.99, "evaluations": 40},
]


@pytest.mark.parametrize("stop", STOPS, ids=str)
def test_a_stopped_search_has_the_first_rows_of_the_whole_one_in_whatever_order_evaluations_end(stop, tmp_path):
    strategy = {"grid": {"shuffle": True, "random_state": 1}}
    whole = rows_of(search(tmp_path / "whole", config(GRID, strategy)).scores)
    n = expected_rows(whole, stop)
    assert 0 < n < len(whole)
    one = search(tmp_path / "one", config(GRID, strategy, stop), seed=1)
    names = [name for name in whole[0] if not name.startswith("rank")]
    assert [[row[name] for name in names] for row in rows_of(one.scores)] == [
        [r[name] for name in names] for r in whole[:n]
    ]
    assert one.stop == (n, next(rule for rule in ("evaluations", "score", "patience") if one.stop[1] == rule))
    search(tmp_path / "two", config(GRID, strategy, stop), seed=2, evaluations=7)
    assert search(tmp_path / "two", config(GRID, strategy, stop), seed=3).scores == one.scores
    # What was evaluated beyond the last candidate is in the ledger, and serves a search without the rule.
    more = search(tmp_path / "two", config(GRID, strategy), seed=4)
    assert rows_of(more.scores) == whole


def test_a_budget_of_evaluations_is_not_exceeded(tmp_path):
    assert search(tmp_path, config(GRID, {"grid": {}}, {"evaluations": 20})).made == 18


def test_a_round_of_a_strategy_that_learns_is_cut_at_the_budget(tmp_path):
    space = {"C": {"loguniform": [0.01, 100]}, "gamma": {"loguniform": [1e-5, 0.1]}}
    tpe = {"tpe": {"n_trials": 16, "batch": 8, "random_state": 0}}
    found = search(tmp_path, config(space, tpe, {"evaluations": 31}), seed=1)
    assert found.stop == (10, "evaluations") and found.made == 30


def test_a_score_copied_from_the_table_ends_the_search_with_its_candidate(tmp_path):
    ridge = config({}, {"grid": {}})
    ridge["datasets"]["d"] = {"load": "sklearn.datasets.load_diabetes"}
    ridge["splits"]["f"]["cv"] = {"class": "KFold", "n_splits": 10}
    ridge["searches"]["s"]["models"]["m"] = {
        "estimator": {"class": "sklearn.linear_model.Ridge"},
        "space": {"alpha": {"logspace": [-3, 3, 13]}},
    }
    whole = [float(row["mean_test_score"]) for row in rows_of(search(tmp_path / "whole", ridge).scores)]
    for row in range(1, 9):
        ridge["searches"]["s"]["stop"] = {"score": whole[row]}
        found = search(tmp_path / "whole", ridge)
        assert found.stop[0] == next(n for n, mean in enumerate(whole, 1) if mean >= whole[row])


@pytest.mark.parametrize("strategy", [{"grid": {"shuffle": True}}, {"halving": {"factor": 2}}], ids=str)
def test_evaluations_that_are_read_have_the_parameters_of_their_rows(strategy, tmp_path):
    found = search(tmp_path, config(GRID, strategy), seed=1)
    write_table(found.folder / "timings.csv", *tables.timings(found.records))
    read = foldwork.read(found.folder)
    for row in read.evaluations.itertuples():
        candidates = ParameterGrid(GRID)
        assert {"C": row.param_C, "gamma": row.param_gamma} == candidates[row.candidate]
