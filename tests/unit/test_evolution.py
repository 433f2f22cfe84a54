"""What the strategy evolution promises: generations that depend on config, seed and scores alone, and find good candidates."""

import json
import math
import random
import statistics
import sys

import numpy as np
import pytest

from foldwork.errors import FoldworkError
from foldwork.strategies.evolution import strategies
from foldwork.strategies.interface import Data
from foldwork.strategies.sampling import draw, identity
from foldwork.study.search_space import candidates

DATA = Data(n_folds=3)
ALGORITHMS = ("genetic", "cma_es", "pso")
C_GAMMA = {"C": {"loguniform": [1e-3, 1e5]}, "gamma": {"loguniform": [1e-6, 1e2]}}
NUMBERS = {**C_GAMMA, "degree": {"randint": [1, 30]}, "share": {"uniform": [0, 1]}}
MIXED = {
    **C_GAMMA,
    "degree": {"range": [1, 9]},
    "kernel": ["rbf", "poly", "sigmoid"],
    "weight": [None, "balanced", {"dict": [[0, 1], [1, 5]]}],
}
MAPPINGS = [
    {"kernel": ["linear"], "C": {"loguniform": [1e-3, 1e5]}},
    {"kernel": ["rbf", "poly"], **C_GAMMA},
]


def hill(params):
    """Return three folds' scores; the best is near 0, at C = 10, gamma = 0.01, degree = 4 and share = 0.5."""
    score = -((math.log10(params["C"]) - 1) ** 2) - (math.log10(params.get("gamma", 1)) + 2) ** 2
    score -= ((params.get("degree", 4) - 4) / 10) ** 2 + (params.get("share", 0.5) - 0.5) ** 2
    score -= params.get("kernel", "rbf") != "rbf"
    return [score, score + 0.5, score - 0.5]


def search(space=None, **arguments):
    (strategy,) = strategies({"svc": space or NUMBERS}, DATA, **arguments)
    return strategy


def rounds_of(strategy, score=hill, most=None):
    """Return the rounds of a strategy, each proposal as (candidate, generation, params)."""
    rounds = []
    while (most is None or len(rounds) < most) and (proposals := strategy.ask()):
        rounds.append([(each.candidate, each.columns["generation"], each.params) for each in proposals])
        strategy.tell([score(each.params) for each in proposals])
    return rounds


def params_of(rounds):
    return [params for proposals in rounds for _, _, params in proposals]


KINDS = [(algorithm, NUMBERS) for algorithm in ALGORITHMS] + [("genetic", MIXED), ("genetic", MAPPINGS)]
KIND_NAMES = [*(f"{algorithm}, numbers" for algorithm in ALGORITHMS), "genetic, mixed", "genetic, mappings"]
every_kind = pytest.mark.parametrize(("algorithm", "space"), KINDS, ids=KIND_NAMES)


@every_kind
def test_the_same_scores_give_the_same_candidates(algorithm, space):
    found = [
        rounds_of(search(space, algorithm=algorithm, population=10, generations=6, random_state=seed))
        for seed in (3, 3, 4)
    ]
    assert found[0] == found[1] != found[2]


@every_kind
def test_other_scores_give_other_candidates(algorithm, space):
    settings = {"algorithm": algorithm, "population": 10, "generations": 4}
    first = rounds_of(search(space, **settings))
    second = rounds_of(search(space, **settings), lambda params: [-score for score in hill(params)])
    assert first[0] == second[0]
    assert first[1:] != second[1:]


@every_kind
@pytest.mark.parametrize("most", [1, 4])
def test_a_search_that_is_replayed_from_its_scores_goes_on_as_if_it_had_not_stopped(algorithm, space, most):
    settings = {"algorithm": algorithm, "population": 10, "generations": 7}
    whole = rounds_of(search(space, **settings))
    resumed = search(space, **settings)
    assert rounds_of(resumed, most=most) == whole[:most]
    assert rounds_of(resumed) == whole[most:]


@every_kind
def test_the_global_state_of_random_generators_is_neither_read_nor_changed(algorithm, space):
    found = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        before = random.getstate(), np.random.get_state()[1].tolist()
        found.append(rounds_of(search(space, algorithm=algorithm, population=10, generations=5)))
        assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert found[0] == found[1]


@every_kind
def test_nothing_is_proposed_twice(algorithm, space):
    rounds = rounds_of(search(space, algorithm=algorithm, population=12, generations=8))
    found = params_of(rounds)
    assert len({identity(params) for params in found}) == len(found)
    assert [candidate for proposals in rounds for candidate, _, _ in proposals] == list(range(len(found)))


def test_each_generation_is_a_round_and_a_column():
    rounds = rounds_of(search(population=9, generations=5))
    assert [{generation for _, generation, _ in proposals} for proposals in rounds] == [{0}, {1}, {2}, {3}, {4}]
    assert [len(proposals) for proposals in rounds] == [9] * 5


@pytest.mark.parametrize("population", [2, 3, 5])
@every_kind
def test_small_populations_work(algorithm, space, population):
    rounds = rounds_of(search(space, algorithm=algorithm, population=population, generations=5))
    assert len(rounds) == 5


@every_kind
def test_values_are_those_of_the_config(algorithm, space):
    found = params_of(rounds_of(search(space, algorithm=algorithm, population=20, generations=5)))
    assert json.loads(json.dumps(found)) == found
    for params in found:
        assert type(params["C"]) is float and 1e-3 <= params["C"] <= 1e5
        assert params["C"] == float(f"{params['C']:.12g}")
        if "share" in params:
            assert type(params["share"]) is float and 0 <= params["share"] <= 1
            assert type(params["degree"]) is int and 1 <= params["degree"] < 30
        if "weight" in params:
            assert params["weight"] in MIXED["weight"]
            assert params["degree"] in range(1, 9)


