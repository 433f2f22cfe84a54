"""What the strategy tpe promises: Optuna's candidates, in batches, the same ones whenever the same scores are told."""

import hashlib
import json
import math
import os
import random
import statistics
import subprocess
import sys
import warnings

import numpy as np
import optuna
import pytest

from foldwork.errors import FoldworkError
from foldwork.records.rounds import Rounds
from foldwork.strategies.interface import Data
from foldwork.strategies.sampling import draw
from foldwork.strategies.tpe import strategies

DATA = Data(n_folds=3)
C_GAMMA = {"C": {"loguniform": [1e-3, 1e5]}, "gamma": {"loguniform": [1e-6, 1e2]}}
CONDITIONAL = {
    "svc": [
        {"kernel": ["linear"], "C": {"loguniform": [1e-3, 1e3]}},
        {"kernel": ["rbf", "poly"], **C_GAMMA},
    ],
    "forest": {"max_depth": {"randint": [1, 20]}, "max_features": {"uniform": [0.1, 1]}},
}

DRAWN = {"class": "optuna.samplers.RandomSampler"}


def hill(model, params):
    """Return three folds' scores; the best is 0, at C = 10 and gamma = 0.01."""
    score = -((math.log10(params.get("C", 1e-2)) - 1) ** 2) - (math.log10(params.get("gamma", 1)) + 2) ** 2
    score -= params.get("max_depth", 0)
    return [score, score + 0.5, score - 0.5]


def search(spaces=None, **arguments):
    (strategy,) = strategies(spaces or {"svc": C_GAMMA}, DATA, **arguments)
    return strategy


def rounds_of(strategy, score=hill, most=None):
    """Return the rounds of a strategy, each proposal as (model, candidate, params)."""
    rounds = []
    while (most is None or len(rounds) < most) and (proposals := strategy.ask()):
        rounds.append([(each.model, each.candidate, each.params) for each in proposals])
        strategy.tell([score(each.model, each.params) for each in proposals])
    return rounds


def flat(rounds):
    return [proposal for proposals in rounds for proposal in proposals]


@pytest.mark.parametrize("spaces", [{"svc": C_GAMMA}, CONDITIONAL], ids=["one mapping", "conditional"])
def test_the_same_scores_give_the_same_candidates(spaces):
    first, second = (rounds_of(search(spaces, n_trials=40, random_state=3)) for _ in range(2))
    assert first == second
    assert first != rounds_of(search(spaces, n_trials=40, random_state=4))


def test_other_scores_give_other_candidates():
    first = rounds_of(search(n_trials=40))
    second = rounds_of(search(n_trials=40), lambda model, params: [-score for score in hill(model, params)])
    assert first[:2] == second[:2]  # random ones, until enough scores are known
    assert first[2:] != second[2:]


@pytest.mark.parametrize("spaces", [{"svc": C_GAMMA}, CONDITIONAL], ids=["one mapping", "conditional"])
@pytest.mark.parametrize("most", [pytest.param(1, marks=pytest.mark.slow), 3, 5])
def test_a_search_that_is_replayed_from_its_scores_goes_on_as_if_it_had_not_stopped(spaces, most):
    whole = rounds_of(search(spaces, n_trials=48))
    recorded = {json.dumps(proposal): hill(proposal[0], proposal[2]) for proposal in flat(whole[:most])}
    resumed = search(spaces, n_trials=48)
    for expected in whole[:most]:
        proposals = [(each.model, each.candidate, each.params) for each in resumed.ask()]
        assert proposals == expected
        resumed.tell([recorded[json.dumps(proposal)] for proposal in proposals])
    assert rounds_of(resumed) == whole[most:]


def test_candidates_do_not_depend_on_the_hash_seed():
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import test_tpe as t\n"
        "print(json.dumps(t.rounds_of(t.search(t.CONDITIONAL, n_trials=32))))"
    )
    found = set()
    for seed in "12":
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code, os.path.dirname(__file__)]
        found.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(found) == 1


