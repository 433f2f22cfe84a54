"""Row numbers of the original table: which rows each fold's train and test part holds, and which are held out."""

from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np

from foldwork.data.file_digest import file_sha256
from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import replacing

ROWS = "rows.joblib"

Rows = list[tuple[np.ndarray, np.ndarray]]
"""Row numbers of the train and test part of each fold."""


class FoldRows(NamedTuple):
    """Row numbers in the dataset's X, in the order in which the rows stand in the fold's file.

    Attributes
    ----------
    train, test : list of ndarray of int
        One array a fold.
    held_out : ndarray of int or None
        The rows that no fold holds; None for splits without `holdout`.
    """

    train: list[np.ndarray]
    test: list[np.ndarray]
    held_out: np.ndarray | None


def in_file_order(rows: Rows, folds: list[dict[str, Any]]) -> Rows:
    """Return the rows of each fold in the order in which its file has them.

    Parameters
    ----------
    rows : list of (train, test)
        As the splitter gave them.
    folds : list of dict
        The folds' part of splits.json. Those of a ring have slices, `train` and `test`.
    """
    if "train" not in folds[0]:
        return rows
    order = np.concatenate([test for _, test in rows] * 2)
    return [(order[slice(*fold["train"])], order[slice(*fold["test"])]) for fold in folds]


def write_rows(folder: Path, rows: Rows, held_out: np.ndarray | None, n_samples: int) -> dict[str, str]:
    """Write rows.joblib; return its part of splits.json.

    Parameters
    ----------
    folder : Path
        The folder of the splits.
    rows : list of (train, test)
        Row numbers of the original table, in the order of the fold's file.
    held_out : ndarray or None
    n_samples : int
        Number of rows of the original table.
    """
    number = np.arange(n_samples, dtype=np.int32 if n_samples <= np.iinfo(np.int32).max else np.int64)
    content = {  # a user's splitter may give negative numbers, which count from the end
        "train": [number[train] for train, _ in rows],
        "test": [number[test] for _, test in rows],
        "held_out": None if held_out is None else number[held_out],
    }
    path = folder / ROWS
    with replacing(path) as temporary:
        joblib.dump(content, temporary)
    return {"file": path.name, "sha256": file_sha256(path)}


def read_rows(folder: Path, manifest: dict[str, Any]) -> FoldRows:
    """Return the row numbers of persisted splits, memory-mapped for reading.

    Parameters
    ----------
    folder : Path
        The folder of the splits.
    manifest : dict
        The content of its splits.json.

    Raises
    ------
    FoldworkError
        When the splits were written by an earlier version, or the file is missing or damaged.
    """
    if "rows" not in manifest:
        raise FoldworkError(
            f"splits {manifest['splits']} were written by an earlier version, which did not keep row numbers; remove {folder} and run snakemake again"
        )
    path = folder / manifest["rows"]["file"]
    if not path.exists() or file_sha256(path) != manifest["rows"]["sha256"]:
        raise FoldworkError(f"{path}: is missing or damaged; remove {folder} and run snakemake again")
    return FoldRows(**joblib.load(path, mmap_mode="r"))
