"""A study from its config to predictions of new data: one real run, held-out rows, the model, its card, and the command."""

import copy
import json
import re

import numpy as np
import pandas as pd
import pytest
from command import foldwork, refused, rules
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, GroupShuffleSplit
from study import Study

import foldwork as library

HOLDOUT = {"class": "GroupShuffleSplit", "test_size": 0.25, "random_state": 0}
FOREST = {"class": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 5, "random_state": 0}
TARGET = {"column": "failure", "encode": "label", "positive": "broken"}


def table():
    draw = np.random.default_rng(0)
    rows = 160
    found = pd.DataFrame({"id": range(rows), "heat": draw.normal(size=rows), "load": draw.integers(0, 9, rows)})
    broken = found["heat"] + found["load"] / 9 + draw.normal(size=rows) / 2 > 0.6
    return found.assign(machine=np.arange(rows) // 4, failure=np.where(broken, "broken", "fine"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a study after a run. Not to be changed: copy it."""
    folder = tmp_path_factory.mktemp("model") / "study"
    config = {
        "datasets": {"sensors": {"file": "sensors.csv", "target": TARGET, "groups": "machine", "drop": ["id"]}},
        "splits": {
            "by-machine": {"dataset": "sensors", "holdout": HOLDOUT, "cv": {"class": "GroupKFold", "n_splits": 3}}
        },
        "searches": {
            "forest": {
                "splits": "by-machine",
                "models": {"rf": {"estimator": FOREST, "space": {"max_depth": [1, 3]}}},
                "scoring": ["roc_auc", "f1"],
            }
        },
    }
    study = Study(folder, config)
    table().to_csv(folder / "sensors.csv", index=False)
    study.run(*(f"results/searches/forest/{name}" for name in ("scores.csv", "MODEL_CARD.md", "holdout.json")))
    return study


@pytest.fixture(scope="module")
def grid():
    """Return GridSearchCV on the rows that are not held out, and the held-out X and y."""
    data = table()
    X, y = data[["heat", "load"]], (data["failure"] == "broken").astype(int)
    kept, held_out = next(GroupShuffleSplit(test_size=0.25, random_state=0).split(X, y, data["machine"]))
    forest = RandomForestClassifier(5, random_state=0)
    found = GridSearchCV(forest, {"max_depth": [1, 3]}, scoring="roc_auc", cv=GroupKFold(3))
    found.fit(X.iloc[np.sort(kept)], y.iloc[np.sort(kept)], groups=data["machine"].iloc[np.sort(kept)])
    held_out = np.sort(held_out)
    return found, X.iloc[held_out], y.iloc[held_out]


def test_the_model_is_best_estimator_of_grid_search_without_the_held_out_rows(made, grid):
    search, X, _ = grid
    model = library.read(made.search("forest")).model()
    assert model.description["params"] == search.best_params_ and model.description["rows"] == 120
    np.testing.assert_array_equal(model.predict_proba(X), search.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), np.array(["fine", "broken"])[search.predict(X)])


def test_the_held_out_score_is_that_of_scikit_learns_scorer_and_resamples_whole_machines(made, grid):
    search, X, y = grid
    found = json.loads((made.search("forest") / "holdout.json").read_text())
    assert found["n"] == 40 and found["bootstrap"]["of"] == "groups" and found["bootstrap"]["n_groups"] == 10
    for name in ("roc_auc", "f1"):
        each = found["scores"][name]
        assert each["score"] == get_scorer(name)(search.best_estimator_, X, y)
        assert each["low"] <= each["score"] <= each["high"]


def test_the_card_names_data_scores_and_the_command_that_makes_the_model_again(made):
    card = (made.search("forest") / "MODEL_CARD.md").read_text()
    holdout = json.loads((made.search("forest") / "holdout.json").read_text())
    best = json.loads((made.search("forest") / "best.json").read_text())
    for words in (
        repr(holdout["scores"]["roc_auc"]["score"]),
        repr(best["mean_test_roc_auc"]),
        "160 × 2",
        "40 held-out rows",
    ):
        assert words in card
    command = re.search(r"```\n(snakemake .*)\n```", card)[1]
    assert command.split()[-1] == "results/searches/forest/model.json"


def test_the_command_predicts_a_file_in_original_labels(made, grid, tmp_path):
    search, *_ = grid
    new = table().drop(columns=["failure", "machine"])
    new.to_csv(tmp_path / "new.csv", index=False)
    done = foldwork("predict", made.search("forest"), "new.csv", "-o", "out.csv", cwd=tmp_path)
    assert done.stdout == "out.csv: 160 rows\n"
    expected = np.array(["fine", "broken"])[search.predict(new[["heat", "load"]])]
    assert pd.read_csv(tmp_path / "out.csv")["prediction"].tolist() == expected.tolist()
    new.drop(columns="heat").to_csv(tmp_path / "cold.csv", index=False)
    line = refused("predict", made.search("forest"), "cold.csv", cwd=tmp_path)
    assert line == "cold.csv: the column 'heat', which the model was fitted on, is missing"


@pytest.mark.slow
def test_a_change_of_refit_evaluates_nothing_again(made):
    wanted = [f"results/searches/forest/{name}" for name in ("MODEL_CARD.md", "evaluated.json", "scores.csv")]
    study = made.copy("threads")
    assert rules(study.run("-n", *wanted)) == set()
    config = copy.deepcopy(study.config)
    config["searches"]["forest"]["refit"] = {"threads": 2}
    study.write(config)
    assert rules(study.run("-n", *wanted)) == {"fit_model", "score_holdout", "write_model_card"}
    config["searches"]["forest"]["refit"] = False
    study.write(config)
    assert not {"fit_model", "evaluate", "write_model_card"} & rules(study.run("-n"))


def test_a_fit_that_fails_is_one_line_and_leaves_all_other_results(made):
    study = made.copy("fails")
    path = study.search("forest") / "best.json"
    best = json.loads(path.read_text())
    best["params"] = {"max_depth": -1}
    path.write_text(json.dumps(best))
    before = {p.name for p in study.search("forest").iterdir()}
    done = study.run("results/searches/forest/model.json", check=False)
    lines = [line for line in done.stderr.splitlines() if line.startswith("foldwork: ")]
    assert done.returncode == 1 and len(lines) == 1 and "Traceback" not in done.stderr
    assert lines[0].startswith("foldwork: searches.forest.refit: the fit of the best candidate on all rows raised ")
    assert "refit: false" in lines[0]
    log = (study.folder / "logs/fit_model/forest.log").read_text()
    assert "Traceback" in log and "max_depth" in log
    assert before - {p.name for p in study.search("forest").iterdir()} == {"model.json"}
    assert not study.leftovers()


def test_a_model_file_that_was_exchanged_is_refused_before_it_is_loaded(made, tmp_path):
    study = made.copy("exchanged")
    (study.search("forest") / "model.skops").write_bytes(b"anything")
    (tmp_path / "new.csv").write_text("heat,load\n1,2\n")
    line = refused("predict", study.search("forest"), tmp_path / "new.csv", cwd=tmp_path)
    assert "is not the file that model.json describes (SHA-256 differs), and is not loaded" in line
