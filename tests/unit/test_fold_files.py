"""Folds on an engine: whole, as they were written, and fresh for every evaluation."""

import json
import os
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator

from foldwork.data import fold_files
from foldwork.data.digests import content_digest
from foldwork.data.fold_files import ArrayFile, file_sha256, open_file
from foldwork.errors import FoldworkError
from foldwork.evaluation.bundle import run
from foldwork.study import objects


def written(path, **arrays):
    """Write arrays and return path and SHA-256, as the manifest has them."""
    joblib.dump(arrays, path)
    return str(path), file_sha256(path)


@pytest.fixture
def fold(tmp_path):
    arrays = {"X_train": np.arange(4000.0).reshape(1000, 4), "y_train": np.array(["a", "b"] * 500)}
    return written(tmp_path / "fold-0.joblib", **arrays, X_test=np.asfortranarray(np.eye(3)), y_test=None)


@pytest.fixture(autouse=True)
def nothing_open():
    fold_files._open.clear()
    yield
    fold_files._open.clear()


def test_a_fold_is_what_was_written(fold):
    arrays = ArrayFile(*fold).fresh()
    assert np.array_equal(arrays["X_train"], np.arange(4000.0).reshape(1000, 4))
    assert arrays["y_train"].tolist() == ["a", "b"] * 500 and arrays["y_test"] is None
    assert arrays["X_test"].flags.f_contiguous and not arrays["X_test"].flags.c_contiguous
    assert all(type(value) is np.ndarray for value in arrays.values() if value is not None)


@pytest.mark.parametrize("place", [0, 100, 2000, -1])
def test_a_flipped_bit_anywhere_in_a_fold_is_found(fold, place):
    path, sha256 = fold
    content = bytearray(Path(path).read_bytes())
    content[place] ^= 1
    Path(path).write_bytes(content)
    with pytest.raises(FoldworkError, match="its bytes are not the ones that were written") as error:
        open_file(path, sha256)
    assert path in str(error.value) and "\n" not in str(error.value)


def test_a_fold_that_is_cut_short_or_gone_is_one_line_that_says_what_to_do(fold, tmp_path):
    path, sha256 = fold
    os.truncate(path, os.path.getsize(path) // 2)
    with pytest.raises(FoldworkError, match=r"run snakemake again$"):
        open_file(path, sha256)
    with pytest.raises(FoldworkError, match=r"none\.joblib: No such file or directory; .* run snakemake again$"):
        open_file(str(tmp_path / "none.joblib"), sha256)


def test_what_one_evaluation_writes_is_not_seen_by_the_next(fold):
    path, sha256 = fold
    file = ArrayFile(path, sha256)
    for _ in range(3):
        arrays = file.fresh()
        assert np.array_equal(arrays["X_train"], np.arange(4000.0).reshape(1000, 4))
        assert arrays["y_train"][0] == "a" and np.array_equal(arrays["X_test"], np.eye(3))
        arrays["X_train"] *= -1
        arrays["y_train"][:] = "z"
        arrays["X_test"][:] = 5
        arrays.pop("y_test")
    assert file_sha256(path) == sha256  # nor is it in the file


def test_a_shape_or_a_flag_that_one_evaluation_sets_is_not_seen_by_the_next(fold):
    file = ArrayFile(*fold)
    X = file.fresh()["X_train"]
    X.shape = (4, 1000)
    X.flags.writeable = False
    again = file.fresh()["X_train"]
    assert again.shape == (1000, 4) and again.flags.writeable


def test_a_frame_or_a_sparse_matrix_is_fresh_too(tmp_path):
    table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"], "c": pd.Categorical(["u", "v"])})
    rows = sparse.csr_array(np.array([[0, 1.0], [2, 0]]))
    words = np.array(["p", None], dtype=object)
    file = ArrayFile(*written(tmp_path / "fold.joblib", X_train=table, y_train=words, X_test=rows, y_test=None))
    for _ in range(2):
        arrays = file.fresh()
        assert content_digest(arrays["X_train"]) == content_digest(table)
        assert np.array_equal(arrays["X_test"].toarray(), rows.toarray()) and arrays["y_train"].tolist() == ["p", None]
        arrays["X_train"]["d"] = 1
        arrays["X_train"].loc[0, "a"] = 99
        arrays["X_test"].data[:] = 99
        arrays["y_train"][:] = "q"


def test_a_file_stays_open_for_the_next_evaluation_and_few_do(fold, tmp_path):
    first = open_file(*fold)
    assert open_file(*fold) is first
    others = [written(tmp_path / f"other-{n}.joblib", X=np.full(3, n)) for n in range(fold_files.KEEP)]
    for other in others:
        open_file(*other)
    assert len(fold_files._open) == fold_files.KEEP
    assert open_file(*fold) is not first


def test_a_fold_that_was_written_anew_is_opened_anew(fold):
    path, sha256 = fold
    old = open_file(path, sha256)
    _, new = written(path, X_train=np.zeros(3))
    assert open_file(path, new) is not old
    assert open_file(path, new).fresh()["X_train"].tolist() == [0, 0, 0]


def test_a_fold_that_is_written_into_while_an_evaluation_has_it_open_gives_no_record(fold, tmp_path, monkeypatch):
    path, sha256 = fold

    class Harm(BaseEstimator):
        def fit(self, X, y=None):
            with open(path, "r+b") as file:
                file.seek(2000)
                file.write(b"\xff")
            return self

        def score(self, X, y=None):
            return 1.0

    monkeypatch.setattr(objects, "build_estimator", lambda spec: Harm())
    task = {"kind": "search", "models": {"m": {}}, "scoring": [], "train_scores": False, "rank": "score"}
    bundle = {
        "number": 0,
        "study": str(tmp_path),
        "task": json.dumps(task),
        "fold": {"index": 0, "path": path, "sha256": sha256},
        "evaluations": [("k", "made", "m", {}, 1, None)],
    }
    with pytest.raises(FoldworkError, match="its bytes are not the ones that were written"):
        run(bundle)
