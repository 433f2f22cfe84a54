"""What a race promises: its rounds, its decisions, and what it says of every candidate."""

import math

import numpy as np
import pytest

from foldwork.errors import FoldworkError
from foldwork.strategies.by_name import strategies_of
from foldwork.strategies.interface import Data
from foldwork.strategies.racing import Race, fold_order, strategies

NAN = math.nan


def race(n_candidates=6, n_folds=8, spaces=None, data=None, **arguments):
    spaces = spaces or {"m": {"a": list(range(n_candidates))}}
    (found,) = strategies(spaces, data or Data(n_folds=n_folds), **arguments)
    return found


def run(strategy, score):
    """Run a race; return its rounds. `score` takes a proposal and a fold."""
    rounds = []
    while proposals := list(strategy.ask()):
        rounds.append(proposals)
        strategy.tell([[score(proposal, fold) for fold in proposal.folds] for proposal in proposals])
    return rounds


def clear(proposal, fold):
    """Scores of which the first candidate's is the best by far."""
    return -proposal.candidate + 0.01 * math.sin(7 * fold + 3 * proposal.candidate)


def noisy(seed, n_candidates, n_folds, *, gap, noise):
    """A score of made candidates, of which 0 is the best by `gap`: folds differ, and share noise as folds of one dataset do."""
    rng = np.random.RandomState(seed)
    level = np.r_[0, -gap - rng.exponential(3 * gap, size=n_candidates - 1)]
    table = level[:, None] + rng.normal(size=n_folds) * 3 * noise + rng.normal(size=(n_candidates, n_folds)) * noise
    return lambda proposal, fold: table[proposal.candidate, fold]


def n_evaluations(rounds):
    return sum(len(proposal.folds) for proposals in rounds for proposal in proposals)


def test_all_candidates_run_the_burn_in_then_one_fold_a_round():
    strategy = race(random_state=3, burn_in=4)
    rounds = run(strategy, lambda proposal, fold: 0.5)
    order = fold_order(8, 3)
    assert [proposals[0].folds for proposals in rounds] == [tuple(sorted(order[:4])), *((fold,) for fold in order[4:])]
    assert all([proposal.candidate for proposal in proposals] == list(range(6)) for proposals in rounds)
    assert sorted(order) == list(range(8)) and order != list(range(8))


def test_asking_again_changes_nothing():
    strategy = race()
    assert strategy.ask() == strategy.ask()
    assert strategy.likely() == strategy.likely()


@pytest.mark.parametrize("test", ["friedman", "anova", "win_loss", "corrected"])
def test_the_last_one_runs_the_remaining_folds_in_one_round(test):
    data = Data(n_folds=30, n_train=(290,) * 30, n_test=(10,) * 30)
    strategy = race(data=data, test=test)
    rounds = run(strategy, clear)
    columns = strategy.row_columns()
    assert columns["m", 0] == {"n_folds": 30, "dropped": None, "dropped_by": None}
    assert all(3 <= columns["m", i]["dropped"] < 30 for i in range(1, 6))
    assert all(
        columns["m", i] | {"n_folds": columns["m", i]["dropped"], "dropped_by": test} == columns["m", i]
        for i in range(1, 6)
    )
    assert [proposal.candidate for proposal in rounds[-1]] == [0]
    assert sorted(fold for proposals in rounds for p in proposals if p.candidate == 0 for fold in p.folds) == list(
        range(30)
    )


def test_a_single_candidate_runs_all_folds_at_once():
    rounds = run(race(n_candidates=1), clear)
    assert [[proposal.folds for proposal in proposals] for proposals in rounds] == [[tuple(range(8))]]


def test_nobody_is_dropped_after_the_last_fold():
    strategy = race(n_folds=4, burn_in=3, alpha=0.001)
    run(strategy, clear)
    assert all(row == {"n_folds": 4, "dropped": None, "dropped_by": None} for row in strategy.row_columns().values())


