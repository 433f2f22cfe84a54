"""`holdout` of splits: rows that are cut off before any fold is made, and that nothing of a search sees."""

import copy

import joblib
import numpy as np
import pandas as pd
import pytest
from rounds import search
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.model_selection import GroupShuffleSplit

from foldwork.data import datasets, inner_splits, splits
from foldwork.data.fold_rows import read_rows
from foldwork.data.input_files import source_of_splits
from foldwork.errors import FoldworkError
from foldwork.records.make_request import make_request
from foldwork.storage.signed_json import read_signed, write_signed
from foldwork.study.checks.check_config import check_config

HOLDOUT = {"class": "GroupShuffleSplit", "test_size": 0.25, "random_state": 0}
X, Y = make_classification(160, 6, random_state=0)
GROUPS = np.arange(160) // 4
TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}


def held_out() -> np.ndarray:
    splitter = GroupShuffleSplit(test_size=0.25, random_state=0)
    return np.sort(next(splitter.split(X, Y, GROUPS))[1])


def config(folder, **splits_spec):
    return {
        "datasets": {"d": {"file": str(folder / "data.npz"), "target": "y", "groups": "groups"}},
        "splits": {
            "f": {"dataset": "d", "cv": {"class": "GroupKFold", "n_splits": 3}, "holdout": HOLDOUT, **splits_spec}
        },
        "searches": {
            "s": {
                "splits": "f",
                "models": {"tree": {"estimator": TREE, "space": {"max_depth": [1, 2, 3]}}},
                "scoring": ["accuracy", "roc_auc"],
                "train_scores": True,
            }
        },
    }


def write(folder, X, y, groups):
    folder.mkdir()
    np.savez(folder / "data.npz", X=X, y=y, groups=groups)
    return folder


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"inner": {"class": "GroupKFold", "n_splits": 2}},
        {"strategy": {"halving": {"factor": 2, "random_state": 0}}},
        {"strategy": {"racing": {"burn_in": 2, "random_state": 0}}},
    ],
    ids=["grid", "nested", "halving", "racing"],
)
def test_poison_in_held_out_rows_changes_no_byte_of_a_search(tmp_path, more):
    """Of values that are not numbers, of huge ones, and of wrong labels."""
    rows = held_out()
    poisoned, labels = X.copy(), Y.copy()
    poisoned[rows[::2]], poisoned[rows[1::2]], labels[rows] = np.nan, 1e300, 7
    found = []
    for name, X_, y_ in (("clean", X, Y), ("poisoned", poisoned, labels)):
        folder = write(tmp_path / name, X_, y_, GROUPS)
        settings = config(folder)
        settings["searches"]["s"] |= more
        found.append(search(folder, settings))
    clean, poison = found
    assert clean.scores == poison.scores and "0." in clean.scores
    assert clean.made == poison.made
    if "inner" in more:
        assert clean.nested == poison.nested
    else:
        assert clean.best == poison.best
    keys = [{record.key for record in each.records.requested.evaluations} for each in found]
    assert keys[0] == keys[1]
    for path in (tmp_path / "clean/splits/f").iterdir():
        if path.name != "splits.json":  # which has the digest of the whole dataset
            assert path.read_bytes() == (tmp_path / "poisoned/splits/f" / path.name).read_bytes()


@pytest.mark.parametrize("layout", ["copy", "ring"])
def test_folds_are_those_of_a_dataset_that_never_had_the_held_out_rows(tmp_path, layout):
    kept = np.delete(np.arange(160), held_out())
    manifests = {}
    for name, rows, spec in (("with", np.arange(160), {}), ("without", kept, {"holdout": None})):
        folder = write(tmp_path / name, X[rows], Y[rows], GROUPS[rows])
        settings = config(folder, layout=layout, **spec)
        search(folder, settings)
        manifests[name] = read_signed(folder / "splits/f/splits.json", "")
    different = {"digest", "rows", "holdout"}
    assert {**manifests["with"], **dict.fromkeys(different)} == {**manifests["without"], **dict.fromkeys(different)}
    assert manifests["with"]["n_samples"] == len(kept) and "holdout" not in manifests["without"]


