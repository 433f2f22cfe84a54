"""The best candidate, fitted on all rows, is GridSearchCV's best_estimator_; its description and card say what it is."""

import json
import shutil
import sys
import tempfile

import numpy as np
import pandas as pd
import pytest
from rounds import SCHEMA, search
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import foldwork
from foldwork.commands import cli
from foldwork.data.datasets import MANIFEST
from foldwork.errors import FoldworkError
from foldwork.model.model import read_model
from foldwork.model.model_card import model_card
from foldwork.model.refit import notes, refit
from foldwork.records.make_request import spec_and_source
from foldwork.storage.atomic_write import read_json
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import validate

CV = {"class": "StratifiedKFold", "n_splits": 3}
FOREST = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0, "n_estimators": 8}
TABLE_PIPELINE = [
    {
        "columns": {
            "class": "sklearn.compose.ColumnTransformer",
            "transformers": [
                {"tuple": ["n", {"class": "sklearn.preprocessing.StandardScaler"}, ["age", "dose"]]},
                {
                    "tuple": [
                        "t",
                        {"class": "sklearn.preprocessing.OneHotEncoder", "handle_unknown": "ignore"},
                        ["site"],
                    ]
                },
            ],
        }
    },
    {"lr": {"class": "sklearn.linear_model.LogisticRegression"}},
]


