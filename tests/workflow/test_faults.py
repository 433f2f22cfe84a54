"""Engines die, hang and eat: nothing is lost, what is repeated was in flight, and whoever did it is named."""

import random
import secrets
import signal
import time
from collections import Counter

import pytest
from study import await_true, kill, roles, sleepy

ONE = {"class": "ShuffleSplit", "n_splits": 1, "test_size": 0.25, "random_state": 0}
SLOW_GRID = {"a": list(range(10)), "b": [0, 1, 2, 3]}


def by_a(study):
    """Return the records of a search by their parameter a, each evaluation once."""
    records = study.records("slow")
    assert len({record["key"] for record in records}) == len(records)
    found = {}
    for record in records:
        found.setdefault(record["params"]["a"], []).append(record)
    return found


@pytest.mark.parametrize(
    "all_of_them", [pytest.param(False, marks=pytest.mark.slow), True], ids=["one engine", "all engines"]
)
def test_engines_killed_in_the_middle_of_a_fit_lose_nothing(sleeper, all_of_them):
    study = sleeper(sleepy(SLOW_GRID, seconds=0.1))
    run = secrets.token_hex(8)
    snakemake = study.start(study.evaluated("slow"), env={"FOLDWORK_RUN": run})
    study.await_records("slow", 10, 40)
    engines = roles(run)["engines"]
    kill(engines if all_of_them else engines[:1])
    assert snakemake.wait(60) == 0
    study.all_well("slow", 80)
    assert len(study.fits()) - 80 <= (20 if all_of_them else 10), "a bundle of each engine at most is done again"
    assert len({record["pid"] for record in study.records("slow")}) == 2 + (2 if all_of_them else 1)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [8, 100])
def test_engines_killed_again_and_again_lose_nothing(sleeper, kills):
    study = sleeper(sleepy({"a": list(range(kills)), "b": [0, 1]}, seconds=0.1))
    assert hunt(study, secrets.token_hex(8), kills) == kills
    study.all_well("slow", 4 * kills)


def hunt(study, run, most):
    """Run a search and kill one of its engines every now and then; return how many were killed."""
    snakemake = study.start(study.evaluated("slow"), env={"FOLDWORK_RUN": run})
    choose = random.Random(0)
    killed = set()
    while snakemake.poll() is None:
        engines = [pid for pid in roles(run)["engines"] if pid not in killed]
        if len(killed) < most and engines and study.fits():
            pid = choose.choice(engines)
            kill([pid])
            killed.add(pid)
        time.sleep(0.25)
    assert snakemake.returncode == 0, (study.folder / "screen.log").read_text()[-3000:]
    return len(killed)


@pytest.mark.slow
def test_an_engine_that_stops_answering_is_replaced(sleeper):
    study = sleeper(sleepy({"a": list(range(4))}, seconds=0.5))
    run = secrets.token_hex(8)
    snakemake = study.start(study.evaluated("slow"), env={"FOLDWORK_RUN": run})
    await_true(lambda: len(study.fits()) >= 2, 40, "two fits")
    kill(roles(run)["engines"][:1], signal.SIGSTOP)
    assert snakemake.wait(60) == 0
    study.all_well("slow", 8)
    assert len(study.fits()) <= 8 + 2


def test_poison_is_recorded_by_name_and_everything_else_finishes(sleeper):
    study = sleeper(sleepy({"a": [0, 1, 2, 3, -1, -2, -3, -4, -5]}, kind="Poison", timeout=3, cv=ONE))
    done = study.run("--set-resources", "evaluate:mem_mb=600")
    records = by_a(study)
    assert {a: len(found) for a, found in records.items()} == dict.fromkeys([0, 1, 2, 3, -1, -2, -3, -4, -5], 1)
    what = {
        -1: "exit code 3",
        -2: "segmentation fault",
        -3: "timeout: took longer than 3 s",
        -4: "over its share",
        -5: "ValueError",
    }
    for a, found in records.items():
        for record in found:
            assert record["status"] == ("failed" if a < 0 else "ok")
            assert what.get(a, "None") in str(record["error"])
    fits = Counter(a for a, _, _ in study.fits())
    assert {a: n for a, n in fits.items() if int(a) < 0} == {"-1": 3, "-2": 3, "-3": 1, "-4": 3, "-5": 1}
    assert max(n for a, n in fits.items() if int(a) >= 0) <= 3
    assert "5 of 9 evaluations failed" in done.stderr
    log = (study.folder / "logs/evaluate/slow.log").read_text()
    assert "failed: slow {'a': -2} on fold 0: ended 3 engines, the last one so: signal 11 (segmentation fault)" in log
    again = study.run("-n")
    assert "Nothing to be done" in again.stdout + again.stderr


@pytest.mark.slow
def test_forests_that_take_too_long_hold_up_no_shorter_ones(sleeper):
    config = sleepy({}, timeout=3, cv=ONE)
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0}
    config["searches"]["slow"]["models"]["slow"] = {
        "estimator": forest,
        "space": {"n_estimators": [4, 400_000, 2, 300_000]},
    }
    study = sleeper(config)
    study.evaluate("slow")
    records = [(record["params"]["n_estimators"], record["error"]) for record in study.records("slow")]
    too_long = "timeout: took longer than 3 s"
    assert records[0] == (400_000, too_long), "they travel together, the longest first"
    assert sorted(records[1:3]) == [(2, None), (4, None)], "and after its end each for itself"
    assert records[3] == (300_000, too_long)
