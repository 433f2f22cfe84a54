"""A small, fixed share of the differential test of `make fuzz`: random searches in this process, evaluated in random order."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))

from differential import differences, report
from evaluating import InProcess
from searches import random_search

SEEDS = (0, 5, 19, 21, 52, 81, 91, 100, 114)
"""Swapped steps, steps that write into their input, random transforms, a Pipeline of another's, sparse matrices with wide indices: each was wrong once."""

SLOW = (21, 52, 81, 91)


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=pytest.mark.slow if seed in SLOW else ()) for seed in SEEDS])
@pytest.mark.filterwarnings("ignore")
def test_a_random_search_has_the_scores_of_gridsearchcv_shared_or_not(seed, tmp_path):
    config, here = random_search(seed), InProcess(seed)
    outcome = differences(config, tmp_path, [(here, False), (here, True), (here, True)])
    assert not outcome["unlike"], report(seed, config, outcome)


@pytest.mark.parametrize("before", [[], [{"same": {"class": "sklearn.preprocessing.FunctionTransformer"}}]])
def test_train_scores_of_kernel_ridge_do_not_depend_on_which_evaluations_came_before(before, tmp_path):
    # It keeps the X that it is fitted on, and scikit-learn computes the kernel of an array with itself in another way than with its copy.
    space = {"last__alpha": [1, 0.1], "last__gamma": [1, 0.1]}
    model = {
        "estimator": [*before, {"last": {"class": "sklearn.kernel_ridge.KernelRidge", "kernel": "rbf"}}],
        "space": space,
    }
    cv = {"class": "KFold", "n_splits": 3, "shuffle": True, "random_state": 45}
    config = {
        "datasets": {"d": {"load": "mine.make", "args": {"X": "dense", "y": "outputs", "rows": 12, "seed": 698}}},
        "splits": {"s": {"dataset": "d", "cv": cv}},
        "searches": {"x": {"splits": "s", "models": {"m": model}, "scoring": [], "train_scores": True}},
    }
    outcome = differences(config, tmp_path, [(InProcess(0), False), (InProcess(0), True)])
    assert outcome["cells"] and not outcome["unlike"], report("kernel ridge", config, outcome)
