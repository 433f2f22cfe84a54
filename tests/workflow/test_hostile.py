"""Estimators that misbehave are failed rows: none blocks its search, now or in a later run."""

import csv
import secrets
from pathlib import Path

import pytest
from hostile import ENDS, KINDS, LATE, OK
from study import processes_of, sleepy

TARGETS = ["results/searches/slow/scores.csv", "results/searches/late/scores.csv"]


def rows_of(study, name):
    """Return the rows of a search's evaluations.csv."""
    with open(study.search(name) / "evaluations.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


QUICK = [kind for kind in KINDS if kind == "alarm" or kind not in ENDS]
"""All but those that each end three engines a fold."""


@pytest.fixture(scope="module", params=[QUICK, pytest.param(list(KINDS), marks=pytest.mark.slow)], ids=["most", "all"])
def hostile(request, template, tmp_path_factory):
    """Run one search of hostile estimators; return its study, its rows, the run's mark, and the kinds of estimators."""
    import shutil

    from study import Study

    folder = tmp_path_factory.mktemp("hostile") / "study"
    shutil.copytree(template.folder, folder)
    config = sleepy({})
    config["searches"]["slow"]["models"] = {
        "m": {"estimator": {"class": "hostile.Hostile"}, "space": {"kind": request.param}}
    }
    late = {"m": {"estimator": {"class": "hostile.Hostile"}, "space": {"kind": [*LATE, "good"]}}}
    config["searches"]["late"] = {**config["searches"]["slow"], "models": late, "timeout": 4}
    study = Study(folder, config)
    study.bring(Path(__file__).with_name("hostile.py"))
    run = secrets.token_hex(8)
    study.run(*TARGETS, "--set-resources", "evaluate:mem_mb=1600", env={"FOLDWORK_RUN": run})
    return study, rows_of(study, "slow"), run, request.param


def test_every_evaluation_has_a_row_and_the_good_ones_are_right(hostile):
    _, rows, _, kinds = hostile
    assert len(KINDS | LATE) > 30 and len(rows) == 2 * len(kinds)
    good = [row for row in rows if row["param_kind"] in OK]
    assert [(row["param_kind"], row["error"]) for row in good if row["error"]] == []
    assert [(row["status"], row["test_score"]) for row in good] == [("ok", "1.0")] * 2 * len(OK)
    assert all(row["status"] == "failed" and row["test_score"] == "" for row in rows if row not in good)


def test_the_error_of_each_is_one_line_that_a_file_can_hold(hostile):
    _, rows, _, kinds = hostile
    errors = {row["param_kind"]: row["error"] for row in rows}
    assert errors["unspeakable"] == "Unspeakable: its message cannot be had, str() raises RuntimeError"
    assert (
        errors["base"] == "Own: mine"
        and errors["interrupt"] == "KeyboardInterrupt"
        and errors["exit"] == "SystemExit: 3"
    )
    assert errors["surrogate"] == r"FileNotFoundError: data/caf\udce9.csv"
    assert len(errors["long"]) == 2000
    assert errors["alarm"] == "ended its engine by SIGALRM, a timer of its own"
    assert "scoring must return a number that a float can hold" in errors["huge"]
    assert errors["patches"] == "scoring score: ArithmeticError: patched" and errors["recursion"].startswith(
        "RecursionError"
    )
    ended = {kind for kind, error in errors.items() if "ended 3 engines" in error}
    assert ended == set(kinds) & ENDS.keys() - {"alarm"}
    how = {"hard exit": "exit code 0", "segfault": "signal 11", "abort": "signal 6", "group": "signal 9"}
    assert all(said in errors[kind] for kind, said in {**how, "memory": "over its share"}.items() if kind in ended)


def test_a_time_limit_ends_what_keeps_its_alarm_off(hostile):
    study, *_ = hostile
    errors = [(row["param_kind"], row["error"]) for row in rows_of(study, "late")]
    assert errors == [(kind, "timeout: took longer than 4 s") for kind in LATE for _ in "12"] + [("good", "")] * 2


def test_nothing_is_left_and_the_next_run_has_nothing_to_do(hostile):
    study, _, run, _ = hostile
    assert processes_of(run) == {}
    assert "Nothing to be done" in study.run(*TARGETS).stderr
    assert study.leftovers() == []
