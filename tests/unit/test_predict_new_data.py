"""Predictions of new data: whatever its form, they are those of the estimator, and what does not fit is one line."""

import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

import foldwork
from foldwork.commands import cli
from foldwork.data.file_digest import file_sha256
from foldwork.data.read_chunks import read_chunks
from foldwork.errors import FoldworkError
from foldwork.model import features, model_file
from foldwork.model.model import Model, read_model
from foldwork.model.predict import predictions, write
from foldwork.storage.signed_json import write_signed


def model_of(estimator, X, y, labels=None, **more) -> Model:
    """Return a fitted model with a description as `refit` writes it."""
    described = {
        "search": "s",
        "features": features.describe(X),
        "classes": getattr(estimator.fit(X, y), "classes_", np.array([])).tolist() or None,
        "is_classifier": is_classifier(estimator),
        "labels": labels,
        "target": "y",
        "left_out": ["id"],
        "read": {},
        "versions": {},
        **more,
    }
    return Model(estimator, json.loads(json.dumps(described)))


def predicted(model, path, rows=7, **more) -> pd.DataFrame:
    return pd.concat(predictions(model, str(path), rows=rows, **more), ignore_index=True)


def table(rows=60, seed=0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    found = pd.DataFrame(
        {"a": draw.normal(size=rows), "n": draw.integers(0, 9, rows), "zip": draw.choice(["01", "12"], rows)}
    )
    return found.assign(flag=draw.random(rows) < 0.5)


@pytest.fixture
def of_table():
    """Return the model of a table with numbers, text and booleans."""
    X = table(200)
    y = (X["a"] + (X["zip"] == "01") > 0.3).astype(int).to_numpy()
    return model_of(
        make_pipeline(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), GaussianNB()), X, y
    )


@pytest.mark.parametrize("rows", [1, 7, 60, 1000])
def test_chunks_of_any_size_give_the_predictions_of_the_whole(of_table, tmp_path, rows):
    new = table(seed=1)
    new.to_csv(tmp_path / "new.csv", index=False)
    found = predicted(of_table, tmp_path / "new.csv", rows=rows, proba=True)
    assert found.columns.tolist() == ["row", "prediction", "proba_0", "proba_1"] and found["row"].tolist() == list(
        range(60)
    )
    np.testing.assert_array_equal(found["prediction"], of_table.estimator.predict(new))
    np.testing.assert_array_equal(found[["proba_0", "proba_1"]], of_table.estimator.predict_proba(new))


def test_parquet_is_read_and_written_in_chunks(of_table, tmp_path):
    new = table(seed=1).assign(y="?")
    new.to_parquet(tmp_path / "new.parquet")
    found = predicted(of_table, tmp_path / "new.parquet")
    np.testing.assert_array_equal(found["prediction"], of_table.estimator.predict(new.drop(columns="y")))
    tables = predictions(of_table, str(tmp_path / "new.parquet"), proba=True, rows=7)
    assert write(tables, tmp_path / "out.parquet", str(tmp_path / "new.parquet")) == 60
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out.parquet")[["row", "prediction"]], found)
    new.head(0).to_parquet(tmp_path / "none.parquet")
    assert predicted(of_table, tmp_path / "none.parquet").shape == (0, 2)


def test_columns_may_come_in_another_order_beside_target_and_dropped_ones(of_table, tmp_path):
    new = table(seed=1)
    new.assign(y="?", id=3)[["y", "zip", "id", "flag", "n", "a"]].to_csv(tmp_path / "new.csv.gz", index=False)
    found = predicted(of_table, tmp_path / "new.csv.gz")
    np.testing.assert_array_equal(found["prediction"], of_table.estimator.predict(new))


def test_options_of_the_training_file_are_those_of_new_data(of_table, tmp_path):
    """Also where they name columns that new data do not have."""
    new = table(seed=1)
    new.to_csv(tmp_path / "new.csv", index=False, sep=";", decimal=",")
    read = {"sep": ";", "decimal": ",", "usecols": ["a", "n", "zip", "flag", "y"], "nrows": 5, "dtype": {"y": "str"}}
    of_table.description["read"] = {**read, "parse_dates": ["y"], "na_values": {"y": ["-"]}}
    found = predicted(of_table, tmp_path / "new.csv")
    np.testing.assert_array_equal(found["prediction"], of_table.estimator.predict(new))


def test_categories_keep_the_codes_of_the_fit():
    X = pd.DataFrame({"c": pd.Categorical(["u", "v", "w", "u"], categories=["w", "v", "u"])})
    described = json.loads(json.dumps(features.describe(X)))
    found = features.conform(pd.DataFrame({"c": ["v", "new", None, "u"]}), described, "X")
    assert found["c"].cat.codes.tolist() == [1, 3, -1, 2]
    assert found["c"].cat.categories.tolist() == ["w", "v", "u", "new"]


