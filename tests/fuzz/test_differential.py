"""foldwork's scores are GridSearchCV's, to the last bit: random searches for five minutes, and every estimator of scikit-learn.

`FUZZ_SEED=123` evaluates that search alone; `FUZZ_SECONDS` is how long to go on.
"""

import os
import secrets
import shutil
import time

import pytest
from catalogue import EXCLUDED, PATHS
from differential import differences, refused_models, report
from evaluating import Cluster
from gridsearch import expected, hopeless
from searches import random_search
from sweep import DATA, divided, searches_of

pytestmark = pytest.mark.fuzz

SECONDS = float(os.environ.get("FUZZ_SECONDS", 300))
ONLY = os.environ.get("FUZZ_SEED")
SHOWN = 5
"""Searches that differ, after which nothing more is looked for."""


@pytest.fixture(scope="module")
def clusters(tmp_path_factory):
    """Return one real engine, and three."""
    folder = tmp_path_factory.mktemp("clusters")
    found = []
    try:
        for engines in (1, 3):
            found.append(Cluster(folder, engines))
        yield found
    finally:
        for cluster in found:
            cluster.close()


def test_random_searches_have_the_scores_of_gridsearchcv_shared_or_not_on_one_engine_and_on_three(clusters, tmp_path):
    one, three = clusters
    seed = int(ONLY) if ONLY else secrets.randbelow(10**9)
    print(f"from seed {seed} on")
    said, done, cells, numbers, deadline = [], 0, 0, 0, time.monotonic() + SECONDS
    while done == 0 or (not ONLY and time.monotonic() < deadline and len(said) < SHOWN):
        config = random_search(seed)
        # Plain evaluations do not meet: they are made in both places in turn.
        ways = [((one, three)[seed % 2], False), (one, True), (three, True)]
        outcome = differences(config, tmp_path / str(seed), ways)
        if outcome["unlike"]:
            said.append(report(seed, config, outcome))
            print(said[-1])
        shutil.rmtree(tmp_path / str(seed))
        cells, numbers = cells + outcome["cells"], numbers + outcome["cells"] - 3 * outcome["nan"]
        done, seed = done + 1, seed + 1
    print(f"{done} searches, {cells:,} cells, {numbers:,} of them numbers; {len(said)} searches differ")
    assert not said, "\n\n".join(said)
    assert ONLY or numbers > cells / 2, "most of what is compared should be scores, not failures"


@pytest.fixture(scope="module")
def swept(clusters, tmp_path_factory):
    """Return what came of every estimator: searches that differ, models refused without reason, and the estimators that had scores."""
    _, three = clusters
    folder = tmp_path_factory.mktemp("sweep")
    unlike, refused, exercised, cells = [], [], set(), 0
    for data in DATA:
        for name, whole in searches_of(data):
            config, others = divided(whole, refused_models(whole))
            outcome = differences(config, folder / data / name, [(three, False), (three, True)])
            cells += outcome["cells"]
            exercised |= {model.partition("-")[0] for model in outcome["scored"]}
            if outcome["unlike"]:
                unlike.append(report(f"sweep, {data}, {name}", {}, outcome))
            refused += sorted(set(others["searches"]["x"]["models"]) - hopeless(expected(others)))
    print(f"{cells:,} cells")
    return unlike, refused, exercised


def test_every_estimator_of_scikit_learn_has_the_scores_of_gridsearchcv_shared_or_not(swept):
    unlike, _, _ = swept
    assert not unlike, "\n\n".join(unlike)


def test_no_estimator_is_refused_that_gridsearchcv_can_score(swept):
    _, refused, _ = swept
    assert not refused


def test_every_estimator_of_scikit_learn_has_had_a_score_or_stands_among_the_excluded_with_a_reason(swept):
    _, _, exercised = swept
    assert set(PATHS) - exercised == set(EXCLUDED) and all(EXCLUDED.values()) and len(EXCLUDED) < 6
