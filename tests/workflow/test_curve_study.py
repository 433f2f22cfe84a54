"""The curves of docs/curves.md with real engines: the files that they write, what runs again, and the commands."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.model_selection import StratifiedKFold, learning_curve, validation_curve
from study import ROOT, Study

CV = StratifiedKFold(4, shuffle=True, random_state=0)

EXACT = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}  # pandas 3 always does that


def example():
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/curves.md").read_text(), re.DOTALL)
    return yaml.safe_load(block)


PERMUTED = ("importance.csv", "repeats.csv", "importance.png")


@pytest.fixture(scope="module")
def forest(tmp_path_factory):
    """Return a study with the learning curve alone: each job that owns engines takes seconds."""
    config = example()
    del config["curves"]["forest-depth"]
    config["curves"]["forest-learning"]["train_sizes"] = [0.1, 0.1, 0.5, 1.0]
    study = Study(tmp_path_factory.mktemp("curves") / "study", config)
    study.screen = study.run("results/curves/forest-learning/curve.csv").stderr
    return study


def command(study, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "foldwork.commands.cli", *arguments], cwd=study.folder, capture_output=True, text=True, check=True
    )  # fmt: skip
    return done.stdout


def table(study, curve, name=None):
    name = name or ("importance.csv" if "importance" in curve else "curve.csv")
    return pd.read_csv(study.folder / "results/curves" / curve / name, **EXACT)


def assert_scores(found, train, test, suffix="score"):
    for part, expected in (("train", train), ("test", test)):
        ours = found[[f"split{k}_{part}_{suffix}" for k in range(expected.shape[1])]]
        np.testing.assert_array_equal(ours.to_numpy(), expected)


def test_the_learning_curve_of_the_best_candidate_is_scikit_learns(forest):
    best = json.loads((forest.search("forest") / "best.json").read_text())
    estimator = RandomForestClassifier(n_estimators=20, random_state=0, **best["params"])
    data = load_breast_cancer(return_X_y=True)
    sizes, train, test = learning_curve(estimator, *data, cv=CV, train_sizes=[0.1, 0.5, 1.0], scoring="accuracy")
    found = table(forest, "forest-learning")
    assert found["train_sizes"].tolist() == sizes.tolist()
    assert_scores(found, train, test)
    assert "Removed duplicate entries from 'train_sizes'" in forest.screen


def test_commands_find_a_curve_as_they_find_a_search(forest):
    study = forest.copy("commands")
    (found,) = json.loads(command(study, "status", "forest-learning", "--json"))
    assert (found["state"], found["asked"], found["failed"], found["best"]) == ("complete", 12, 0, None)
    assert command(study, "failed", "forest-learning") == ""
    assert "3 records removed" in command(study, "forget", "forest-learning", "--fold", "1")
    assert not (study.folder / "results/curves/forest-learning/evaluated.json").exists()


@pytest.mark.slow
def test_permutation_importances_of_the_best_candidate_are_scikit_learns_and_have_the_same_bytes_for_1_and_2_engines(
    forest,
):
    study = forest.copy("permuted")
    targets = [f"results/curves/forest-importance/{name}" for name in (*PERMUTED, "evaluated.json")]
    study.run(*targets, cores=1)
    before = [(study.folder / target).read_bytes() for target in targets[:3]]
    best = json.loads((study.search("forest") / "best.json").read_text())
    X, y = load_breast_cancer(return_X_y=True)
    found = table(study, "forest-importance").set_index("feature")
    for k, (train, test) in enumerate(CV.split(X, y)):
        fitted = RandomForestClassifier(n_estimators=20, random_state=0, **best["params"]).fit(X[train], y[train])
        theirs = permutation_importance(fitted, X[test], y[test], scoring="accuracy", n_repeats=5, random_state=0)
        assert found[f"split{k}_importance"].sort_index().tolist() == theirs.importances_mean.tolist()
    assert "4 records removed" in command(study, "forget", "forest-importance")
    study.run(*targets, cores=2)
    assert [(study.folder / target).read_bytes() for target in targets[:3]] == before
    assert "4 of 4 equal" in command(study, "verify", "forest-importance")


@pytest.mark.slow
def test_the_whole_example_has_its_files_and_the_search_uses_the_records_of_the_validation_curve(forest):
    study = forest.copy("whole")
    study.write(example())
    screen = study.run().stderr
    _, _, test = learning_curve(
        RandomForestClassifier(20), *load_breast_cancer(return_X_y=True), cv=CV, train_sizes=[0.1]
    )[:3]
    estimator = RandomForestClassifier(n_estimators=20, random_state=0, min_samples_leaf=5)
    train, test = validation_curve(
        estimator, *load_breast_cancer(return_X_y=True), param_name="max_depth", param_range=np.arange(1, 13), cv=CV, scoring="accuracy"
    )  # fmt: skip
    found = table(study, "forest-depth")
    assert found["param_max_depth"].tolist() == list(range(1, 13))
    assert_scores(found, train, test)
    assert "12 from searches/forest" in screen
    for curve in ("forest-learning", "forest-depth"):
        folder = study.folder / "results/curves" / curve
        times = table(study, curve, "timings.csv")
        assert (times["mean_fit_time"] > 0).all() and "split3_score_time" in times
        assert {path.name for path in folder.iterdir()} >= {"curve.csv", "curve.png", "evaluations.csv", "timings"}
        assert (folder / "timings/curve.png").exists()


@pytest.mark.slow
def test_forgotten_evaluations_of_a_curve_are_made_again_to_the_same_bytes(forest):
    study = forest.copy("forgotten")
    targets = [f"results/curves/forest-learning/{name}" for name in ("evaluated.json", "curve.csv")]
    before = (study.folder / targets[1]).read_bytes()
    command(study, "forget", "forest-learning", "--fold", "1")
    screen = study.run(*targets, cores=1).stderr
    assert (study.folder / targets[1]).read_bytes() == before
    assert "3 to do" in screen
