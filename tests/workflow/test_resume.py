"""Whatever ends a run, the next one does what has no record, and nothing else."""

import json
import secrets
from collections import Counter

import pytest
from study import await_true, kill, processes_of, roles, sleepy

from foldwork.storage import ledger

GRID = {"a": list(range(10)), "b": [0, 1, 2]}
SCORES = "results/searches/slow/scores.csv"


def said(done):
    """Return what the evaluate job said that it would do."""
    return next(line for line in done.stderr.splitlines() if " to do" in line)


def test_a_killed_run_goes_on_where_it_was_and_gives_the_bytes_of_an_uninterrupted_one(sleeper):
    config = sleepy(GRID, seconds=0.1)
    whole, killed = sleeper(config, "whole"), sleeper(config, "killed")
    whole.run(SCORES)

    run = secrets.token_hex(8)
    snakemake = killed.start(SCORES, env={"FOLDWORK_RUN": run})
    killed.await_records("slow", 25)
    found = roles(run)
    kill(pid for role, pids in found.items() if role != "snakemake" for pid in pids)
    assert snakemake.wait(30) != 0
    await_true(lambda: not processes_of(run), 5, "no process of the run")
    recorded = len(killed.records("slow"))
    assert 25 <= recorded < 60

    done = killed.run(SCORES)
    assert said(done) == f"slow: 60 evaluations, {recorded} recorded, {60 - recorded} to do"
    killed.all_well("slow", 60)
    assert (killed.folder / SCORES).read_bytes() == (whole.folder / SCORES).read_bytes()
    assert not killed.leftovers()


@pytest.mark.slow
def test_after_a_kill_of_everything_unlock_is_all_that_is_asked_of_a_person(sleeper):
    study = sleeper(sleepy(GRID, seconds=0.1))
    run = secrets.token_hex(8)
    snakemake = study.start(SCORES, env={"FOLDWORK_RUN": run})
    study.await_records("slow", 10)
    kill(processes_of(run))
    snakemake.wait(10)
    recorded = len(study.records("slow"))
    (study.search("slow") / ".running.json.abc123.part").touch()  # it may have been writing

    locked = study.run(SCORES, check=False)
    assert locked.returncode != 0 and "--unlock" in locked.stderr
    study.run("--unlock")
    study.run(SCORES)
    study.all_well("slow", 60)
    assert len(study.fits()) - 60 <= 60 - recorded
    assert not study.leftovers()


@pytest.mark.slow
def test_growing_a_grid_a_splitter_or_changing_code_evaluates_what_is_new_and_no_more(sleeper):
    study = sleeper(sleepy({"a": [0, 1]}))
    assert said(study.evaluate("slow")) == "slow: 4 evaluations, 0 recorded, 4 to do"

    study.write(sleepy({"a": [0, 1, 2]}))
    assert said(study.evaluate("slow")) == "slow: 6 evaluations, 4 recorded, 2 to do"
    assert Counter(a for a, _, _ in study.fits()) == {"0": 2, "1": 2, "2": 2}

    cv = {"class": "ShuffleSplit", "n_splits": 3, "test_size": 0.25, "random_state": 0}
    study.write(sleepy({"a": [0, 1, 2]}, cv=cv))
    assert said(study.evaluate("slow")) == "slow: 9 evaluations, 6 recorded, 3 to do"
    assert sorted(Counter(fold for _, _, fold in study.fits()).values()) == [3, 3, 3]

    own = study.folder / "own.py"
    own.write_text(own.read_text().replace("self.a + 2 * self.b", "self.a + 3 * self.b"))
    done = study.evaluate("slow")
    assert said(done) == "slow: 9 evaluations, 0 recorded, 9 to do"
    assert "9 records of slow are kept and not used: source of own.py" in done.stderr
    study.all_well("slow", 18)


@pytest.mark.slow
def test_another_repeat_of_a_splitter_evaluates_that_repeat(sleeper):
    cv = {"class": "RepeatedStratifiedKFold", "n_splits": 2, "n_repeats": 1, "random_state": 0}
    study = sleeper(sleepy({"a": [0, 1]}, cv=cv))
    study.evaluate("slow")
    study.write(sleepy({"a": [0, 1]}, cv={**cv, "n_repeats": 2}))
    assert said(study.evaluate("slow")) == "slow: 8 evaluations, 4 recorded, 4 to do"
    assert sorted(Counter(fold for _, _, fold in study.fits()).values()) == [2, 2, 2, 2]


