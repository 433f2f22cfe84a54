"""`diagnosis: true` with real engines: its folders are there, and it evaluates nothing again."""

import csv
import json

import pytest

CONFIG = {
    "datasets": {"d": {"load": "sklearn.datasets.load_breast_cancer"}},
    "splits": {"f": {"dataset": "d", "cv": {"class": "StratifiedKFold", "n_splits": 3}}},
    "searches": {
        "forest": {
            "splits": "f",
            "models": {
                "rf": {
                    "estimator": {
                        "class": "sklearn.ensemble.RandomForestClassifier",
                        "n_estimators": 5,
                        "random_state": 0,
                    },
                    "space": {"max_depth": [1, 3], "min_samples_leaf": [1, 5]},
                }
            },
            "scoring": ["accuracy", "roc_auc"],
        }
    },
}


@pytest.mark.slow
def test_diagnosis_of_a_search_that_has_run_makes_its_folders_and_evaluates_nothing(study):
    forest = study(CONFIG)
    forest.evaluate("forest")
    before = (forest.search("forest") / "ledger.jsonl").read_bytes()
    config = json.loads(json.dumps(CONFIG))
    config["searches"]["forest"]["diagnosis"] = True
    forest.write(config)
    folders = [f"results/searches/forest/{name}" for name in ("parameters", "timings", "diagnosis")]
    screen = forest.run(*folders).stderr
    assert (forest.search("forest") / "ledger.jsonl").read_bytes() == before and "rule evaluate:" not in screen
    found = {path.name for folder in folders for path in (forest.folder / folder).glob("[!.]*")}
    tables = ("boxes", "importance", "pareto", "confusion", "classes", "curves", "calibration")
    assert found == {f"{name}.{end}" for name in tables for end in ("csv", "png")}
    with open(forest.search("forest") / "diagnosis/confusion.csv", newline="") as file:
        assert sum(int(row["count"]) for row in csv.DictReader(file)) == 569
