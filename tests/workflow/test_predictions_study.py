"""Predictions of a study with real engines: they survive the kill of one, and score a metric that is added later."""

import json
import secrets

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from study import Study, await_true, kill, roles

import foldwork

CV = {"class": "StratifiedKFold", "n_splits": 3, "shuffle": True, "random_state": 0}
DEPTHS = list(range(1, 9))
SCORES = "results/searches/forest/scores.csv"
PARQUET, CSV = (f"results/searches/forest/predictions.{end}" for end in ("parquet", "csv"))


def config(scoring, **search):
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 150, "random_state": 0}
    return {
        "datasets": {"iris": {"load": "sklearn.datasets.load_iris"}},
        "splits": {"three": {"dataset": "iris", "cv": CV}},
        "searches": {
            "forest": {
                "splits": "three",
                "models": {"rf": {"estimator": forest, "space": {"max_depth": DEPTHS}}},
                "scoring": scoring,
                **search,
            }
        },
    }


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return a study whose search lost an engine while it ran, and what snakemake said."""
    study = Study(tmp_path_factory.mktemp("predictions") / "study", config(["accuracy"], predictions="all"))
    run = secrets.token_hex(8)
    snakemake = study.start(PARQUET, SCORES, env={"FOLDWORK_RUN": run})
    study.await_records("forest", 3)
    kill(roles(run)["engines"][:1])
    assert snakemake.wait(120) == 0, (study.folder / "screen.log").read_text()
    return study


def expected():
    """Return what each candidate predicts for each fold, by the candidate's depth and the fold."""
    X, y = load_iris(return_X_y=True)
    for depth in DEPTHS:
        for fold, (train, test) in enumerate(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y)):
            forest = RandomForestClassifier(150, random_state=0, max_depth=depth).fit(X[train], y[train])
            yield depth, fold, test, y[test], forest.predict(X[test])


@pytest.fixture(scope="module")
def fitted():
    return list(expected())


def test_after_the_kill_of_an_engine_every_evaluation_has_its_predictions(study, fitted):
    study.all_well("forest", 24)
    tables = foldwork.read(study.search("forest"))
    for depth, fold, test, y, predicted in fitted:
        found = tables.predictions_by_fold(depth - 1)[fold]
        assert found.rows.tolist() == test.tolist()
        assert found.y.tolist() == y.tolist() and found.predict.tolist() == predicted.tolist()
    files = sorted((study.search("forest") / "oof").iterdir())
    assert 2 <= len(files) <= 3, "a file for each engine, none for each evaluation"
    assert sum(file.stat().st_size for file in files) < 24 * 50 * 8 * 1.5


def test_the_log_says_before_the_start_how_many_bytes_all_predictions_will_take(study):
    log = (study.folder / "logs/evaluate/forest.log").read_text()
    assert "forest: predictions of 24 evaluations will take about 9.6 kB in oof/\n" in log


def test_the_best_candidates_predictions_are_a_target(study, fitted):
    best = json.loads((study.search("forest") / "best.json").read_text())
    found = pd.read_parquet(study.folder / PARQUET)
    assert list(found.columns) == ["row", "fold", "y", "prediction"]
    parts = [each for each in fitted if each[0] == best["params"]["max_depth"]]
    assert found["row"].tolist() == np.concatenate([test for _, _, test, _, _ in parts]).tolist()
    assert found["fold"].tolist() == [0] * 50 + [1] * 50 + [2] * 50
    assert found["prediction"].tolist() == np.concatenate([predicted for *_, predicted in parts]).tolist()
    assert [path.name for path in study.search("forest").glob("predictions.*")] == ["predictions.parquet"]


def test_a_metric_that_is_added_later_needs_no_fit(study, fitted):
    copy = study.copy("later")
    copy.write(config(["accuracy", "f1_macro"], predictions={"of": "all", "format": "csv"}))
    done = copy.run(CSV)
    assert "forest: 24 evaluations, 24 scored from kept predictions, 0 to fit" in done.stderr
    assert "kept and not used" not in done.stderr
    new = [record for record in copy.records("forest") if record["route"] == "rescored"]
    assert len(new) == 24 == len({record["key"] for record in new})
    scores = {(depth, fold): f1_score(y, predicted, average="macro") for depth, fold, _, y, predicted in fitted}
    assert all(record["test"]["f1_macro"] == scores[record["params"]["max_depth"], record["fold"]] for record in new)
    pd.testing.assert_frame_equal(
        pd.read_csv(copy.folder / CSV), pd.read_parquet(copy.folder / PARQUET), check_dtype=False
    )
    before = (copy.folder / CSV).read_bytes()
    (copy.folder / CSV).unlink()
    copy.run(CSV)
    assert (copy.folder / CSV).read_bytes() == before
    await_true(lambda: not copy.leftovers(), 5, "nothing left")