def test_a_row_that_changes_is_evaluated_anew_in_the_folds_that_use_it(sleeper):
    cv = {"class": "ShuffleSplit", "n_splits": 4, "train_size": 0.3, "test_size": 0.2, "random_state": 0}
    config = sleepy({"a": [0, 1]}, cv=cv)
    config["datasets"]["toy"] = {"file": "toy.csv", "target": "y"}
    study = sleeper(config)
    rows = [f"{row},{row % 7},{row % 2}" for row in range(20)]
    (study.folder / "toy.csv").write_text("\n".join(["u,v,y", *rows]) + "\n")
    study.evaluate("slow")
    digests = [fold["digest"] for fold in folds(study)]

    rows[3] = "3,99,1"
    (study.folder / "toy.csv").write_text("\n".join(["u,v,y", *rows]) + "\n")
    done = study.evaluate("slow")
    changed = sum(new["digest"] != old for new, old in zip(folds(study), digests, strict=True))
    assert 0 < changed < 4
    assert said(done) == f"slow: 8 evaluations, {8 - 2 * changed} recorded, {2 * changed} to do"


def folds(study):
    """Return what splits.json says of each fold."""
    return json.loads((study.folder / "results/splits/some/splits.json").read_text())["folds"]


def test_when_a_library_has_another_version_that_is_said_before_anything_is_computed(sleeper):
    study = sleeper(sleepy({"a": [0, 1]}))
    study.evaluate("slow")
    path = study.search("slow") / "ledger.jsonl"
    old = []
    for record in ledger.read(path):
        if record["key"].startswith("made:"):
            record["versions"]["scikit-learn"] = "1.0.2"
            record |= {"id": "of old", "key": "made:of old"}
        else:
            record |= {"key": "old " + record["key"], "made": "of old"}
        old.append(ledger.encode(record))
    path.write_text("".join(line + "\n" for line in old))

    done = study.evaluate("slow", "--forcerun", "evaluate")
    assert said(done) == "slow: 4 evaluations, 0 recorded, 4 to do"
    assert "4 records of slow are kept and not used: scikit-learn 1.0.2 → " in done.stderr
    assert len(study.records("slow")) == 8


@pytest.mark.slow
def test_after_success_nothing_is_done_by_force_the_same_bytes_and_a_torn_record_alone_again(sleeper):
    study = sleeper(sleepy({"a": [0, 1], "b": [0, 1]}))
    study.run()
    files = ["scores.csv", "best.json", "validation.png", "ledger.jsonl"]
    before = [(study.search("slow") / name).read_bytes() for name in files]
    assert "Nothing to be done" in study.run().stderr

    done = study.run("--forcerun", "evaluate")
    assert said(done) == "slow: 8 evaluations, 8 recorded, 0 to do"
    assert [(study.search("slow") / name).read_bytes() for name in files] == before
    assert len(study.fits()) == 8

    # A torn last line loses that record alone; without evaluated.json evaluate is asked for, truthfully.
    path = study.search("slow") / "ledger.jsonl"
    path.write_bytes(path.read_bytes()[:-25])
    (study.search("slow") / "evaluated.json").unlink()
    dry = study.run("-n")
    assert "rule evaluate:" in dry.stderr + dry.stdout
    assert said(study.run()) == "slow: 8 evaluations, 7 recorded, 1 to do"
    assert len(study.fits()) == 9
    assert [(study.search("slow") / name).read_bytes() for name in files[:3]] == before[:3]
    dry = study.run("-n")
    assert "Nothing to be done" in dry.stderr + dry.stdout


def test_lines_that_are_no_records_are_passed_over_and_counted(sleeper):
    study = sleeper(sleepy({"a": [0]}))
    study.search("slow").mkdir(parents=True)
    (study.search("slow") / "ledger.jsonl").write_bytes(b'\0\xff\n{"model":"x"}\n' + b"\0" * 40)
    done = study.evaluate("slow")
    assert "3 damaged lines" in done.stderr
    assert len(list(ledger.read(study.search("slow") / "ledger.jsonl"))) == 3  # and what made them


def test_what_a_killed_run_left_is_swept_where_nothing_is_to_do_too(sleeper):
    study = sleeper(sleepy({"a": [0]}))
    study.evaluate("slow")
    (study.search("slow") / "evaluated.json").unlink()
    (study.search("slow") / ".run-dead/security").mkdir(parents=True)
    (study.search("slow") / ".run-dead/security/ipcontroller-client.json").touch()
    (study.search("slow") / ".evaluated.json.abc123.part").touch()
    study.evaluate("slow")
    assert not study.leftovers()