def make_table(rows=150, seed=0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    age, dose = draw.integers(20, 90, rows), draw.normal(size=rows)
    outcome = np.where(age / 70 + dose + draw.normal(size=rows) / 3 > 1, "readmitted", "well")
    site = draw.choice(["north", "south", "7"], rows)
    day = pd.date_range("2025-01-31", periods=rows).strftime("%d.%m.%Y")
    return pd.DataFrame({"id": range(rows), "age": age, "dose": dose, "site": site, "day": day, "outcome": outcome})


def config(dataset, estimator, space, scoring, **more):
    models = {"m": {"estimator": estimator, "space": space}}
    return {
        "datasets": {"d": dataset},
        "splits": {"f": {"dataset": "d", "cv": CV, **more.pop("splits", {})}},
        "searches": {"s": {"splits": "f", "models": models, "scoring": scoring, **more}},
    }


def run(folder, settings):
    """Search in this process, and refit in a process of its own; return the search's folder, best.json and model.json."""
    results = folder / "results"
    done = search(results, settings)
    best = json.loads(json.dumps(done.best))
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryFile() as printed:
        patch.chdir(folder)
        found = refit("s", best, results / "splits/f", results / "datasets/d", done.folder, printed)
    return done.folder, best, found


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Return a study of a table whose target is text and encoded, after the refit."""
    folder = tmp_path_factory.mktemp("table")
    make_table().to_csv(folder / "patients.csv", index=False)
    target = {"column": "outcome", "encode": "label", "positive": "readmitted"}
    dataset = {"file": str(folder / "patients.csv"), "target": target, "drop": ["id"]}
    dataset["read"] = {"parse_dates": ["day"]}
    return folder, *run(folder, config(dataset, TABLE_PIPELINE, {"lr__C": [0.01, 1.0, 100.0]}, ["f1", "roc_auc"]))


def test_the_model_of_a_table_is_best_estimator_of_grid_search(table):
    folder, results, best, _ = table
    data = pd.read_csv(folder / "patients.csv")
    X, y = data[["age", "dose", "site"]], (data["outcome"] == "readmitted").astype(int)
    columns = [("n", StandardScaler(), ["age", "dose"]), ("t", OneHotEncoder(handle_unknown="ignore"), ["site"])]
    pipeline = Pipeline([("columns", ColumnTransformer(columns)), ("lr", LogisticRegression())])
    grid = GridSearchCV(
        pipeline, {"lr__C": [0.01, 1.0, 100.0]}, scoring=["f1", "roc_auc"], refit="f1", cv=StratifiedKFold(3)
    ).fit(X, y)
    assert best["params"] == grid.best_params_
    model = read_model(results)
    new = make_table(seed=1)
    features = new[["age", "dose", "site"]]
    np.testing.assert_array_equal(
        model.predict_proba(
            new.drop(columns="id"),
        ),
        grid.predict_proba(features),
    )
    expected = np.where(grid.predict(features) == 1, "readmitted", "well")
    np.testing.assert_array_equal(model.predict(new), expected)
    assert model.classes == ["well", "readmitted"] and model.labels == ["well", "readmitted"]


@pytest.mark.parametrize("kind", ["array", pytest.param("sparse", marks=pytest.mark.slow)])
def test_the_model_of_an_array_is_best_estimator_of_grid_search(tmp_path, kind):
    X, y = load_wine(return_X_y=True)
    module = tmp_path / "results"
    module.mkdir()
    (module / "winedata.py").write_text(
        "from scipy import sparse\nfrom sklearn.datasets import load_wine\n\n\ndef load(kind):\n"
        "    X, y = load_wine(return_X_y=True)\n    return (sparse.csr_matrix(X) if kind == 'sparse' else X), y\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(module))
        sys.modules.pop("winedata", None)
        settings = config({"load": "winedata.load", "args": {"kind": kind}}, FOREST, {"max_depth": [1, 2, 3]}, [])
        folder, best, described = run(tmp_path, settings)
    X = sparse.csr_matrix(X) if kind == "sparse" else X
    grid = GridSearchCV(RandomForestClassifier(8, random_state=0), {"max_depth": [1, 2, 3]}, cv=StratifiedKFold(3)).fit(
        X, y
    )
    assert best["params"] == grid.best_params_ and described["format"] == "skops"
    model = read_model(folder)
    np.testing.assert_array_equal(model.predict_proba(X), grid.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), grid.predict(X))
    with pytest.raises(FoldworkError, match="12 columns; the model was fitted on 13 columns"):
        model.predict(X[:, :12])


def test_the_description_names_data_columns_classes_and_versions(table):
    *_, described = table
    assert described["file"] == "model.skops" and notes(described) == []
    columns = {column["name"]: column for column in described["features"]["columns"]}
    assert list(columns) == ["age", "dose", "site", "day"]
    assert {name: c["date_format"] for name, c in columns.items() if "date_format" in c} == {"day": "%d.%m.%Y"}
    assert described["classes"] == [0, 1] and described["labels"] == ["well", "readmitted"]
    assert described["rows"] == 150 and described["threads"] == 1
    assert {"python", "scikit-learn", "numpy", "scipy"} <= described["versions"].keys()


def test_the_card_has_the_same_bytes_each_time_and_says_what_the_model_is(table):
    folder, _, best, described = table
    dataset = read_json(folder / "results/datasets/d" / MANIFEST)
    findings = [{"finding": "large_gap", "text": "the train score is much better"}]
    card = model_card(described, best, dataset, findings=findings)
    for words in (
        dataset["digest"],
        "150 × 4",
        "snakemake --cores all results/searches/s/model.json",
        repr(best["mean_test_f1"]),
        repr(best["std_test_f1"]),
        "To be written by you",
        "- the train score is much better",
        "(`best` by f1)",
        "well (",
        described["versions"]["scikit-learn"],
    ):
        assert words in card
    assert card == model_card(
        json.loads(json.dumps(described)), json.loads(json.dumps(best)), dataset, findings=findings
    )
    assert described["sha256"] not in card  # skops files have their time in them


def test_the_card_of_a_joblib_file_and_the_log_say_that_it_is_trusted_like_code(table):
    _, _, best, described = table
    own = {**described, "format": "joblib", "file": "model.joblib", "not_skops": "it holds mymodels.Nearest"}
    (note,) = notes(own)
    assert "mymodels.Nearest" in note and "trust it as you trust code" in note
    dataset = {"dataset": "d", "source": {}, "shape": [150, 3], "digest": "0"}
    assert "trust this file as you trust code" in model_card(own, best, dataset)


def test_where_no_candidate_has_a_score_there_is_no_model_and_it_says_so(table, tmp_path):
    folder, _, best, _ = table
    (tmp_path / "model.joblib").write_text("of an earlier run")
    none = {**best, "choice": {**best["choice"], "candidates": {"all": 3, "ranked": 0}}}
    data = folder / "results"
    with tempfile.TemporaryFile() as printed:
        described = refit("s", none, data / "splits/f", data / "datasets/d", tmp_path, printed)
    assert described["file"] is None and not (tmp_path / "model.joblib").exists()
    assert "no candidate has a score on every fold" in notes(described)[0]
    assert "no model is fitted" in model_card(described, none, read_json(data / "datasets/d" / MANIFEST))
    with pytest.raises(FoldworkError, match="no candidate of the search has a score"):
        read_model(tmp_path)


def test_best_of_other_folds_is_refused(table, tmp_path):
    folder, _, best, _ = table
    other = {**best, "reproduce": {**best["reproduce"], "folds": ["0" * 64] * 3}}
    data = folder / "results"
    with tempfile.TemporaryFile() as printed, pytest.raises(FoldworkError, match="belongs to other folds"):
        refit("s", other, data / "splits/f", data / "datasets/d", tmp_path, printed)


@pytest.mark.slow
def test_a_model_is_not_fitted_again_where_nothing_that_it_is_made_from_has_changed(table, tmp_path):
    """Snakemake removes model.json and asks for it whenever best.json was written, by a search that has grown, say."""
    folder, results, best, described = table
    for name in (".model.json", "model.skops"):
        shutil.copy(results / name, tmp_path)
    data = folder / "results"
    grown = {**best, "candidate": 5, "evaluations": {"recorded": 30, "asked": 30}}
    before = (tmp_path / "model.skops").stat().st_mtime_ns

    def again(best, threads=None):
        with tempfile.TemporaryFile() as printed:
            return refit("s", best, data / "splits/f", data / "datasets/d", tmp_path, printed, threads)

    assert again(grown) == {**described, "candidate": 5}
    assert (tmp_path / "model.skops").stat().st_mtime_ns == before
    other = {**best, "params": {"lr__C": 2.0}}
    assert again(other)["sha256"] != described["sha256"]
    (tmp_path / "model.skops").write_bytes(b"damaged")
    again(other)
    assert read_model(results.parent / results.name).predict(make_table(3)).shape == (3,)
    assert (tmp_path / "model.skops").stat().st_size > 100
    after = (tmp_path / "model.skops").stat().st_mtime_ns
    assert again(other, threads=2)["threads"] == 2
    assert (tmp_path / "model.skops").stat().st_mtime_ns > after


@pytest.mark.parametrize(
    "body, message",
    [
        ("raise ValueError('too few sensors')", "raised ValueError: too few sensors; write refit: false"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended by SIGKILL"),
        ("self.open = open(__file__)", "cannot be saved: .*TextIOWrapper"),
    ],
    ids=["raises", "dies", "cannot be saved"],
)
def test_a_fit_that_fails_is_one_line_and_leaves_no_model(table, tmp_path, monkeypatch, body, message):
    folder, _, best, _ = table
    (tmp_path / "failing.py").write_text(
        "from sklearn.base import BaseEstimator, ClassifierMixin\n\n\nclass Fails(ClassifierMixin, BaseEstimator):\n"
        f"    def fit(self, X, y):\n        {body}\n        return self\n\n    def predict(self, X):\n        return [0] * len(X)\n"
    )
    monkeypatch.chdir(tmp_path)
    how = {**best["reproduce"], "estimator": {"class": "failing.Fails"}}
    data = folder / "results"
    with tempfile.TemporaryFile() as printed, pytest.raises(FoldworkError, match=message) as caught:
        refit("s", {**best, "params": {}, "reproduce": how}, data / "splits/f", data / "datasets/d", tmp_path, printed)
    assert "\n" not in str(caught.value) and str(caught.value).startswith("searches.s.refit: ")
    assert not [path for path in tmp_path.iterdir() if "model" in path.name]


def test_refit_is_no_part_of_what_evaluations_depend_on(table):
    dataset = {"load": "sklearn.datasets.load_wine"}
    found = [
        spec_and_source(validate(config(dataset, FOREST, {}, [], **more), SCHEMA), "search", "s")
        for more in ({}, {"refit": False}, {"refit": {"threads": 2}})
    ]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    "more, message",
    [
        ({"refit": True, "inner": CV}, r"searches\.s\.refit: cannot be used with 'inner'"),
        ({"refit": {"threads": 0}}, r"searches\.s\.refit\.threads: .*1"),
        ({"refit": {"cores": 2}}, r"searches\.s\.refit\.cores: unknown key"),
        ({"refit": "yes"}, r"searches\.s\.refit: "),
    ],
)
def test_mistakes_in_refit_are_named_by_their_key(more, message):
    with pytest.raises(FoldworkError, match=message):
        validate(config({"load": "sklearn.datasets.load_wine"}, FOREST, {}, [], **more), SCHEMA)


def test_a_notebook_reads_the_model_beside_the_tables(table):
    _, results, _, _ = table
    (results / "timings.csv").write_text((results / "scores.csv").read_text())
    model = foldwork.read(results).model()
    assert model.predict(make_table(5, seed=2)).shape == (5,)


@pytest.fixture
def with_threshold(table, tmp_path):
    """Return a copy of the search's folder in a study, with a threshold of the fitted candidate."""
    _, results, best, _ = table
    folder = tmp_path / "results/searches/s"
    shutil.copytree(results, folder)
    threshold = {"threshold": 0.3, "response_method": "predict_proba", "model": best["model"], "params": best["params"]}
    (folder / "threshold.json").write_text(json.dumps(threshold))
    make_table(60, seed=2).to_csv(tmp_path / "new.csv", index=False)
    return folder


def test_predictions_follow_the_threshold_of_the_search_as_scikit_learns_fixed_threshold_does(
    with_threshold, monkeypatch, capsys
):
    folder = with_threshold
    monkeypatch.chdir(folder.parents[2])
    X, model = make_table(60, seed=2), read_model(folder)
    fixed = FixedThresholdClassifier(model.estimator, threshold=0.3, response_method="predict_proba")
    expected = [model.labels[code] for code in fixed.predict(model.check(X))]
    plain = [model.labels[code] for code in model.estimator.predict(model.check(X))]
    assert model.predict(X).tolist() == expected != plain
    assert foldwork.predict(folder, "new.csv")["prediction"].tolist() == expected
    assert foldwork.predict(folder, "new.csv", threshold=False)["prediction"].tolist() == plain
    assert cli.main(["predict", "s", "new.csv", "-o", "out.csv", "--proba"]) == 0
    line = (
        "foldwork: labels follow the threshold of the search, 0.3 (predict_proba); --no-threshold predicts without it\n"
    )
    assert capsys.readouterr().err == line
    assert pd.read_csv("out.csv")["prediction"].tolist() == expected
    assert cli.main(["predict", "s", "new.csv", "-o", "out.csv", "--no-threshold"]) == 0
    assert capsys.readouterr().err == "" and pd.read_csv("out.csv")["prediction"].tolist() == plain


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"params": {"lr__C": -1}}, "is of another candidate than the fitted model"),
        ({"model": None}, "is of another candidate than the fitted model"),
        ("{", "is damaged, or was written by an earlier version"),
        ({"params": ...}, "is damaged, or was written by an earlier version"),
    ],
)
def test_a_threshold_that_is_not_of_the_fitted_candidate_is_refused_in_one_line(with_threshold, change, words):
    path = with_threshold / "threshold.json"
    found = json.loads(path.read_text()) | (change if isinstance(change, dict) else {})
    text = json.dumps({name: value for name, value in found.items() if value is not ...})
    path.write_text(text if isinstance(change, dict) else change)
    with pytest.raises(FoldworkError) as caught:
        read_model(with_threshold)
    assert words in str(caught.value) and "--no-threshold" in str(caught.value) and "\n" not in str(caught.value)
    assert read_model(with_threshold, threshold=False).threshold is None


def test_a_threshold_that_the_config_no_longer_names_is_not_applied(with_threshold):
    (with_threshold / "evaluated.json").write_text(json.dumps({"request": {"spec": {}}}))
    assert read_model(with_threshold).threshold is None
    (with_threshold / "evaluated.json").write_text(json.dumps({"request": {"spec": {"threshold": {"scoring": "f1"}}}}))
    assert read_model(with_threshold).threshold == {"threshold": 0.3, "response_method": "predict_proba"}


@pytest.mark.parametrize(
    ("more", "why"), [({"refit": False}, "refit: false"), ({"inner": CV}, "a nested search has no model")]
)
def test_held_out_rows_that_nothing_scores_are_named_in_a_warning(more, why):
    splits = {"splits": {"holdout": {"class": "ShuffleSplit", "random_state": 0}}}
    settings = validate(config({"load": "sklearn.datasets.load_wine"}, FOREST, {}, [], **splits, **more), SCHEMA)
    assert check_config(settings) == [f"searches.s: the held-out rows of splits f are not scored, as {why}"]
    settings = validate(config({"load": "sklearn.datasets.load_wine"}, FOREST, {}, [], **more), SCHEMA)
    assert check_config(settings) == []
