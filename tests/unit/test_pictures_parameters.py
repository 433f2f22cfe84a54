"""Importance, box plots and the Pareto front: tables of known data, and the same bytes each time."""

import csv
import itertools
import json

import numpy as np
import pandas as pd
import pytest

from foldwork.pictures import parameter_importance
from foldwork.pictures.parameters import compared, write_boxes, write_importance
from foldwork.pictures.pareto import on_front, write_pareto

SCALER = {"class": "sklearn.preprocessing.StandardScaler"}


def scores_of(space, score, *, folds=3, models=("m",)):
    """Return a scores.csv: of each candidate of a grid the score of a function, with noise from fold to fold."""
    generator = np.random.default_rng(0)
    rows = []
    for model in models:
        for values in itertools.product(*space.values()):
            params = dict(zip(space, values, strict=True))
            on_folds = score(**params) + generator.normal(0, 0.01, folds)
            row = {
                "model": model,
                **{f"param_{name}": json.dumps(v) if isinstance(v, dict) else v for name, v in params.items()},
            }
            row |= {"params": json.dumps(params)} | {f"split{k}_test_score": x for k, x in enumerate(on_folds)}
            rows.append(row | {"mean_test_score": on_folds.mean(), "mean_fit_time": abs(generator.normal()) + 0.01})
    return pd.DataFrame(rows)


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


GRID = {"C": [0.01, 0.1, 1, 10, 100], "gamma": [1e-3, 1e-2, 1e-1], "kernel": ["rbf", "poly"]}
CASES = {
    "a grid": scores_of(GRID, lambda C, gamma, kernel: -((np.log10(C) - 1) ** 2) / 10 + 0.1 * (kernel == "rbf"), models=("svc", "other")),
    "objects and None": scores_of({"scale": [None, SCALER], "max_depth": [2, None], "flag": [True, False]}, lambda scale, max_depth, flag: 0.5 + 0.2 * bool(scale)),
    "many values": scores_of({"x": np.random.default_rng(1).uniform(size=150).tolist()}, lambda x: x),
    "forty words": scores_of({"word": [f"a_rather_long_word_number_{k}" for k in range(40)]}, lambda word: float(word[-1])),
    "no parameter": scores_of({}, lambda: 0.5),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_tables_and_pictures_have_the_same_bytes_each_time(case, tmp_path):
    found = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        write_boxes(CASES[case], folder, metric="accuracy")
        write_importance(CASES[case], folder)
        write_pareto(CASES[case], folder, metric="accuracy")
        found.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert found[0] == found[1] and len(found[0]) == 6


def test_the_parameter_that_matters_is_the_most_important(tmp_path):
    write_importance(CASES["a grid"], tmp_path)
    rows = [row for row in read(tmp_path / "importance.csv") if row["model"] == "svc"]
    assert rows[0]["parameter"] == "C" and rows[-1]["parameter"] == "gamma"
    assert sum(float(row["importance"]) for row in rows) == pytest.approx(1)
    assert {row["candidates"] for row in rows} == {"30"}


def test_equal_scores_have_no_importance(tmp_path):
    table = CASES["a grid"].assign(mean_test_score=0.5)
    write_importance(table, tmp_path)
    assert read(tmp_path / "importance.csv") == []
    assert (tmp_path / "importance.png").exists()


def test_failed_candidates_are_left_out(tmp_path):
    table = CASES["a grid"].copy()
    table.loc[::2, [name for name in table if name.endswith("_score")]] = np.nan
    write_importance(table, tmp_path)
    write_boxes(table, tmp_path)
    assert {row["candidates"] for row in read(tmp_path / "importance.csv")} == {"15"}
    assert all(int(row["n"]) == 15 for row in read(tmp_path / "boxes.csv") if row["by"] == "fold")


def test_candidates_that_a_race_dropped_are_in_the_box_of_no_fold(tmp_path):
    table = CASES["a grid"].assign(n_folds=3)
    table.loc[::2, ["split2_test_score", "mean_test_score"]] = np.nan
    write_boxes(table, tmp_path)
    assert all(int(row["n"]) == 15 for row in read(tmp_path / "boxes.csv") if row["by"] == "fold")


def test_a_box_has_the_quartiles_of_its_scores(tmp_path):
    write_boxes(CASES["a grid"], tmp_path)
    (row,) = [
        row
        for row in read(tmp_path / "boxes.csv")
        if (row["model"], row["by"], row["value"]) == ("svc", "param_kernel", "poly")
    ]
    table = CASES["a grid"]
    mine = table[(table["model"] == "svc") & (table["param_kernel"] == "poly")]["mean_test_score"]
    assert [float(row[name]) for name in ("min", "q1", "median", "q3", "max")] == np.quantile(
        mine, [0, 0.25, 0.5, 0.75, 1]
    ).tolist()
    assert int(row["n"]) == 15


def test_many_values_are_put_into_bins_that_hold_every_candidate_once(tmp_path):
    write_boxes(CASES["many values"], tmp_path)
    boxes = [row for row in read(tmp_path / "boxes.csv") if row["by"] == "param_x"]
    assert 10 <= len(boxes) <= 12 and sum(int(row["n"]) for row in boxes) == 150


def test_of_successive_halving_the_candidates_with_the_most_resources_are_compared():
    table = pd.DataFrame({"model": ["a", "a", "b", "b"], "n_resources": [10, 30, 10, 20]})
    assert compared(table).index.tolist() == [1, 3]


def test_no_candidate_is_faster_and_better_than_one_of_the_front():
    seconds = np.array([1.0, 2.0, 2.0, 3.0, 0.5, np.nan, 4.0])
    score = np.array([0.7, 0.8, 0.9, 0.85, 0.6, 1.0, np.nan])
    assert on_front(seconds, score).tolist() == [4, 0, 2]
    assert on_front(np.array([1.0, 1.0]), np.array([0.5, 0.5])).tolist() == [0]


def test_without_optuna_a_note_says_what_is_left_out(monkeypatch):
    monkeypatch.setattr(parameter_importance, "distribution", lambda package: None)
    assert not parameter_importance.is_available()
    assert "optuna is not installed" in parameter_importance.MISSING