def test_a_candidate_has_the_parameters_of_one_mapping():
    found = params_of(rounds_of(search(MAPPINGS, population=20, generations=5)))
    assert {(params["kernel"], "gamma" in params) for params in found} == {
        ("linear", False),
        ("rbf", True),
        ("poly", True),
    }


def test_the_best_mapping_wins():
    found = params_of(rounds_of(search(MAPPINGS, population=20, generations=10)))
    late = [params["kernel"] for params in found[-40:]]
    assert late.count("rbf") > 20


def test_both_ends_of_a_list_and_of_a_range_of_integers_are_drawn_as_often_as_others():
    space = {"degree": {"randint": [0, 4]}, "C": [1, 2, 3], "x": {"uniform": [0, 1]}}
    first = [params for _, _, params in search_first(space, population=2000)]
    for name, values in (("degree", range(4)), ("C", (1, 2, 3))):
        shares = [sum(params[name] == value for params in first) / len(first) for value in values]
        assert shares == pytest.approx([1 / len(values)] * len(values), abs=0.04)


def search_first(space, **arguments):
    return [(each.candidate, each.columns, each.params) for each in search(space, **arguments).ask()]


def test_a_finite_space_is_evaluated_once_and_then_the_search_ends():
    space = {"C": [1, 2, 3], "kernel": ["rbf", "poly"]}
    found = params_of(rounds_of(search(space, population=4, generations=30), lambda params: [params["C"]] * 3))
    assert sorted(map(identity, found)) == sorted(map(identity, candidates(space)))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_model_without_a_varying_parameter_is_one_candidate(algorithm):
    for space in ({"C": [1]}, {"degree": {"randint": [1, 2]}}):
        rounds = rounds_of(search(space, algorithm=algorithm), lambda params: [1.0])
        assert rounds == [[(0, 0, {next(iter(space)): 1})]]
    (strategy,) = strategies({"dummy": {}}, DATA, algorithm=algorithm)
    assert rounds_of(strategy, lambda params: [1.0]) == [[(0, 0, {})]]


@pytest.mark.parametrize("algorithm", ["cma_es", "pso"])
def test_a_list_of_one_value_is_a_constant(algorithm):
    found = params_of(rounds_of(search({**C_GAMMA, "kernel": ["rbf"]}, algorithm=algorithm, generations=2)))
    assert {params["kernel"] for params in found} == {"rbf"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_one_number_alone_can_be_searched(algorithm):
    found = params_of(rounds_of(search({"C": C_GAMMA["C"]}, algorithm=algorithm)))
    assert max(hill(params)[0] for params in found) > -4.001


def test_each_model_has_a_population_of_its_own():
    spaces = {"a": C_GAMMA, "b": MIXED}
    both = strategies(spaces, DATA, population=6, generations=3)
    for strategy, (model, space) in zip(both, spaces.items(), strict=True):
        (alone,) = strategies({model: space}, DATA, population=6, generations=3)
        assert {each.model for each in strategy.ask()} == {model}
        strategy.tell([[1.0]] * 6)
        alone.ask()
        alone.tell([[1.0]] * 6)
        assert rounds_of(strategy) == rounds_of(alone)


@every_kind
def test_a_failed_candidate_has_the_worst_fitness(algorithm, space):
    settings = {"algorithm": algorithm, "population": 16, "generations": 8}
    found = params_of(rounds_of(search(space, **settings), lambda p: [math.nan, 9, 9] if p["C"] > 1 else [p["C"]] * 3))
    shares = [sum(params["C"] > 1 for params in part) / len(part) for part in (found[:32], found[-32:])]
    assert shares[1] < 0.75
    assert max(params["C"] for params in found if params["C"] <= 1) > 0.5


@every_kind
@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, 0.0])
def test_equal_scores_do_not_end_the_search(algorithm, space, score):
    rounds = rounds_of(search(space, algorithm=algorithm, population=6, generations=40), lambda params: [score] * 3)
    assert len(rounds) == 40


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_converged_search_goes_on(algorithm):
    rounds = rounds_of(search(C_GAMMA, algorithm=algorithm, population=8, generations=300))
    found = params_of(rounds)
    assert max(hill(params)[0] for params in found) > -1e-4
    assert len(rounds) > 150


@every_kind
def test_the_optimum_is_found_better_than_by_random_search(algorithm, space):
    def best(found):
        return max(hill(params)[0] for params in found)

    settings = {"algorithm": algorithm, "population": 16, "generations": 10}
    bred = [best(params_of(rounds_of(search(space, **settings, random_state=seed)))) for seed in range(7)]
    drawn = [best(draw(space, 160, seed)) for seed in range(7)]
    assert statistics.median(bred) > statistics.median(drawn) / 2  # both are negative


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"population": 1}, "evolution: population: is 1, must be 2 or more"),
        ({"generations": 0}, "evolution: generations: is 0, must be 1 or more"),
        ({"algorithm": "annealing"}, "evolution: algorithm: is 'annealing', must be one of genetic, cma_es, pso"),
    ],
)
def test_bad_arguments_get_one_line(arguments, words):
    with pytest.raises(FoldworkError, match=words) as caught:
        search(**arguments)
    assert "\n" not in str(caught.value)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "deap", None)
    with pytest.raises(FoldworkError, match=r"the package deap is not installed; pip install foldwork\[evolution\]"):
        search()


def test_scores_are_told_for_each_candidate_of_a_round():
    strategy = search()
    strategy.ask()
    with pytest.raises(ValueError, match="shorter"):
        strategy.tell([[1.0]])
