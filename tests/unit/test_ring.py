"""`layout: ring`: rows stored twice in a row, every fold two slices of one file."""

import json

import numpy as np
import pytest

from foldwork.data import datasets, fold_files, splits
from foldwork.errors import FoldworkError
from foldwork.study.objects import build_splitter

DIGITS = {"load": "sklearn.datasets.load_digits"}


def ring(tmp_path, cv, dataset=DIGITS):
    datasets.persist("d", dataset, tmp_path / "d")
    return splits.persist("s", {"dataset": "d", "cv": cv, "layout": "ring"}, tmp_path / "d", tmp_path / "s")


@pytest.mark.parametrize(
    "cv",
    [
        {"class": "KFold", "n_splits": 10},
        {"class": "StratifiedKFold", "n_splits": 7, "shuffle": True, "random_state": 0},
    ],
)
def test_every_fold_has_the_rows_that_the_splitter_gives_it_as_slices_of_one_map(tmp_path, cv):
    manifest = ring(tmp_path, cv)
    source = fold_files.open_file(
        str(tmp_path / "d/data.joblib"), json.loads((tmp_path / "d/dataset.json").read_text())["sha256"]
    ).fresh()
    X, y = source["X"], source["y"]
    assert {path.name for path in (tmp_path / "s").glob("*.joblib")} == {"ring.joblib", "rows.joblib"}
    for fold, (train, test) in zip(manifest["folds"], build_splitter(cv).split(X, y), strict=True):
        opened = fold_files.open_file(str(tmp_path / "s" / fold["file"]), fold["sha256"])
        arrays = fold_files.slices(opened.fresh(), fold)
        np.testing.assert_array_equal(arrays["X_test"], X[test])
        np.testing.assert_array_equal(arrays["y_test"], y[test])
        taken = np.column_stack([arrays["X_train"], arrays["y_train"]])
        given = np.column_stack([X[train], y[train]])
        np.testing.assert_array_equal(taken[np.lexsort(taken.T)], given[np.lexsort(given.T)])
        assert arrays["X_train"].flags.c_contiguous
        assert (fold["n_train"], fold["n_test"]) == (len(train), len(test))


def test_ten_folds_take_twice_the_bytes_of_the_dataset(tmp_path):
    ring(tmp_path, {"class": "KFold", "n_splits": 10})
    written = sum(path.stat().st_size for path in (tmp_path / "s").iterdir())
    assert written < 2.1 * (tmp_path / "d/data.joblib").stat().st_size


def test_a_splitter_that_does_not_partition_is_refused(tmp_path):
    with pytest.raises(
        FoldworkError, match=r"splits\.s\.layout: ring needs a splitter whose test parts are a partition"
    ):
        ring(tmp_path, {"class": "ShuffleSplit", "n_splits": 3, "random_state": 0})


def test_data_that_is_no_plain_array_is_refused(tmp_path):
    with pytest.raises(FoldworkError, match=r"splits\.s\.layout: ring needs X to be a plain array"):
        ring(tmp_path, {"class": "KFold"}, {**DIGITS, "args": {"as_frame": True}})
