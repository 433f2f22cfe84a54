"""The plan gives out every evaluation once, one fold at a time, the longest first, in bundles that shrink."""

import math
import random
from itertools import groupby, pairwise

import pytest

from foldwork.execution.plan import MAX_BUNDLE, SHARED_TARGET, TARGET, Pending, Plan
from foldwork.records.evaluation import Evaluation


def pending(key, model, params, candidate, fold, *more, **named):
    return Pending(Evaluation(key, model, candidate, params, fold), *more, **named)


def grid(candidates, folds=3, model="m", share=None):
    return [
        pending(f"{model}-{c}-{k}", model, {"c": c}, c, k, share(c) if share else None)
        for c in range(candidates)
        for k in range(folds)
    ]


def drawn(plan, engines=2):
    """Take bundles until none is left."""
    bundles = []
    while bundle := plan.next(engines):
        bundles.append(bundle)
    return bundles


def taught(evaluations, seconds, folds=1):
    """Return a plan that has measured each candidate of a fold that is none of the evaluations'."""
    plan = Plan(evaluations)
    for evaluation in {e.evaluation.candidate: e.evaluation for e in evaluations}.values():
        plan.learn(evaluation, seconds(evaluation))
    return plan


@pytest.mark.parametrize("seed", range(20))
def test_everything_comes_out_once_whatever_happens_in_between(seed):
    choose = random.Random(seed)
    share = [None, lambda c: c % 3, lambda c: ("k", c // 2)][seed % 3]
    waiting = grid(choose.randint(1, 60), choose.randint(1, 5), share=share) + grid(7, 2, model="other")
    everything = {each.evaluation.key for each in waiting}
    choose.shuffle(waiting)
    plan, flying, done = Plan(), [], []
    while waiting or flying or len(plan):
        what = choose.random()
        if what < 0.3 and waiting:
            plan.add(waiting.pop())
        elif what < 0.7 and (bundle := plan.next(choose.randint(0, 4))):
            assert len({each.evaluation.fold for each in bundle}) == 1
            flying.append(bundle)
        elif flying:
            bundle = flying.pop(choose.randrange(len(flying)))
            if choose.random() < 0.2:  # its engine died
                for evaluation in bundle:
                    plan.add(evaluation, alone=choose.random() < 0.5)
                continue
            for evaluation in bundle:
                plan.learn(evaluation.evaluation, choose.expovariate(10))
                done.append(evaluation.evaluation.key)
        assert len(plan) + len(waiting) + sum(map(len, flying)) + len(done) == len(everything)
    assert len(done) == len(set(done)) and set(done) == everything
    assert plan.next(2) == [] and plan.remaining() == 0


def test_what_is_unknown_travels_alone():
    assert {len(bundle) for bundle in drawn(Plan(grid(5)))} == {1}


def test_the_longest_expected_goes_first_once_it_is_known():
    plan = taught(grid(20, folds=1), lambda e: 2.0 + (e.candidate * 7) % 20)
    order = [evaluation.expected for bundle in drawn(plan) for evaluation in bundle]
    assert order == sorted(order, reverse=True) and order[0] > order[-1]


def test_a_candidate_is_expected_to_take_what_it_took_on_another_fold():
    evaluations = grid(3, folds=2)
    plan = taught(evaluations, lambda e: 10.0**-e.candidate)
    assert [plan.expectation.seconds(e.evaluation) for e in evaluations[:4:2]] == pytest.approx([1.0, 0.1])


def test_a_new_candidate_is_expected_to_take_what_its_values_take():
    plan = Plan()
    at = {(a, b): pending(f"{a}{b}", "m", {"a": a, "b": b}, 2 * a + b, 0) for a in (0, 1) for b in (0, 1)}
    for (a, b), evaluation in at.items():
        if (a, b) != (1, 1):
            for _ in range(50):
                plan.learn(evaluation.evaluation, 0.01 * 10**a * 10**b)
    assert plan.expectation.seconds(at[1, 1].evaluation) > plan.expectation.seconds(at[0, 0].evaluation) * 5
    assert plan.expectation.seconds(Evaluation("x", "unseen", 9, {}, 0)) == math.inf


def test_a_bundle_has_one_fold_and_one_group_and_no_more_work_than_it_should():
    for share, most in ((None, TARGET), (lambda c: c % 2, SHARED_TARGET)):
        plan = taught(grid(300, folds=4, share=share), lambda e: 0.01 * (1 + e.candidate % 5))
        for bundle in drawn(plan):
            assert len({(each.evaluation.fold, each.group) for each in bundle}) == 1
            assert len(bundle) <= MAX_BUNDLE
            assert len(bundle) == 1 or sum(evaluation.expected for evaluation in bundle) <= most * 1.001


def test_what_shares_is_gone_through_in_one_go_and_what_is_near_together():
    evaluations = [pending(f"{c}-{k}", "m", {"c": c}, c, k, "steps", str(c % 4)) for c in range(40) for k in range(3)]
    order = [e for bundle in drawn(taught(evaluations, lambda e: 0.5 + e.candidate / 100)) for e in bundle]
    assert len([fold for fold, _ in groupby(e.evaluation.fold for e in order)]) == 3
    assert len([near for near, _ in groupby((e.evaluation.fold, e.near) for e in order)]) == 3 * 4
    assert [e.near for e in order][::10][:4] == ["3", "2", "1", "0"], "the group of the longest first"


@pytest.mark.parametrize("share", [None, "steps"])
@pytest.mark.parametrize("known", [True, False])
def test_an_ensemble_is_given_out_with_the_shorter_ones_that_are_cut_from_it_the_longest_first(share, known):
    evaluations = [
        pending(f"{depth}-{trees}-{k}", "m", {"d": depth, "n": trees}, 10 * depth + trees, k, share, str(depth))
        for depth in range(8)
        for trees in (3, 9, 1)
        for k in range(2)
    ]
    for evaluation in evaluations:
        evaluation.stages = evaluation.evaluation.params["n"]
    evaluations += grid(12, 2, model="other")
    random.Random(3).shuffle(evaluations)
    plan = taught(evaluations, lambda e: 3.0) if known else Plan(evaluations)
    bundles = drawn(plan)
    assert plan.remaining() == 0
    found = [
        (depth, [e.stages for e in together])
        for bundle in bundles
        for depth, together in groupby((e for e in bundle if e.stages), lambda e: e.evaluation.params["d"])
    ]
    assert sorted(found) == sorted((depth, [9, 3, 1]) for depth in list(range(8)) * 2)
    assert {len(bundle) for bundle in bundles} <= {1, 3}, "each is longer than a bundle should be"


def test_an_ensemble_that_takes_long_goes_before_others_that_do_not():
    evaluations = [
        pending(f"{d}-{n}", "m", {}, 10 * d + n, 0, None, str(d), stages=n) for d in range(1, 5) for n in (1, 2)
    ]
    evaluations += grid(5, 1, model="other")
    plan = taught(evaluations, lambda e: 9.0 - e.candidate if e.model == "other" else 0.5 + e.candidate / 6)
    order = [(e.evaluation.model, e.evaluation.candidate) for bundle in drawn(plan) for e in bundle]
    assert order[:6] == [("other", 0), ("other", 1), ("m", 42), ("m", 41), ("other", 2), ("other", 3)]


def test_bundles_shrink_towards_the_end():
    bundles = drawn(taught(grid(2000, folds=1), lambda e: 0.005), engines=2)
    sizes = [len(bundle) for bundle in bundles]
    assert sizes[0] == pytest.approx(TARGET / 0.005, abs=1)
    assert sizes[-1] == 1
    assert sum(sizes[-6:]) < 60
    assert all(later <= earlier + 1 for earlier, later in pairwise(sizes))


def test_a_suspect_travels_alone_after_all_others():
    plan = taught(grid(10, folds=1), lambda e: 0.001)
    suspect = pending("suspect", "m", {"c": 3}, 3, 0)
    plan.add(suspect, alone=True)
    bundles = drawn(plan)
    assert bundles[-1] == [suspect] and sum(map(len, bundles)) == 11


def test_candidates_of_which_no_fold_has_been_given_out_go_first_fold_by_fold():
    folds = range(3)
    plan = Plan(pending(f"{c}-{f}", "m", {"C": c}, c, f) for c in range(8) for f in folds)
    given = []
    while len(given) < 8:
        bundle = plan.next(4)
        given += bundle
        for evaluation in bundle * 2:  # enough to order anew
            plan.learn(evaluation.evaluation, 0.1 + evaluation.evaluation.candidate)
    assert {e.evaluation.candidate for e in given} == set(range(8)) and {e.evaluation.fold for e in given} == {0}
    rest = []
    while bundle := plan.next(4):
        rest += bundle
    assert [e.evaluation.candidate for e in rest] == sorted((e.evaluation.candidate for e in rest), reverse=True), (
        "the longest of what is left first"
    )
