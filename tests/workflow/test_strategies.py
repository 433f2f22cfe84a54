"""With real engines, a strategy's candidates depend on config and seed alone: on neither the number of engines nor a kill."""

import json
import os
import re
import signal
import time

import pytest
import yaml
from study import ROOT, TWO

SPACE = {"a": {"uniform": [0, 10]}, "b": {"randint": [0, 5]}}
STRATEGIES = {
    "halving": {"halving": {"n_candidates": 9, "min_resources": 4, "random_state": 1}},
    "race": {"racing": {"n_iter": 6, "burn_in": 2, "random_state": 1}},
}
"""Two that have little in common; tests/unit has all of them, without engines."""


def config(seconds=0.02):
    def search(strategy, **more):
        model = {"estimator": {"class": "own.Slow", "seconds": seconds}, "space": SPACE}
        return {
            "splits": "some",
            "models": {"slow": model, "other": model},
            "strategy": strategy,
            "refit": False,
        } | more

    return {
        "datasets": {"toy": {"load": "own.toy"}},
        "splits": {"some": {"dataset": "toy", "cv": TWO | {"n_splits": 4}}},
        "searches": {name: search(strategy) for name, strategy in STRATEGIES.items()}
        | {"ended": search({"random": {"n_iter": 30, "random_state": 2}}, stop={"score": 0.9, "patience": 20})},
    }


NAMES = [*STRATEGIES, "ended"]
TABLES = [f"results/searches/{name}/scores.csv" for name in NAMES]
PICTURES = [f"results/searches/{name}/validation.png" for name in NAMES]


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """Return a study that one engine has evaluated."""
    from study import Study

    study = Study(tmp_path_factory.mktemp("strategies") / "one", config())
    study.bring()
    study.run(*TABLES, cores=1)
    return study


def scores(study, name):
    return (study.folder / f"results/searches/{name}/scores.csv").read_bytes()


@pytest.mark.slow
def test_three_engines_give_the_bytes_of_one(one, study):
    three = study(config(), "three")
    three.bring()
    three.run(*TABLES, *PICTURES, cores=3)
    one.run(*PICTURES)
    for file in [*TABLES, *PICTURES]:
        assert (three.folder / file).read_bytes() == (one.folder / file).read_bytes()
    ended = json.loads((one.folder / "results/searches/ended/evaluated.json").read_text())
    assert ended["state"] == "complete" and ended["stop"]["rule"] in ("score", "patience")


def test_a_search_that_was_killed_at_half_goes_on_to_the_same_bytes_and_evaluates_nothing_twice(one, study):
    name = "halving"
    killed = study(config(), "killed")
    killed.bring()
    killed.run("results/splits/some")
    half = len(one.records(name)) // 2
    process = killed.start(killed.evaluated(name), cores=2)
    deadline = time.monotonic() + 120
    while len(killed.records(name)) < half:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = {record["key"] for record in killed.records(name)}
    killed.run("--unlock")
    killed.run(f"results/searches/{name}/scores.csv", "--rerun-incomplete")
    keys = [record["key"] for record in killed.records(name)]
    assert scores(killed, name) == scores(one, name)
    assert len(set(keys)) == len(keys) and before <= set(keys)


@pytest.mark.slow
def test_every_example_in_the_page_on_strategies_runs(study):
    page = (ROOT / "docs/strategies.md").read_text()
    searches = {}
    for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL):
        searches |= yaml.safe_load(block)["searches"]
    assert len(searches) >= 2
    digits = study(
        {
            "datasets": {"digits": {"load": "sklearn.datasets.load_digits"}},
            "splits": {"digits-5": {"dataset": "digits", "cv": {"class": "StratifiedKFold", "n_splits": 5}}},
            "searches": searches,
        }
    )
    digits.run()
    assert all((digits.folder / f"results/searches/{name}/best.json").exists() for name in searches)
