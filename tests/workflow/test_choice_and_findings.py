"""A study with held-out rows, a rule of choice and findings, by real `snakemake` runs."""

import json
import shutil

import numpy as np
import pytest
from command import rules
from sklearn.datasets import make_classification
from study import Study

TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}
FILES = ("scores.csv", "best.json", "findings.json", "validation.png", "comparison.csv", "comparison.png")
AFTER_CHOICE = {
    "choose_candidate",
    "collect_findings",
    "fit_model",
    "score_holdout",
    "write_model_card",
    "write_predictions",
}


def write_data(study: Study, poison: bool) -> np.ndarray:
    """Write the dataset, on request with poison in the rows that are held out."""
    X, y = make_classification(120, 6, random_state=0)
    X[:, 5] = 1.0
    held_out = np.arange(120) % 5 == 0
    if poison:
        X[held_out], y[held_out] = np.where(np.arange(6) % 2, -1e300, 1e300), 1 - y[held_out]
    (study.folder / "data").mkdir(exist_ok=True)
    np.savez(study.folder / "data/d.npz", X=X, y=y)
    return np.flatnonzero(held_out)


def config() -> dict:
    fold = np.where(np.arange(120) % 5 == 0, 0, -1).tolist()
    return {
        "datasets": {"d": {"file": "data/d.npz", "target": "y"}},
        "splits": {
            "f": {
                "dataset": "d",
                "holdout": {"class": "PredefinedSplit", "test_fold": fold},
                "cv": {"class": "StratifiedKFold", "n_splits": 3},
            }
        },
        "searches": {
            "trees": {
                "splits": "f",
                "models": {
                    "tree": {"estimator": TREE, "space": {"max_depth": [1, 2, 3, 6]}},
                    "bayes": {"estimator": {"class": "sklearn.naive_bayes.GaussianNB"}},
                },
                "scoring": ["accuracy", "f1"],
            }
        },
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Return a study whose results are complete. Not to be changed: copy it."""
    study = Study(tmp_path_factory.mktemp("choice") / "done", config())
    write_data(study, poison=False)
    study.screen = study.run().stderr
    return study


@pytest.fixture
def copy(done, tmp_path):
    shutil.copytree(done.folder, tmp_path / "study")
    return Study(tmp_path / "study", done.config)


def results(study: Study) -> dict[str, bytes]:
    return {name: (study.search("trees") / name).read_bytes() for name in FILES}


def test_findings_are_a_target_and_the_block_at_the_end_prints_them(done):
    (entry,) = [each for each in json.loads(results(done)["findings.json"]) if each["finding"] == "constant_features"]
    assert entry["names"] == [5] and f"finding: {entry['text']}" in done.screen


def test_another_rule_of_choice_makes_best_json_again_and_evaluates_nothing(copy):
    before, fits = results(copy), copy.records("trees")
    copy.config["searches"]["trees"] |= {
        "choose": "simplest_equivalent",
        "rank_by": "f1",
        "simplest": {"max_depth": "low"},
    }
    copy.write(copy.config)
    assert rules(copy.run("-n")) == AFTER_CHOICE
    screen = copy.run().stderr
    after = results(copy)
    changed = {name for name in FILES if before[name] != after[name]}
    assert changed <= {"best.json", "findings.json"} and "best.json" in changed
    assert copy.records("trees") == fits
    choice = json.loads(after["best.json"])["choice"]
    assert (choice["choose"], choice["rank_by"]) == ("simplest_equivalent", "f1")
    assert "trees: chosen by simplest_equivalent: f1 " in screen


@pytest.mark.slow
def test_poison_in_held_out_rows_changes_no_byte_of_the_results(done, tmp_path):
    poisoned = Study(tmp_path / "poisoned", config())
    held_out = write_data(poisoned, poison=True)
    poisoned.run()
    assert results(poisoned) == results(done)
    assert len(held_out) == 24
