"""Strategies that learn have the same tables whatever the order in which evaluations end, and after an interruption; nothing is evaluated twice."""

import csv
import io

import pytest
from rounds import search

SPACE = {"C": {"loguniform": [1e-2, 1e3]}, "gamma": {"loguniform": [1e-4, 0.1]}}
GRID = {"C": [0.01, 0.1, 1.0, 10.0, 100.0], "gamma": [0.0001, 0.001, 0.01, 1.0]}

STRATEGIES = {
    "tpe": (SPACE, {"tpe": {"n_trials": 24, "batch": 6, "random_state": 1}}),
    "genetic": (SPACE, {"evolution": {"population": 6, "generations": 4, "random_state": 1}}),
    "cma_es": (SPACE, {"evolution": {"population": 6, "generations": 4, "random_state": 1, "algorithm": "cma_es"}}),
    "pso": (SPACE, {"evolution": {"population": 6, "generations": 4, "random_state": 1, "algorithm": "pso"}}),
    "friedman": (GRID, {"racing": {"random_state": 1}}),
    "anova": (GRID, {"racing": {"test": "anova"}}),
    "win_loss": (GRID, {"racing": {"test": "win_loss"}}),
    "corrected": (GRID, {"racing": {"test": "corrected", "alpha": 0.2}}),
}
SLOW = ("cma_es", "pso", "anova", "win_loss", "corrected")
"""Algorithms and tests beside which there is another one of the same strategy."""


def config(space, strategy, folds=6):
    svc = {"estimator": [{"s": {"class": "sklearn.preprocessing.StandardScaler"}}, {"v": {"class": "sklearn.svm.SVC"}}]}
    svc["space"] = {f"v__{name}": values for name, values in space.items()}
    cv = {"class": "StratifiedKFold", "n_splits": folds, "shuffle": True, "random_state": 0}
    return {
        "datasets": {"d": {"load": "sklearn.datasets.load_wine"}},
        "splits": {"f": {"dataset": "d", "cv": cv}},
        "searches": {"s": {"splits": "f", "models": {"svc": svc}, "strategy": strategy}},
    }


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in STRATEGIES]
)
def test_the_table_does_not_depend_on_the_order_of_results_or_an_interruption(name, tmp_path):
    space, strategy = STRATEGIES[name]
    folds = 10 if "racing" in strategy else 3
    one = search(tmp_path / "one", config(space, strategy, folds), seed=1)
    two = search(tmp_path / "two", config(space, strategy, folds), seed=2)
    assert one.scores == two.scores and one.best == two.best
    assert search(tmp_path / "three", config(space, strategy, folds), seed=3, evaluations=one.made // 2).made
    again = search(tmp_path / "three", config(space, strategy, folds), seed=4)
    assert again.scores == one.scores
    lines = (again.folder / "ledger.jsonl").read_text().splitlines()
    assert len({line[:120] for line in lines}) == len(lines)
    assert search(tmp_path / "three", config(space, strategy, folds)).made == 0


@pytest.mark.parametrize("name", ["friedman", "anova", "win_loss", "corrected"])
def test_a_race_says_of_each_candidate_how_far_it_came_and_ranks_those_that_finished(name, tmp_path):
    space, strategy = STRATEGIES[name]
    found = search(tmp_path, config(space, strategy, 10), seed=1)
    rows = list(csv.DictReader(io.StringIO(found.scores)))
    for row in rows:
        seen = [row[f"split{k}_test_score"] != "" for k in range(10)]
        assert sum(seen) == int(row["n_folds"])
        assert (row["dropped"] == "") == all(seen) or row["dropped"] == "10"
        assert (row["mean_test_score"] != "") == all(seen)
    finished = [row for row in rows if row["mean_test_score"]]
    dropped = [row for row in rows if not row["mean_test_score"]]
    assert 0 < len(finished) < len(rows)
    assert max(int(row["rank_test_score"]) for row in finished) < min(int(row["rank_test_score"]) for row in dropped)
    assert found.best["params"]["v__C"] == float(finished[0]["param_v__C"]) or len(finished) > 1
    # A race evaluates likely survivors ahead; those that were never told are in the ledger and in no table.
    told = sum(int(row["n_folds"]) for row in rows)
    assert len(found.records.recorded_numbers()) == told <= found.made


def test_what_a_generation_repeats_is_not_evaluated_again(tmp_path):
    strategy = {"evolution": {"population": 8, "generations": 6, "random_state": 0}}
    found = search(tmp_path, config({"C": [0.1, 1.0, 10.0], "gamma": [0.001, 0.01]}, strategy, 3), seed=1)
    rows = list(csv.DictReader(io.StringIO(found.scores)))
    assert len({row["params"] for row in rows}) == len(rows) <= 6 and found.made == 3 * len(rows)
    assert {int(row["generation"]) for row in rows} <= set(range(6))


def test_folds_of_equal_content_are_seen_one_by_one_in_a_race(tmp_path):
    (tmp_path / "twice.py").write_text(
        "import numpy as np\nfrom sklearn.datasets import load_wine\n"
        "def load():\n    X, y = load_wine(return_X_y=True)\n    return np.tile(X, (4, 1)), np.tile(y, 4)\n"
    )
    study = config(GRID, {"racing": {"burn_in": 2, "alpha": 0.2}})
    study["datasets"]["d"] = {"load": "twice.load"}
    study["splits"]["f"]["cv"] = {"class": "KFold", "n_splits": 4}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        found = search(tmp_path, study, seed=1)
    for row in csv.DictReader(io.StringIO(found.scores)):
        assert sum(row[f"split{k}_test_score"] != "" for k in range(4)) == int(row["n_folds"])
    assert found.best["evaluations"]["recorded"] == found.best["evaluations"]["asked"]


@pytest.mark.parametrize(
    "strategy",
    [
        {"halving": {"resource": "n_samples", "factor": 3}},
        {"racing": {}},
        {"tpe": {"n_trials": 10}},
        {"evolution": {"population": 4, "generations": 3}},
    ],
    ids=lambda strategy: next(iter(strategy)),
)
def test_the_budget_is_known_before_the_first_score_and_never_exceeded(strategy, tmp_path):
    begun = search(tmp_path, config(GRID, strategy), evaluations=1).records.requested
    budget = begun.rounds.budget(begun.n_folds)
    found = search(tmp_path, config(GRID, strategy)).records.requested
    assert begun.rounds.number == 1 and found.rounds.budget(found.n_folds) == budget
    assert len(begun) < len(found) <= budget or "racing" in strategy
    assert len(found) == budget or "halving" not in strategy