def test_equal_scores_drop_nobody():
    for test in ("friedman", "anova", "win_loss"):
        strategy = race(n_folds=20, test=test)
        run(strategy, lambda proposal, fold: 0.1 * fold)
        assert not any(row["dropped"] for row in strategy.row_columns().values())


def test_a_candidate_with_a_failed_fold_is_dropped_at_once():
    strategy = race(random_state=0)
    fold = fold_order(8, 0)
    failures = {(1, fold[1]), (2, fold[4]), (3, fold[7])}
    rounds = run(strategy, lambda proposal, at: NAN if (proposal.candidate, at) in failures else 0.5)
    columns = strategy.row_columns()
    assert columns["m", 1] == {"n_folds": 3, "dropped": 3, "dropped_by": "failed"}
    assert columns["m", 2] == {"n_folds": 5, "dropped": 5, "dropped_by": "failed"}
    assert columns["m", 3] == {"n_folds": 8, "dropped": 8, "dropped_by": "failed"}
    assert columns["m", 0] == {"n_folds": 8, "dropped": None, "dropped_by": None}
    assert [len(proposals) for proposals in rounds] == [6, 5, 5, 4, 4, 4]


def test_the_race_ends_when_all_have_failed():
    for failing in (NAN, math.inf, -math.inf):
        strategy = race()
        assert len(run(strategy, lambda proposal, fold, failing=failing: failing)) == 1
        assert strategy.ask() == [] and strategy.likely() == []


def test_the_one_that_did_not_fail_finishes():
    rounds = run(race(), lambda proposal, fold: 0.5 if proposal.candidate == 4 else NAN)
    assert [(p.candidate, len(p.folds)) for p in rounds[-1]] == [(4, 5)]
    assert len(rounds) == 2


def test_the_next_fold_is_likely_for_those_that_race_the_best_first():
    strategy = race(random_state=1)
    order = fold_order(8, 1)
    assert [(p.candidate, p.folds) for p in strategy.likely()] == [(i, (order[3],)) for i in range(6)]
    ranked = [3, 1, 5, 0, 2, 4]

    def score(proposal, fold):  # ranks differ from fold to fold, so that several candidates stay
        return ((fold * 5 + proposal.candidate) % 6) / 10 - ranked.index(proposal.candidate) / 50

    strategy.tell([[score(proposal, fold) for fold in proposal.folds] for proposal in strategy.ask()])
    left = [proposal.candidate for proposal in strategy.ask()]
    means = {i: sum(score(strategy.ask()[left.index(i)], fold) for fold in order[:3]) / 3 for i in left}
    assert len(left) > 1
    assert [(p.candidate, p.folds) for p in strategy.likely()] == [
        (i, (order[4],)) for i in sorted(left, key=lambda i: -means[i])
    ]
    assert [p.candidate for p in strategy.likely()] != left


def test_the_next_round_is_a_part_of_what_was_likely():
    for seed in range(5):
        strategy = race(12, 15, random_state=seed)
        score, likely = noisy(seed, 12, 15, gap=0.5, noise=1.0), None
        while proposals := strategy.ask():
            if likely and len(proposals) > 1:
                assert {(p.candidate, p.folds) for p in proposals} <= likely
            likely = {(p.candidate, p.folds) for p in strategy.likely()}
            strategy.tell([[score(p, fold) for fold in p.folds] for p in proposals])


def test_nothing_is_likely_after_the_last_fold_or_for_the_last_one():
    strategy = race(n_folds=4)
    strategy.tell([[0.5] * 3] * 6)
    assert len(strategy.ask()) == 6 and strategy.likely() == []
    alone = race(n_candidates=1)
    assert alone.likely() == []


def test_the_same_scores_give_the_same_race():
    score = noisy(0, 10, 12, gap=0.3, noise=1.0)
    first, second = race(10, 12, random_state=5), race(10, 12, random_state=5)
    assert run(first, score) == run(second, score)
    assert first.row_columns() == second.row_columns()