def test_the_global_state_of_random_generators_is_neither_read_nor_changed():
    found = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        before = random.getstate(), np.random.get_state()[1].tolist()
        found.append(rounds_of(search(CONDITIONAL, n_trials=24)))
        assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert found[0] == found[1]


@pytest.mark.parametrize("batch, size", [(8, 4), pytest.param(5, 3, marks=pytest.mark.slow)])
def test_candidates_are_those_of_optuna_asked_for_half_a_batch_while_the_other_half_is_evaluated(batch, size):
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=7))
    expected, in_progress = [], []
    for _ in range(40 // size):
        trials = [study.ask() for _ in range(size)]
        for trial in trials:
            trial.suggest_float("C", 1e-3, 1e5, log=True)
            trial.suggest_float("gamma", 1e-6, 1e2, log=True)
            # Optuna's study has 17 digits, candidates have 12; scores must be equal.
            expected.append({name: float(f"{value:.12g}") for name, value in trial.params.items()})
        in_progress.append((trials, expected[-size:]))
        if len(in_progress) == 2:
            for trial, params in zip(*in_progress.pop(0), strict=True):
                study.tell(trial, sum(hill("svc", params)) / 3)
    for seed in range(3):
        found = asked_in_any_order(search(n_trials=len(expected), batch=batch, random_state=7), seed, most=2 * size)
        assert found == expected


def asked_in_any_order(strategy, seed, most):
    """Return the parameters of all candidates where evaluations end in a random order; at most so many are in progress."""
    params, waiting, scores = [], [], {}

    def add(proposal, _round, _part):
        keys = [hashlib.sha256(repr((len(params), fold)).encode()).digest() for fold in range(3)]
        params.append(proposal.params)
        waiting.extend(zip((key.hex() for key in keys), hill("svc", proposal.params), strict=True))
        return keys

    rounds = Rounds([strategy], add)
    generator = random.Random(seed)
    while waiting:
        assert len(waiting) <= 3 * most
        key, score = waiting.pop(generator.randrange(len(waiting)))
        scores[key] = score
        while rounds.advance(scores):
            pass
    assert rounds.all_began(10**6)
    return params


def test_rounds_are_halves_of_a_batch():
    assert [len(proposals) for proposals in rounds_of(search(n_trials=10))] == [4, 4, 2]
    assert [len(proposals) for proposals in rounds_of(search(n_trials=5, batch=3))] == [2, 2, 1]
    assert [len(proposals) for proposals in rounds_of(search(n_trials=2, batch=1))] == [1, 1]
    assert [len(proposals) for proposals in rounds_of(search(n_trials=2, batch=30))] == [2]


def test_values_are_those_of_the_config():
    values = [True, 1, None, "a", {"tuple": [5, 5]}, 0.1, [1, 2]]
    space = {
        "any": values,
        "steps": {"logspace": [-1, 1, 3]},
        "depth": {"randint": [3, 5]},
        "share": {"uniform": [0, 1]},
        "rate": {"loguniform": [1, 10]},
    }
    found = [params for _, _, params in flat(rounds_of(search({"m": space}, n_trials=80, sampler=DRAWN)))]
    assert json.loads(json.dumps(found)) == found
    shown = {json.dumps(params["any"]) for params in found}
    assert shown == {json.dumps(value) for value in values}
    assert {params["steps"] for params in found} == {0.1, 1.0, 10.0}
    assert {params["depth"] for params in found} == {3, 4}
    assert {type(params["depth"]) for params in found} == {int}
    for name, low, high in (("share", 0, 1), ("rate", 1, 10)):
        assert {type(params[name]) for params in found} == {float}
        assert all(low <= params[name] <= high for params in found)
        assert all(params[name] == float(f"{params[name]:.12g}") for params in found)


def test_a_candidate_has_the_parameters_of_one_mapping_of_one_model():
    found = flat(rounds_of(search(CONDITIONAL, n_trials=60)))
    for model, _, params in found:
        if model == "forest":
            assert list(params) == ["max_depth", "max_features"]
        elif params["kernel"] == "linear":
            assert list(params) == ["kernel", "C"]
        else:
            assert list(params) == ["kernel", "C", "gamma"]
    assert {(model, params.get("kernel")) for model, _, params in found} == {
        ("forest", None),
        ("svc", "linear"),
        ("svc", "rbf"),
        ("svc", "poly"),
    }
    for name in CONDITIONAL:
        indices = [candidate for model, candidate, _ in found if model == name]
        assert indices == list(range(len(indices)))


def test_the_budget_moves_to_the_better_model():
    spaces = {"good": C_GAMMA, "bad": C_GAMMA}
    found = flat(rounds_of(search(spaces, n_trials=80), lambda model, params: [float(model == "good")] * 3))
    late = [model for model, _, _ in found[40:]]
    assert late.count("good") >= 30


def test_a_model_without_parameters_is_a_candidate():
    found = flat(rounds_of(search({"dummy": {}, "svc": C_GAMMA}, n_trials=16)))
    assert {model for model, _, params in found if not params} == {"dummy"}
    assert flat(rounds_of(search({"dummy": {}}, n_trials=2))) == [("dummy", 0, {}), ("dummy", 1, {})]


def test_a_finite_space_proposes_candidates_again():
    found = flat(rounds_of(search({"svc": {"C": [1, 2], "gamma": [1, 2]}}, n_trials=24)))
    assert [candidate for _, candidate, _ in found] == list(range(24))
    assert len({json.dumps(params) for _, _, params in found}) == 4


def test_a_candidate_with_a_failed_evaluation_is_a_failed_trial():
    def score(model, params):
        return [math.nan, 1.0, 1.0] if params["C"] > 10 else hill(model, params)

    strategy = search(n_trials=40)
    found = flat(rounds_of(strategy, score))
    assert found == flat(rounds_of(search(n_trials=40), score))
    states = [trial.state.name for trial in strategy._study.trials]
    assert states == ["FAIL" if params["C"] > 10 else "COMPLETE" for _, _, params in found]
    assert {"FAIL", "COMPLETE"} <= set(states)


def test_a_search_in_which_all_fail_ends():
    found = rounds_of(search(CONDITIONAL, n_trials=20), lambda model, params: [math.nan] * 3)
    assert [len(proposals) for proposals in found] == [4] * 5


def test_infinite_scores_do_not_end_the_search():
    found = rounds_of(search(n_trials=32), lambda model, params: [-math.inf if params["C"] > 1 else 1.0] * 3)
    assert [len(proposals) for proposals in found] == [4] * 8


@pytest.mark.slow
def test_the_optimum_is_found_better_than_by_random_search():
    def best(candidates):
        return max(hill("svc", params)[0] for params in candidates)

    learnt = [best(params for _, _, params in flat(rounds_of(search(n_trials=64, random_state=s)))) for s in range(5)]
    drawn = [best(draw(C_GAMMA, 64, s)) for s in range(5)]
    assert statistics.median(learnt) > statistics.median(drawn) / 2  # both are negative


@pytest.mark.parametrize(
    "sampler",
    [
        {"class": "optuna.samplers.RandomSampler"},
        {"class": "optuna.samplers.QMCSampler"},
        {"class": "optuna.samplers.NSGAIISampler", "population_size": 8},
        {"class": "optuna.samplers.TPESampler", "n_startup_trials": 4, "multivariate": False},
        {
            "class": "optuna.samplers.PartialFixedSampler",
            "fixed_params": {"C": 1.0},
            "base_sampler": {"class": "optuna.samplers.TPESampler"},
        },
    ],
    ids=lambda sampler: sampler["class"].rpartition(".")[2],
)
def test_other_samplers_of_optuna_get_the_seed(sampler):
    found = [rounds_of(search(n_trials=40, sampler=sampler, random_state=seed)) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]
    if "fixed_params" in sampler:
        assert {params["C"] for _, _, params in flat(found[0])} == {1.0}


@pytest.mark.parametrize(
    "sampler",
    [
        {"class": "optuna.samplers.BruteForceSampler"},
        {"class": "optuna.samplers.GridSampler", "search_space": {"C": [0, 1, 2], "gamma": [0, 1]}},
    ],
    ids=lambda sampler: sampler["class"].rpartition(".")[2],
)
def test_a_sampler_of_a_finite_space_ends_the_search(sampler):
    spaces = {"svc": {"C": [1, 2, 3], "gamma": [1, 2]}}
    found = flat(rounds_of(search(spaces, n_trials=40, batch=3, sampler=sampler)))
    assert len({json.dumps(params) for _, _, params in found}) == 6
    assert len(found) < 12


def test_a_sampler_keeps_its_own_seed():
    sampler = {"class": "optuna.samplers.RandomSampler", "seed": 5}
    found = [rounds_of(search(n_trials=8, sampler=sampler, random_state=seed)) for seed in (1, 2)]
    assert found[0] == found[1]


def test_nothing_is_written_to_the_screen(capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rounds_of(search(CONDITIONAL, n_trials=24), lambda model, params: [math.nan if "gamma" in params else 1.0])
        rounds_of(search(n_trials=16, sampler={"class": "optuna.samplers.QMCSampler"}))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_trials": 0}, "tpe: n_trials: is 0, must be 1 or more"),
        ({"batch": 0}, "tpe: batch: is 0, must be 1 or more"),
        ({"sampler": {"class": "optuna.samplers.NoSampler"}}, "'optuna.samplers.NoSampler'.* has no 'NoSampler'"),
        ({"sampler": {"class": "no_package.Sampler"}}, "no module named 'no_package'"),
        ({"sampler": {"class": "optuna.samplers.TPESampler", "n_startup": 3}}, "cannot be built: .*n_startup"),
        ({"sampler": {"class": "sklearn.svm.SVC"}}, "is no sampler"),
        ({"sampler": {"class": "random.Random"}}, "is no sampler"),
        ({"sampler": {"class": "numpy.random.RandomState"}}, "is no sampler"),
        ({"sampler": "TPESampler"}, "must be a mapping such as"),
        ({"sampler": {"n_startup_trials": 3}}, "must be a mapping such as"),
    ],
)
def test_bad_arguments_get_one_line(arguments, words):
    with pytest.raises(FoldworkError, match=words) as caught:
        search(**arguments)
    assert "\n" not in str(caught.value)


def test_a_sampler_that_cannot_go_on_gets_one_line():
    sampler = {"class": "optuna.samplers.GridSampler", "search_space": {"C": [1.0]}, "seed": 0}
    with pytest.raises(FoldworkError, match=r"tpe: sampler: optuna.samplers.GridSampler: ValueError: ") as caught:
        rounds_of(search(n_trials=8, sampler=sampler))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("sampler", "package"), [("CmaEsSampler", "cmaes"), ("GPSampler", "torch")])
def test_a_package_that_a_sampler_needs_is_named(sampler, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(FoldworkError, match=rf"tpe: sampler: optuna.samplers.{sampler}.*{package}") as caught:
        rounds_of(search(n_trials=24, sampler={"class": f"optuna.samplers.{sampler}"}))
    assert "\n" not in str(caught.value)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(FoldworkError, match=r"the package optuna is not installed; pip install foldwork\[tpe\]"):
        search()


def test_scores_are_told_for_each_candidate_of_a_round():
    strategy = search()
    strategy.ask()
    with pytest.raises(ValueError, match="shorter"):
        strategy.tell([[1.0]])