def test_booleans_with_missing_values_stay_booleans(tmp_path):
    X = pd.DataFrame({"c": [True, None, False, True]}, dtype=object)
    described = json.loads(json.dumps(features.describe(X)))
    (tmp_path / "new.csv").write_text('c\nTrue\n""\nFalse\n')
    chunks = list(read_chunks(str(tmp_path / "new.csv"), {}, 1, features.text_columns(described)))
    found = [features.conform(chunk, described, "X")["c"].iloc[0] for chunk in chunks]
    assert found[0] is True and pd.isna(found[1]) and found[2] is False


@pytest.mark.parametrize(
    "change, line",
    [
        (lambda t: t.drop(columns="n"), "the column 'n', which the model was fitted on, is missing"),
        (lambda t: t.rename(columns={"n": "count"}), "the column 'n', which the model was fitted on, is missing; 'count' is unknown"),
        (lambda t: t[["a"]], "the columns 'n', 'zip', 'flag', which the model was fitted on, are missing"),
        (lambda t: t.assign(size=1), "the column 'size' is unknown: the model was not fitted on it; leave it out with --drop size"),
        (lambda t: t.assign(a=[*range(59), "high"]), "column 'a' holds 'high' in row 59; the model was fitted on numbers (float64)"),
        (lambda t: t.assign(flag=[None] + [True] * 59), "column 'flag' holds no value in row 0; the model was fitted on true and false (bool)"),
        (lambda t: t.assign(flag=[2] + [True] * 59), "column 'flag' holds '2' in row 0; the model was fitted on true and false (bool)"),
    ],
    ids=["missing", "renamed", "several missing", "unknown", "text for numbers", "missing booleans", "no booleans"],
)  # fmt: skip
def test_what_does_not_fit_is_one_line(of_table, tmp_path, change, line):
    path = tmp_path / "new.csv"
    change(table(seed=1)).to_csv(path, index=False)
    with pytest.raises(FoldworkError) as caught:
        predicted(of_table, path)
    assert str(caught.value) == f"{path}: {line}"


def test_an_unknown_column_can_be_dropped(of_table, tmp_path):
    table(seed=1).assign(size=1).to_csv(tmp_path / "new.csv", index=False)
    assert len(predicted(of_table, tmp_path / "new.csv", drop=["size"])) == 60


def test_a_file_without_rows_gives_a_table_without_rows(of_table, tmp_path):
    table().head(0).to_csv(tmp_path / "new.csv", index=False)
    found = predicted(of_table, tmp_path / "new.csv", proba=True)
    assert found.shape == (0, 4)


@pytest.fixture(scope="module")
def of_array():
    X, y = make_classification(200, 5, random_state=0)
    return model_of(LogisticRegression(), X, np.array(["no", "yes"])[y])


@pytest.mark.parametrize("form", ["new.npy", "new.npz", "plain.csv", "header.csv"])
def test_the_model_of_an_array_reads_arrays_and_tables_with_and_without_a_header(of_array, tmp_path, form):
    new = make_classification(50, 5, random_state=1)[0]
    path = tmp_path / form
    if form == "new.npy":
        np.save(path, new)
    elif form == "new.npz":
        np.savez(path, X=new)
    else:
        pd.DataFrame(new).add_prefix("c").to_csv(path, index=False, header=form == "header.csv")
    found = predicted(of_array, path)
    np.testing.assert_array_equal(found["prediction"], of_array.estimator.predict(new))


def test_a_sparse_matrix_is_read_where_the_model_was_fitted_on_one(tmp_path):
    X, y = make_classification(100, 5, random_state=0)
    model = model_of(LogisticRegression(), sparse.csr_matrix(X), y)
    sparse.save_npz(tmp_path / "new.npz", sparse.csc_matrix(X))
    np.testing.assert_array_equal(predicted(model, tmp_path / "new.npz")["prediction"], model.estimator.predict(X))
    np.save(tmp_path / "new.npy", X)
    with pytest.raises(FoldworkError, match="the model was fitted on a sparse matrix"):
        predicted(model, tmp_path / "new.npy")


@pytest.mark.parametrize(
    "shape, line", [((9, 4), "4 columns; the model was fitted on 5 columns"), ((5,), "rows of shape")]
)
def test_an_array_of_another_shape_is_one_line(of_array, tmp_path, shape, line):
    np.save(tmp_path / "new.npy", np.zeros(shape))
    with pytest.raises(FoldworkError, match=line):
        predicted(of_array, tmp_path / "new.npy")


def test_encoded_classes_come_back_as_original_values(tmp_path):
    X, y = make_classification(100, 5, random_state=0)
    model = model_of(LogisticRegression(), X, y, labels=["well", "ill"])
    assert model.classes == ["well", "ill"]
    assert set(model.predict(X)) == {"well", "ill"}
    assert model.table(X, proba=True).columns.tolist() == ["row", "prediction", "proba_well", "proba_ill"]