def test_equal_candidates_of_one_model_are_proposed_once():
    strategy = race(spaces={"m": [{"a": [1, 2]}, {"a": [2, 3]}], "other": {"a": [1, True]}})
    found = [(proposal.model, proposal.candidate, proposal.params) for proposal in strategy.ask()]
    assert found == [
        ("m", 0, {"a": 1}),
        ("m", 1, {"a": 2}),
        ("m", 3, {"a": 3}),
        ("other", 0, {"a": 1}),
        ("other", 1, {"a": True}),
    ]


def test_models_race_against_each_other():
    strategy = race(n_folds=30, spaces={"good": {"a": [1, 2]}, "bad": {"a": [1, 2, 3]}})
    run(strategy, lambda p, fold: math.sin(fold * (p.candidate + 2)) * 0.1 - 10 * (p.model == "bad"))
    columns = strategy.row_columns()
    assert all(row["dropped"] for (model, _), row in columns.items() if model == "bad")
    assert not all(row["dropped"] for (model, _), row in columns.items() if model == "good")


def test_candidates_can_be_drawn():
    spec = {
        "models": {"m": {"space": {"a": {"uniform": [0, 1]}}}},
        "strategy": {"racing": {"n_iter": 7, "random_state": 2}},
    }
    ((found,), (again,)) = (strategies_of(spec, Data(n_folds=5)) for _ in range(2))
    assert isinstance(found, Race)
    values = [proposal.params["a"] for proposal in found.ask()]
    assert len(set(values)) == 7 and values == [proposal.params["a"] for proposal in again.ask()]


def test_the_better_of_two_wins_after_many_ties():
    def alternating(proposal, fold):
        return 0.001 if proposal.candidate == 1 and fold == 0 else float((fold + proposal.candidate) % 2)

    for test, n_folds in (("anova", 13), ("win_loss", 13), ("friedman", 30)):
        strategy = race(2, 30, test=test)
        run(strategy, alternating)
        columns = strategy.row_columns()
        assert sorted([columns["m", 0]["n_folds"], columns["m", 1]["n_folds"]]) == [n_folds, 30]
        if test != "friedman":
            assert "tie" in [columns["m", i]["dropped_by"] for i in (0, 1)]


def test_two_that_stay_equal_both_finish():
    strategy = race(2, 30, test="anova")
    run(strategy, lambda proposal, fold: 0.5)
    assert not any(row["dropped"] for row in strategy.row_columns().values())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_folds": 3}, "racing: burn_in is 3 and there are 3 folds"),
        ({"burn_in": 1}, "racing: burn_in is 1"),
        ({"test": "corrected"}, "racing: the test corrected needs"),
        ({"test": "anna"}, "racing: test is 'anna'"),
        ({"spaces": {"m": {"C": {"loguniform": [1, 9]}}}}, "racing: n_iter is missing, and C of m is a distribution"),
    ],
)
def test_what_cannot_be_raced_is_refused_in_one_line(arguments, words):
    with pytest.raises(FoldworkError) as refused:
        race(**arguments)
    assert str(refused.value).startswith(words) and "\n" not in str(refused.value)


@pytest.mark.parametrize("test", ["friedman", "anova", "win_loss", "corrected"])
def test_the_best_mostly_finishes_and_evaluations_are_saved(test):
    n_candidates, n_folds, n_tasks = 20, 10, 200
    data = Data(n_folds=n_folds, n_train=(90,) * n_folds, n_test=(10,) * n_folds)
    finished = spent = 0
    for seed in range(n_tasks):
        strategy = race(n_candidates, data=data, test=test, random_state=seed)
        spent += n_evaluations(run(strategy, noisy(seed, n_candidates, n_folds, gap=0.5, noise=0.5)))
        finished += not strategy.row_columns()["m", 0]["dropped"]
    assert finished >= 0.9 * n_tasks
    assert spent <= 0.8 * n_tasks * n_candidates * n_folds
