"""The fitted model is scored once on held-out rows, with an interval from resamples of rows or whole groups."""

import json

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import get_scorer
from sklearn.tree import DecisionTreeClassifier

from foldwork.data.datasets import persist
from foldwork.data.fold_rows import write_rows
from foldwork.errors import FoldworkError
from foldwork.model.holdout import RESAMPLES, SEED, score_held_out
from foldwork.model.model import Model
from foldwork.storage.signed_json import write_signed

NAMES = ["accuracy", "roc_auc", "neg_log_loss", "f1", "average_precision", "neg_brier_score"]


def scored(folder, estimator, X, y, scoring, held_out, groups=None):
    """Fit on the rows that are not held out, and score on those that are."""
    (folder / "heldoutdata.py").write_text(
        "from pathlib import Path\n\nimport joblib\n\n\ndef load(path):\n    return joblib.load(path)\n"
    )
    path = folder / "data-of-test.joblib"
    joblib.dump((X, y) if groups is None else (X, y, groups), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        persist("d", {"load": "heldoutdata.load", "args": {"path": str(path)}}, folder / "d")
    (folder / "f").mkdir()
    rows = write_rows(folder / "f", [], held_out, len(y))
    write_signed(folder / "f/splits.json", {"splits": "f", "rows": rows, "holdout": {"class": "ShuffleSplit"}})
    kept = np.delete(np.arange(len(y)), held_out)
    estimator.fit(X[kept], y[kept])
    model = Model(estimator, {"search": "s", "model": "m", "params": {"a": 1}})
    return score_held_out(model, scoring, folder / "f", folder / "d")


def test_scores_are_those_of_scikit_learns_scorers_to_the_last_bit(tmp_path, monkeypatch):
    monkeypatch.setattr("foldwork.model.holdout.RESAMPLES", 100)
    X, y = load_breast_cancer(return_X_y=True)
    held_out = np.arange(0, len(y), 4)
    estimator = RandomForestClassifier(10, random_state=0)
    found = scored(tmp_path, estimator, X, y, NAMES, held_out)
    assert found["n"] == len(held_out) and found["model"] == "m" and found["params"] == {"a": 1}
    for name in NAMES:
        each = found["scores"][name]
        assert each["score"] == get_scorer(name)(estimator, X[held_out], y[held_out])
        assert each["low"] <= each["score"] <= each["high"] and each["resamples"] == 100
    assert found["bootstrap"] == {
        "method": "percentile",
        "confidence": 0.95,
        "resamples": 100,
        "random_state": SEED,
        "of": "rows",
    }
    json.dumps(found, allow_nan=False)


@pytest.mark.slow
def test_the_interval_is_the_percentile_bootstrap_of_rows(tmp_path):
    X, y = make_regression(120, 4, noise=20, random_state=0)
    held_out = np.arange(40)
    estimator = LinearRegression()
    found = scored(tmp_path, estimator, X, y, ["r2"], held_out)["scores"]["r2"]
    rng = np.random.default_rng(SEED)
    resamples = [rng.integers(40, size=40) for _ in range(RESAMPLES)]
    values = [get_scorer("r2")(estimator, X[rows], y[rows]) for rows in resamples]
    np.testing.assert_allclose([found["low"], found["high"]], np.quantile(values, [0.025, 0.975]), rtol=1e-12)


def test_the_estimators_own_score_and_a_scorer_of_ones_own_see_X(tmp_path):
    X, y = make_regression(60, 3, noise=20, random_state=0)
    found = scored(tmp_path, LinearRegression(), X, y, [], np.arange(20))
    assert found["scores"]["score"]["low"] < found["scores"]["score"]["score"] < found["scores"]["score"]["high"]


def test_whole_groups_are_resampled_where_the_dataset_has_groups(tmp_path):
    """Rows of a group are copies here: an interval from resampled rows would be far too narrow."""
    X, y = make_regression(40, 3, noise=60, random_state=0)
    X, y, groups = (np.repeat(each, 25, axis=0) for each in (X, y, np.arange(40)))
    held_out = np.arange(250)
    (tmp_path / "with").mkdir(), (tmp_path / "without").mkdir()
    by_group = scored(tmp_path / "with", LinearRegression(), X, y, ["r2"], held_out, groups)
    by_row = scored(tmp_path / "without", LinearRegression(), X, y, ["r2"], held_out)
    assert by_group["bootstrap"]["of"] == "groups" and by_group["bootstrap"]["n_groups"] == 10
    widths = [each["scores"]["r2"]["high"] - each["scores"]["r2"]["low"] for each in (by_group, by_row)]
    assert by_group["scores"]["r2"]["score"] == by_row["scores"]["r2"]["score"] and widths[0] > 2 * widths[1]


@pytest.mark.slow
def test_resamples_of_a_single_class_are_left_out_and_counted(tmp_path):
    X, y = load_breast_cancer(return_X_y=True)
    held_out = np.concatenate([np.flatnonzero(y == 0)[:1], np.flatnonzero(y == 1)[:9]])
    found = scored(tmp_path, RandomForestClassifier(5, random_state=0), X, y, ["accuracy", "roc_auc"], held_out)[
        "scores"
    ]
    single = sum(
        len(set(y[held_out][np.random.default_rng(SEED).integers(10, size=(RESAMPLES, 10))[i]])) == 1
        for i in range(RESAMPLES)
    )
    assert 0 < single < RESAMPLES
    assert found["roc_auc"]["resamples"] == RESAMPLES - single and found["accuracy"]["resamples"] == RESAMPLES


def test_resamples_on_which_a_metric_is_not_defined_are_left_out_of_its_interval_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("foldwork.model.holdout.RESAMPLES", 60)
    X, y = load_breast_cancer(return_X_y=True)
    held_out = np.concatenate([np.flatnonzero(y == 0)[:8], np.flatnonzero(y == 1)[:2]])
    rng = np.random.default_rng(SEED)
    defined = sum(y[held_out][rng.integers(10, size=10)].any() for _ in range(60))
    estimator = DecisionTreeClassifier(random_state=0)
    found = scored(tmp_path, estimator, X, y, ["average_precision", "roc_auc", "recall", "accuracy"], held_out)[
        "scores"
    ]
    assert defined < 60 and [each["resamples"] for each in found.values()] == [defined, defined, defined, 60]
    assert found["average_precision"]["low"] > 0


@pytest.mark.filterwarnings("ignore")  # that precision is not defined
def test_a_metric_that_is_not_defined_on_all_held_out_rows_either_keeps_its_resamples(tmp_path, monkeypatch):
    monkeypatch.setattr("foldwork.model.holdout.RESAMPLES", 20)
    X, y = load_breast_cancer(return_X_y=True)
    found = scored(tmp_path, DummyClassifier(), X, y, ["precision_macro"], np.arange(50))["scores"]["precision_macro"]
    assert found["resamples"] == 20 and found["low"] <= found["score"] <= found["high"]


def test_a_metric_that_cannot_be_computed_is_one_line(tmp_path):
    X, y = load_breast_cancer(return_X_y=True)
    held_out = np.arange(100)
    with pytest.raises(FoldworkError, match=r"searches\.s: held-out rows: .*") as caught:
        scored(tmp_path, RandomForestClassifier(5, random_state=0), X, np.array(["b", "m"])[y], ["f1"], held_out)
    assert "\n" not in str(caught.value)
