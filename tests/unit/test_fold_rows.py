"""rows.joblib: the row numbers of the original table that each fold holds."""

import joblib
import numpy as np
import pytest

from foldwork.data import datasets, splits
from foldwork.data.fold_files import slices
from foldwork.data.fold_rows import read_rows
from foldwork.errors import FoldworkError
from foldwork.storage.signed_json import read_signed

IRIS = {"load": "sklearn.datasets.load_iris"}


def persist(tmp_path, cv, **spec):
    datasets.persist("d", IRIS, tmp_path / "d")
    return splits.persist("s", {"dataset": "d", "cv": cv, **spec}, tmp_path / "d", tmp_path / "s")


@pytest.mark.parametrize("layout", ["copy", "ring"])
def test_row_numbers_lead_from_the_dataset_to_the_rows_of_each_fold_in_the_order_of_its_file(tmp_path, layout):
    manifest = persist(tmp_path, {"class": "KFold", "n_splits": 4, "shuffle": True, "random_state": 0}, layout=layout)
    X, y = (joblib.load(tmp_path / "d/data.joblib")[part] for part in ("X", "y"))
    rows = read_rows(tmp_path / "s", read_signed(tmp_path / "s/splits.json", ""))
    assert rows.held_out is None and len(rows.train) == len(rows.test) == 4
    for fold, train, test in zip(manifest["folds"], rows.train, rows.test, strict=True):
        arrays = slices(joblib.load(tmp_path / "s" / fold["file"]), fold)
        np.testing.assert_array_equal(arrays["X_train"], X[train])
        np.testing.assert_array_equal(arrays["y_train"], y[train])
        np.testing.assert_array_equal(arrays["X_test"], X[test])
        np.testing.assert_array_equal(arrays["y_test"], y[test])


def test_row_numbers_that_cannot_be_read_are_refused_in_one_line(tmp_path):
    manifest = persist(tmp_path, {"class": "KFold", "n_splits": 3})
    earlier = {key: value for key, value in manifest.items() if key != "rows"}
    with pytest.raises(FoldworkError, match=r"splits s were written by an earlier version.*remove .*/s and run"):
        read_rows(tmp_path / "s", earlier)
    with open(tmp_path / "s/rows.joblib", "ab") as file:
        file.write(b"x")
    with pytest.raises(FoldworkError, match=r"rows\.joblib: is missing or damaged; remove"):
        read_rows(tmp_path / "s", manifest)
    (tmp_path / "s/rows.joblib").unlink()
    with pytest.raises(FoldworkError, match=r"rows\.joblib: is missing or damaged; remove"):
        read_rows(tmp_path / "s", manifest)