def test_predictions_of_a_model_that_is_no_classifier_stay_numbers():
    X, y = make_classification(100, 5, random_state=0)
    model = model_of(Ridge(), X, y, labels=["well", "ill"])
    np.testing.assert_array_equal(model.predict(X), model.estimator.predict(X))


def test_what_the_estimator_refuses_is_one_line(of_array, tmp_path):
    (tmp_path / "new.csv").write_text("a,b,c,d,e\n1,2,,4,5\n")
    with pytest.raises(
        FoldworkError, match=r"new\.csv: LogisticRegression\.predict raised ValueError: Input X contains NaN"
    ):
        predicted(of_array, tmp_path / "new.csv")


@pytest.mark.parametrize("rows", [20_000, 200_000])
def test_memory_does_not_grow_with_the_file(of_array, tmp_path, rows):
    path = tmp_path / "new.csv"
    line = "0.25,1.5,-0.5,0.125,2.0\n"
    path.write_text("a,b,c,d,e\n" + line * rows)
    tracemalloc.start()
    count = sum(len(table) for table in predictions(of_array, str(path), rows=2000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == rows and peak < 4_000_000


@pytest.fixture
def study(of_array, tmp_path):
    """Return a study with the model of an array."""
    folder = tmp_path / "results/searches/s"
    folder.mkdir(parents=True)
    saved = model_file.save(of_array.estimator, np.zeros((3, 5)), folder / "model")
    described = {**of_array.description, "file": "model.skops", "format": saved["format"], "sha256": saved["sha256"]}
    write_signed(folder / "model.json", described)
    np.save(tmp_path / "new.npy", make_classification(50, 5, random_state=1)[0])
    return tmp_path


def test_the_command_writes_what_python_returns(study, monkeypatch, capsys):
    monkeypatch.chdir(study)
    assert cli.main(["predict", "s", "new.npy", "-o", "out.csv", "--proba"]) == 0
    assert capsys.readouterr().out == "out.csv: 50 rows\n"
    found = pd.read_csv("out.csv", converters={"proba_no": float, "proba_yes": float})
    expected = foldwork.predict("results/searches/s", "new.npy", proba=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_exact=True)
    assert cli.main(["predict", "results/searches/s", "new.npy"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "row,prediction"
    assert foldwork.predict("results/searches/s", np.load("new.npy"), "out.tsv") == 50


@pytest.mark.parametrize(
    "arguments, line",
    [
        (["nope", "new.npy"], "results/searches/nope: has no model (yet)"),
        (["s", "nope.csv"], "nope.csv: there is no such file"),
        (["s", "new.npy", "-o", "out.json"], "out.json: must end in .csv, .tsv or .parquet"),
        (["s", "new.npy", "-o", "no/out.csv", "--drop", "x"], None),
        (["s", "new.xlsx"], "new.xlsx: is of a format that is not read here"),
        (["s", "results/searches/s/model.json"], "results/searches/s/model.json: is of a format"),
    ],
)
def test_the_command_refuses_in_one_line(study, monkeypatch, capsys, arguments, line):
    monkeypatch.chdir(study)
    (study / "new.xlsx").touch()
    code = cli.main(["predict", *arguments])
    said = capsys.readouterr().err
    if line is None:
        assert code == 0
    else:
        assert code == 1 and said.startswith(f"foldwork: {line}") and said.count("\n") == 1


def test_predictions_that_end_early_leave_the_file_as_it_was(study, monkeypatch):
    monkeypatch.chdir(study)
    (study / "out.csv").write_text("of before")
    (study / "new.csv").write_text("a,b,c,d,e\n" + "1,2,3,4,5\n" * 3 + "1,2,3,4,x\n")
    assert cli.main(["predict", "s", "new.csv", "-o", "out.csv"]) == 1
    assert (study / "out.csv").read_text() == "of before"
    assert sorted(path.name for path in study.glob(".*")) == []


def test_a_model_whose_file_was_exchanged_is_not_loaded(study):
    file = study / "results/searches/s/model.skops"
    file.write_bytes(file.read_bytes() + b" ")
    assert file_sha256(file)
    with pytest.raises(FoldworkError, match="SHA-256 differs"):
        read_model(file.parent)


def test_other_versions_of_packages_are_a_warning(study, monkeypatch, capsys):
    monkeypatch.chdir(study)
    path = study / "results/searches/s/model.json"
    described = json.loads(path.read_text())
    described.pop("checksum")
    write_signed(path, {**described, "versions": {"numpy": "1.0"}})
    assert cli.main(["predict", "s", "new.npy", "-o", "out.csv"]) == 0
    assert "warning: the model was fitted with numpy 1.0, here " in capsys.readouterr().err
