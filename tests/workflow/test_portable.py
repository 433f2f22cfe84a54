"""The fallbacks for what Linux alone has: engines that are spawned and not forked, ends that are noticed by pipes. The results are the same bytes."""

import secrets
import shutil
from pathlib import Path

import pytest
from command import foldwork, told
from study import await_true, kill, processes_of, roles, sleepy
from test_nothing_left import nothing_left
from test_orphans import INHERIT, Run, lives

PORTABLE = {"FOLDWORK_PLATFORM": "portable"}

MODELS = {
    "svc": {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": [0.1, 1, 10], "gamma": [0.1, 1]}},
    "forest": {
        "estimator": {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0},
        "space": {"n_estimators": [3, 5], "max_depth": [2, 3]},
    },
    "writer": {"estimator": {"class": "own.Writer"}, "space": {"a": [1, 2, 3, 4]}},
}
"""Of which the last writes into the mapped folds."""


@pytest.mark.slow
def test_scores_are_the_same_bytes_and_are_verified_in_spawned_processes(sleeper, monkeypatch):
    config = sleepy({}, train_scores=True)
    config["searches"]["slow"]["models"] = MODELS
    scores = "results/searches/slow/scores.csv"
    run = secrets.token_hex(8)
    forked, spawned = sleeper(config, "forked"), sleeper(config, "spawned")
    forked.run(scores)
    spawned.run(scores, env={**PORTABLE, "FOLDWORK_RUN": run})
    nothing_left(spawned, run, 1)
    assert (forked.folder / scores).read_bytes() == (spawned.folder / scores).read_bytes()
    monkeypatch.setenv(*next(iter(PORTABLE.items())))
    assert foldwork("verify", "slow", "--sample", "2", cwd=forked.folder).stdout == "2 of 2 equal\n"


@pytest.mark.parametrize(
    "role", ["evaluate", *(pytest.param(role, marks=pytest.mark.slow) for role in ("host", "controller"))]
)
def test_all_processes_end_after_one_of_them_is_killed(sleeper, role):
    study = sleeper(sleepy({"a": list(range(40))}, seconds=0.2))
    run = secrets.token_hex(8)
    snakemake = study.start(study.evaluated("slow"), env={**PORTABLE, "FOLDWORK_RUN": run})
    try:
        study.await_records("slow", 3, 150)
        kill(roles(run)[role])
        nothing_left(study, run)
        assert snakemake.wait(15) != 0
    finally:
        kill(processes_of(run))


def test_engines_end_when_evaluate_controller_and_host_are_killed_at_once(sleeper):
    study = sleeper(sleepy({"a": list(range(40))}, seconds=0.2))
    run = secrets.token_hex(8)
    snakemake = study.start(study.evaluated("slow"), env={**PORTABLE, "FOLDWORK_RUN": run})
    try:
        study.await_records("slow", 3, 150)
        found = roles(run)
        kill([*found["evaluate"], *found["controller"], *found["host"]])
        await_true(lambda: not processes_of(run), 15, lambda: f"no process, but {processes_of(run)}")
        assert snakemake.wait(15) != 0
    finally:
        kill(processes_of(run))


@pytest.mark.slow
def test_an_engine_that_is_killed_is_replaced(sleeper):
    study = sleeper(sleepy({"a": list(range(20))}, seconds=0.2))
    run = secrets.token_hex(8)
    snakemake = study.start(study.evaluated("slow"), env={**PORTABLE, "FOLDWORK_RUN": run})
    study.await_records("slow", 3, 150)
    engines = roles(run)["engines"]
    kill(engines[:1])
    await_true(lambda: len(set(roles(run)["engines"]) - set(engines)) == 1, 20, "another engine")
    assert snakemake.wait(120) == 0
    study.all_well("slow", 40)
    nothing_left(study, run, 1)


@pytest.mark.slow
def test_an_evaluation_that_kills_its_engines_is_recorded_by_name(sleeper):
    one = {"class": "ShuffleSplit", "n_splits": 1, "test_size": 0.25, "random_state": 0}
    study = sleeper(sleepy({"a": [0, -1, -3, 1]}, kind="Poison", timeout=3, cv=one))
    study.evaluate("slow", env=PORTABLE)
    errors = {record["params"]["a"]: record["error"] for record in study.records("slow")}
    assert errors == {
        0: None,
        1: None,
        -1: "ended 3 engines, the last one so: exit code 3",
        -3: "timeout: took longer than 3 s",
    }


@pytest.mark.slow
def test_what_the_estimators_of_a_killed_engine_have_started_ends(tmp_path, monkeypatch):
    monkeypatch.setenv(*next(iter(PORTABLE.items())))
    run = Run(tmp_path, INHERIT)
    try:
        (first, mine), (second, others) = run.fits().items()
        kill([first])
        await_true(lambda: not any(lives(pid) for pid in mine), 10, lambda: [pid for pid in mine if lives(pid)])
        assert lives(second) and all(lives(pid) for pid in others)
        run.client.kill()
        await_true(lambda: not processes_of(run.mark), 20, lambda: f"no process, but {processes_of(run.mark)}")
        await_true(lambda: not run.children(), 1, lambda: f"no child, but {run.children()}")
    finally:
        run.close()
        for engine in run.fits():
            for name in run.shared(engine):  # the fallback looks for no files in /dev/shm
                path = Path("/dev/shm", name)
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def test_another_platform_is_refused_in_one_line(sleeper):
    study = sleeper(sleepy({"a": [0]}))
    done = study.evaluate("slow", check=False, env={"FOLDWORK_PLATFORM": "macos"})
    assert told(done.returncode, done.stderr) == "FOLDWORK_PLATFORM=macos: must be portable, or not set"
