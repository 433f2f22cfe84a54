"""A nested search with real engines: the files that it writes, what runs again, and the commands."""

import csv
import json
import re
import subprocess
import sys

import numpy as np
import pytest
import yaml
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from study import ROOT, Study, sleepy

import foldwork

TABLES = ("scores.csv", "nested.csv", "nested.json", "nested.png")


def example():
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/nested.md").read_text(), re.DOTALL)
    return yaml.safe_load(block)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    study = Study(tmp_path_factory.mktemp("nested") / "study", example())
    study.screen = study.run().stderr
    return study


def command(study, *arguments, check=True):
    return subprocess.run(
        [sys.executable, "-m", "foldwork.commands.cli", *arguments], cwd=study.folder, capture_output=True, text=True, check=check
    )  # fmt: skip


def test_the_example_of_the_page_has_scikit_learns_scores(honest):
    found = foldwork.read(honest.search("honest"))
    pipeline = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    space = {"svc__C": [0.1, 1, 10], "svc__gamma": [0.001, 0.01, 0.1]}
    metrics = ["roc_auc", "accuracy"]
    theirs = GridSearchCV(pipeline, space, cv=StratifiedKFold(4), scoring=metrics, refit="roc_auc")
    outer = StratifiedKFold(5, shuffle=True, random_state=0)
    data = load_breast_cancer(return_X_y=True)
    expected = cross_validate(theirs, *data, cv=outer, scoring=metrics, return_estimator=True)
    for metric in metrics:
        np.testing.assert_array_equal(found.outer[f"outer_{metric}"], expected[f"test_{metric}"])
        assert found.nested[f"mean_outer_{metric}"] == np.mean(expected[f"test_{metric}"])
    assert list(found.outer["params"]) == [each.best_params_ for each in expected["estimator"]]
    assert found.best is None and len(found.scores) == 5 * 9 and len(found.evaluations) == 185
    honest.all_well("honest", 185)
    predicted = found.predictions()
    for fold, (_, test) in enumerate(outer.split(*data)):
        part = predicted[predicted["fold"] == fold]
        assert part["row"].tolist() == test.tolist()
        assert part["prediction"].tolist() == expected["estimator"][fold].predict(data[0][test]).tolist()
    files = {path.name for path in honest.search("honest").iterdir()}
    assert files >= {*TABLES, "inner"} and not files & {"best.json", "validation.png"}


def test_the_summary_and_status_are_of_outer_folds(honest):
    assert re.search(r"honest: outer roc_auc 0\.99\d\d ± 0\.00\d\d, inner 0\.99\d\d", honest.screen)
    assert "nested.png" in honest.screen
    (found,) = json.loads(command(honest, "status", "--json").stdout)
    assert (found["state"], found["asked"], found["done"]) == ("complete", 185, 185)
    assert [fold["asked"] for fold in found["folds"]] == [37] * 5
    evaluated = json.loads((honest.search("honest") / "evaluated.json").read_text())
    assert [fold["recorded"] for fold in evaluated["folds"]] == [37] * 5


@pytest.mark.slow
def test_forgotten_evaluations_of_an_outer_fold_are_made_again_to_the_same_bytes(honest):
    study = honest.copy("forgotten")
    before = {name: (study.search("honest") / name).read_bytes() for name in TABLES}
    assert "37 records removed" in command(study, "forget", "honest", "--fold", "2").stdout
    study.run(cores=1)
    assert {name: (study.search("honest") / name).read_bytes() for name in TABLES} == before
    study.all_well("honest", 185)
    assert "has folds 0 to 4" in command(study, "forget", "honest", "--fold", "5", check=False).stderr


@pytest.mark.slow
def test_verify_repeats_inner_and_outer_evaluations_of_moved_results(honest):
    study = honest.copy("moved")
    moved = json.loads((study.search("honest") / "asked.json").read_text())
    for fold in moved["folds"]:  # as on another machine: the first paths are gone
        fold["path"] = "/nowhere/" + fold["file"]
        if "inner" in fold:
            fold["inner"]["path"] = "/nowhere/" + fold["inner"]["file"]
    (study.search("honest") / "asked.json").write_text(json.dumps(moved))
    done = command(study, "verify", "honest", "--sample", "12")
    assert "12 of 12 equal" in done.stdout


@pytest.mark.slow
def test_adopted_records_serve_inner_folds(honest, study):
    other = study(example(), "other")
    command(other, "adopt", str(honest.folder / "results"))
    done = other.run()
    assert "185 evaluations, 185 recorded (185 from adopted/honest), 0 to do" in done.stderr or (
        "180 evaluations" in done.stderr and "0 to do" in done.stderr
    )
    assert (other.search("honest") / "nested.csv").read_bytes() == (honest.search("honest") / "nested.csv").read_bytes()


@pytest.mark.slow
def test_a_changed_inner_splitter_reruns_the_inner_folds_alone(honest):
    study = honest.copy("changed")
    splits = (study.folder / "results/splits/outer-5/splits.json").stat().st_mtime_ns
    config = example()
    config["searches"]["honest"]["inner"]["n_splits"] = 3
    study.write(config)
    screen = study.run().stderr
    assert (study.folder / "results/splits/outer-5/splits.json").stat().st_mtime_ns == splits
    assert "135 to do" in screen
    rows = list(csv.DictReader((study.search("honest") / "scores.csv").open()))
    assert "split2_test_roc_auc" in rows[0] and "split3_test_roc_auc" not in rows[0]


@pytest.mark.slow
def test_a_search_that_is_nested_no_more_is_a_plain_one(honest):
    study = honest.copy("plain")
    config = example()
    del config["searches"]["honest"]["inner"]
    study.write(config)
    study.run()
    assert foldwork.read(study.search("honest")).best["model"] == "svc"


def slow():
    inner = {"class": "ShuffleSplit", "n_splits": 2, "test_size": 0.25, "random_state": 1}
    return sleepy({"a": [3, 1, 2], "b": [0, 1]}, inner=inner, seconds=0.8)


@pytest.mark.slow
def test_a_nested_search_that_is_stopped_has_tables_of_what_is_there_and_goes_on_to_the_same_bytes(sleeper):
    whole = sleeper(slow(), "whole")
    whole.run(cores=2)
    whole.all_well("slow", 2 * (2 * 6 + 1))
    stopped = sleeper(slow(), "stopped")
    process = stopped.start(cores=1)
    stopped.await_records("slow", 5)
    command(stopped, "stop", "slow")
    assert process.wait(120) == 0
    found = foldwork.read(stopped.search("slow"))
    assert found.nested["mean_outer_score"] is None and len(found.outer) == 2
    assert 5 <= len(found.evaluations) < 26
    command(stopped, "resume", "slow")
    stopped.run(cores=2)
    stopped.all_well("slow", 26)
    for name in TABLES:
        assert (stopped.search("slow") / name).read_bytes() == (whole.search("slow") / name).read_bytes()
