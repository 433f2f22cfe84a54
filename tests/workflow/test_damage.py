"""Damaged files, two runs at once, and ledgers of other versions: nothing is lost or wrong, and what snakemake says to do is all there is to do.

Hundreds of damages to each file are in `tests/fuzz`; here are whole runs.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
from collections import Counter

import own
import pandas as pd
import pytest
from command import foldwork, rules, told
from sklearn.model_selection import ShuffleSplit
from study import Study, await_true, kill, roles, sleepy

from foldwork.execution.plan import Pending, Plan
from foldwork.records.evaluation import Evaluation
from foldwork.storage import ledger

SCORES = "results/searches/slow/scores.csv"
EVALUATED = "results/searches/slow/evaluated.json"
TARGETS = (SCORES, EVALUATED)
GRID = {"a": [0, 1, 2], "b": [0, 1]}


@pytest.fixture(scope="module")
def clean(template, tmp_path_factory):
    """Return a study whose tables are made. Not to be changed: copy it."""
    folder = tmp_path_factory.mktemp("damage") / "clean"
    shutil.copytree(template.folder, folder)
    study = Study(folder, sleepy(GRID))
    study.run(*TARGETS)
    return study


@pytest.fixture
def study(clean, tmp_path):
    """Return a copy of `clean` that may be changed."""
    shutil.copytree(clean.folder, tmp_path / "study")
    return Study(tmp_path / "study", clean.config)


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)


def damage_of(study):
    """Run a study, which must fail; return the line that says why."""
    done = study.run(*TARGETS, check=False)
    return told(done.returncode, done.stderr)


def test_a_damaged_fold_and_dataset_are_found_before_they_are_used_and_made_again_as_the_message_says(study, clean):
    scores = (clean.folder / SCORES).read_bytes()
    splits, dataset = study.folder / "results/splits/some", study.folder / "results/datasets/toy"
    foldwork("forget", "slow", cwd=study.folder)
    flip(splits / "fold-1.joblib", -100)
    flip(dataset / "data.joblib", 300)

    line = damage_of(study)
    assert line == (
        f"{splits / 'fold-1.joblib'}: its bytes are not the ones that were written (SHA-256 differs); "
        "remove its folder and run snakemake again"
    )
    assert all(record["fold"] == 0 for record in study.records("slow")), "nothing was fitted to the damaged fold"
    shutil.rmtree(splits)
    line = damage_of(study)
    assert line.startswith("results/datasets/toy/data.joblib: its bytes are not the ones that were written")
    assert line.endswith("; remove its folder and run snakemake again")
    shutil.rmtree(dataset)
    study.run(*TARGETS)
    assert (study.folder / SCORES).read_bytes() == scores
    records = study.records("slow")
    assert len(records) == len({record["key"] for record in records}) == 12


def test_records_that_are_damaged_after_the_end_never_become_empty_cells_and_are_evaluated_again_as_the_message_says(
    study, clean
):
    folder = study.search("slow")
    path, evaluated = folder / "ledger.jsonl", folder / "evaluated.json"
    lines = path.read_bytes().splitlines(keepends=True)
    flip(path, sum(map(len, lines[:3])) + len(lines[3]) // 2)
    (study.folder / SCORES).unlink()
    line = damage_of(study)
    assert line == (
        f"results/searches/slow/ledger.jsonl: 1 of 12 records are damaged, gone or not known to be right; remove {evaluated.relative_to(study.folder)} "
        "and run snakemake again, which evaluates those"
    )
    evaluated.unlink()
    done = study.run(*TARGETS)
    assert "slow: 12 evaluations, 11 recorded, 1 to do" in done.stderr
    assert f"slow: 1 damaged lines in {path.relative_to(study.folder)} are skipped" in done.stderr
    assert (study.folder / SCORES).read_bytes() == (clean.folder / SCORES).read_bytes()
    assert len(study.fits()) == 13

    evaluated.write_bytes(evaluated.read_bytes().replace(b'"recorded": 12', b'"recorded": 11', 1))
    (study.folder / SCORES).unlink()
    assert damage_of(study) == (
        "results/searches/slow/evaluated.json: its content is not what was written; remove it and run snakemake again"
    )


def test_a_ledger_of_another_version_of_foldwork_is_kept_and_not_used_and_that_is_said(study, clean):
    path = study.search("slow") / "ledger.jsonl"
    old = []
    for record in ledger.read(path):
        if record["key"].startswith("made:"):
            record |= {"id": "of old", "key": "made:of old", "evaluation": 0}
        else:
            record |= {"key": f"old {record['key']}", "made": "of old", "test": {"score": -1.0}}
        old.append(ledger.encode(record))
    old.append(ledger.encode({"key": "of a version that wrote other things", "score": 5}))
    text = "".join(line + "\n" for line in old)
    path.write_text(text)
    (study.search("slow") / "evaluated.json").unlink()
    done = study.run(*TARGETS)
    assert "slow: 12 evaluations, 0 recorded, 12 to do" in done.stderr
    assert "12 records of slow are kept and not used: foldwork's evaluation code 0 → 1" in done.stderr
    assert path.read_text().startswith(text)
    assert (study.folder / SCORES).read_bytes() == (clean.folder / SCORES).read_bytes()


@pytest.mark.slow
def test_of_two_runs_on_one_directory_the_second_is_refused_and_without_the_lock_the_first_gives_way(sleeper):
    study = sleeper(sleepy({"a": list(range(18)), "b": [0, 1]}, seconds=0.6))
    first = study.start(EVALUATED, env={"FOLDWORK_RUN": secrets.token_hex(8)})
    study.await_records("slow", 2)
    with open(study.folder / "second.log", "w") as log:
        second = subprocess.Popen(study.command(EVALUATED, "--nolock"), stderr=log)
    locked = study.evaluate("slow", check=False)
    assert locked.returncode != 0 and "cannot be locked" in locked.stderr
    assert (first.wait(30), second.wait(60)) == (1, 0)

    said = (study.folder / "second.log").read_text()
    recorded = int(re.search(r"72 evaluations, (\d+) recorded", said)[1])
    assert 2 <= recorded < 72
    screen = (study.folder / "screen.log").read_text()
    lines = [line for line in screen.splitlines() if line.startswith("foldwork:")]
    path = "results/searches/slow/ledger.jsonl"
    assert lines == [f"foldwork: {path}: another run has taken over this ledger; this one stops"]
    records = study.records("slow")
    assert len(records) == len({record["key"] for record in records}) == 72
    # What the first had in flight when it was replaced, and what it did until it noticed, is done twice: seconds of work.
    assert max(Counter(study.fits()).values()) <= 2 and len(study.fits()) <= 72 + 25
    X, _ = own.toy()
    for record in records:
        train, test = list(ShuffleSplit(2, test_size=0.25, random_state=0).split(X))[record["fold"]]
        model = own.Slow(**record["params"])
        model.mean_ = X[train].mean(axis=0)
        assert record["test"]["score"] == model.score(X[test])
    assert rules(study.evaluate("slow", "-n")) == set()


@pytest.mark.slow
def test_a_run_that_notices_late_that_another_has_finished_its_search_leaves_what_that_wrote(sleeper):
    study = sleeper(sleepy({"a": list(range(10)), "b": [0, 1]}, seconds=0.1))
    run = secrets.token_hex(8)
    first = study.start(EVALUATED, env={"FOLDWORK_RUN": run})
    study.await_records("slow", 2)
    held = roles(run)["evaluate"]
    kill(held, signal.SIGSTOP)
    try:
        study.evaluate("slow", "--nolock")
        written = (study.folder / EVALUATED).read_bytes()
    finally:
        kill(held, signal.SIGCONT)
    assert first.wait(30) == 0
    assert "another run has taken over this ledger and finished the search" in (study.folder / "screen.log").read_text()
    assert (study.folder / EVALUATED).read_bytes() == written
    assert len(study.records("slow")) == 40
    assert rules(study.evaluate("slow", "-n")) == set()


@pytest.mark.slow
def test_a_run_that_learns_late_that_its_job_has_failed_leaves_what_another_has_made_since(sleeper):
    study = sleeper(sleepy({"a": list(range(10)), "b": [0, 1]}, seconds=1))
    run = secrets.token_hex(8)
    first = study.start(EVALUATED, env={"FOLDWORK_RUN": run})
    study.await_records("slow", 2)
    held = roles(run)["evaluate"]
    kill(held, signal.SIGSTOP)
    # As on Slurm, where minutes may pass until Snakemake asks how its job is doing.
    os.kill(first.pid, signal.SIGSTOP)
    nonce = study.search("slow") / "ledger.writer"
    ours = nonce.read_text()
    try:
        with open(study.folder / "second.log", "w") as log:
            second = subprocess.Popen(study.command(EVALUATED, "--nolock"), stderr=log)
        await_true(lambda: nonce.read_text() != ours, 120, "the second run's takeover")
        kill(held, signal.SIGCONT)
        assert second.wait(120) == 0
        written = (study.folder / EVALUATED).read_bytes()
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert first.wait(30) == 1
    screen = (study.folder / "screen.log").read_text()
    # It notices at the next write, be that to the ledger or to a file beside it.
    assert re.search("another run (has taken over this ledger|does this work now); this one stops", screen)
    assert (study.folder / EVALUATED).exists(), screen
    assert (study.folder / EVALUATED).read_bytes() == written
    assert rules(study.evaluate("slow", "-n")) == set()


# ---- clocks


JUMPING = """
import pathlib
import time