def test_row_numbers_are_those_of_the_original_table_without_the_held_out_rows(tmp_path):
    folder = write(tmp_path / "study", X, Y, GROUPS)
    search(folder, config(folder))
    manifest = read_signed(folder / "splits/f/splits.json", "")
    rows = read_rows(folder / "splits/f", manifest)
    np.testing.assert_array_equal(rows.held_out, held_out())
    for fold, train, test in zip(manifest["folds"], rows.train, rows.test, strict=True):
        arrays = joblib.load(folder / "splits/f" / fold["file"])
        np.testing.assert_array_equal(arrays["X_train"], X[train])
        np.testing.assert_array_equal(arrays["X_test"], X[test])
        assert sorted([*train, *test, *rows.held_out]) == list(range(160))
        assert not set(GROUPS[rows.held_out]) & set(GROUPS[np.concatenate([train, test])])


@pytest.mark.parametrize("container", ["frame", "sparse", "fortran"])
def test_folds_hold_the_containers_that_a_table_of_the_kept_rows_gives(tmp_path, monkeypatch, container):
    monkeypatch.setattr(datasets, "_call_loader", lambda where, spec, warn: spec["given"])
    monkeypatch.setattr(datasets, "write_signed", lambda path, value: write_signed(path, {**value, "source": None}))
    table = {
        "frame": pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(c=pd.Categorical(np.array(["u", "v"])[Y])),
        "sparse": sparse.csr_matrix(X),
        "fortran": np.asfortranarray(X),
    }[container]
    kept = np.delete(np.arange(160), held_out())
    taken = table.iloc[kept] if container == "frame" else table[kept]
    spec = {"dataset": "d", "cv": {"class": "StratifiedKFold", "n_splits": 3}}
    found = []
    for name, given, more in (
        ("all", (table, Y, GROUPS), {"holdout": HOLDOUT}),
        ("kept", (taken, Y[kept], GROUPS[kept]), {}),
    ):
        datasets.persist("d", {"given": given}, tmp_path / name)
        found.append(splits.persist("f", {**spec, **more}, tmp_path / name, tmp_path / f"{name}-splits"))
    assert [fold["digest"] for fold in found[0]["folds"]] == [fold["digest"] for fold in found[1]["folds"]]


def test_results_of_splits_with_another_holdout_are_refused(tmp_path):
    folder = write(tmp_path / "study", X, Y, GROUPS)
    settings = config(folder)
    done = search(folder, settings)
    other = {**settings["splits"]["f"], "holdout": {**HOLDOUT, "random_state": 1}}
    spec = done.records.request.spec
    with pytest.raises(FoldworkError, match="was made from another config"):
        make_request("search", "s", spec, folder / "splits/f/splits.json", folder, 1, source_of_splits(other))
    with pytest.raises(FoldworkError, match="was made from another config"):
        inner_splits.persist("s", {"class": "KFold"}, folder / "splits/f", tmp_path / "inner", source_of_splits(other))


@pytest.mark.parametrize(
    ("holdout", "message"),
    [
        ({"class": "ShuffleSplit", "train_size": 0.5, "test_size": 0.2, "random_state": 0}, "48 are in neither part"),
        ({"class": "TimeSeriesSplit", "n_splits": 4}, "96 are in neither part"),
        ({"class": "LeavePGroupsOut", "n_groups": 90}, "cannot split dataset d"),
    ],
)
def test_a_holdout_that_does_not_divide_the_rows_is_refused_in_one_line(tmp_path, holdout, message):
    folder = write(tmp_path / "study", X, Y, GROUPS)
    with pytest.raises(FoldworkError, match=rf"splits\.f\.holdout: .*{message}"):
        search(folder, config(folder, holdout=holdout))


def test_a_mistake_in_holdout_is_named_before_anything_runs(tmp_path):
    folder = write(tmp_path / "study", X, Y, GROUPS)
    for holdout, message in (
        ({"class": "GroupShufleSplit"}, r"splits\.f\.holdout\.class: .*"),
        ({"class": "ShuffleSplit", "test_sise": 0.2}, r"splits\.f\.holdout.*test_sise"),
        ({"test_size": 0.2}, r"splits\.f\.holdout"),
    ):
        with pytest.raises(FoldworkError, match=message):
            search(folder, config(folder, holdout=holdout))


def test_a_holdout_without_a_seed_is_named_in_a_warning(tmp_path):
    settings = copy.deepcopy(config(tmp_path))
    settings["splits"]["f"]["holdout"] = {"class": "ShuffleSplit", "test_size": 0.2}
    search_of = settings["searches"]["s"]
    search_of |= {"strategy": {"grid": {}}, "share": True}
    (line,) = check_config({**settings, "clusterings": {}})
    assert "splits.f.holdout" in line and "random_state" in line