clock, now = pathlib.Path(__file__).with_name("clock"), time.time
time.time = lambda: now() + float(clock.read_text() or 0)
"""


@pytest.mark.slow
def test_a_clock_that_jumps_during_a_search_changes_nothing(sleeper, tmp_path):
    study = sleeper(sleepy({"a": list(range(10)), "b": [0, 1]}, seconds=0.1, timeout=30))
    # The machine's own clock is not ours to set: every Python of the run has another, from its start on.
    (tmp_path / "sitecustomize.py").write_text(JUMPING)
    clock = tmp_path / "clock"
    clock.write_text("0")
    snakemake = study.start("results/searches/slow/evaluations.csv", env={"PYTHONPATH": str(tmp_path)})
    for records, jump in ((4, "-7200"), (16, "260000")):
        study.await_records("slow", records)
        clock.write_text(jump)
    assert snakemake.wait(60) == 0, (study.folder / "screen.log").read_text()
    rows = pd.read_csv(study.search("slow") / "evaluations.csv")
    assert len(rows) == 40 and (rows["status"] == "ok").all()
    started, finished = (pd.to_datetime(rows[name]) for name in ("started", "finished"))
    assert len(set(started.dt.day)) > 1, "the clock did jump"
    assert ((finished - started).dt.total_seconds().between(0.1, 5)).all()
    assert (rows["fit_time"].between(0.1, 5)).all()


def test_a_clock_that_is_set_back_during_a_fit_does_not_upset_the_plan():
    evaluations = [Evaluation(str(n), "m", n, {"C": n}, 0) for n in range(6)]
    plan = Plan(map(Pending, evaluations))
    (first,) = plan.next(2)
    plan.learn(first.evaluation, -3600.0)
    given = [first]
    while bundle := plan.next(2):
        given += bundle
    assert sorted(e.evaluation.key for e in given) == sorted(e.key for e in evaluations)
