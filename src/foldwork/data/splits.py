"""Persist the folds of a splitter as joblib files that can be memory-mapped, with a manifest."""

import sys
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from foldwork.data.datasets import FILE
from foldwork.data.datasets import MANIFEST as DATASET
from foldwork.data.digests import content_digest
from foldwork.data.file_digest import file_sha256
from foldwork.data.fold_files import open_file, slices
from foldwork.data.fold_rows import Rows, in_file_order, write_rows
from foldwork.data.holdout import held_out_rows
from foldwork.data.input_files import check_source
from foldwork.errors import FoldworkError, one_line
from foldwork.sklearn_private import take_rows, warns_of_ignored_groups
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed, write_signed
from foldwork.study.objects import build_splitter
from foldwork.study.source_code import drop_bytecode
from foldwork.study.versions import files_behind

MANIFEST = "splits.json"
GROUPS = "groups.joblib"


def persist(
    name: str, spec: dict[str, Any], dataset: Path, folder: Path, wanted: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Split a persisted dataset and write every fold.

    Parameters
    ----------
    name : str
        The splits' name in the config, for messages.
    spec : dict
        `dataset`, `cv`, `layout`; `holdout`, a splitter whose first split cuts off rows before `cv` sees them.
    dataset : Path
        Folder of the persisted dataset.
    folder : Path
        Where to write `fold-{k}.joblib` (a dict of X_train, y_train, X_test, y_test) or `ring.joblib`, `rows.joblib` (see `fold_rows`), `splits.json`,
        and if the dataset has groups `groups.joblib` (a dict of `train` and `test`, lists of the groups of each fold's rows).
    wanted : dict, optional
        The dataset in the config, which the persisted one must come from.

    Returns
    -------
    dict
        The content of splits.json: `dataset`, `digest` of the dataset, `n_samples`, `n_classes` (number of distinct values of the target), `rows`, `file` and `sha256` of rows.joblib, `groups`, those of groups.joblib or None, and `folds`, for each its `file`, `digest` (of the content), `sha256`
        (of the file), `n_train`, `n_test`.

    Raises
    ------
    FoldworkError
        When the splitter does not fit the data.
    """
    source = read_signed(dataset / DATASET, "its folder")
    check_source(dataset, source["source"], wanted)
    arrays = open_file(str(dataset / FILE), source["sha256"]).fresh()
    n_samples = int(arrays["X"].shape[0])
    kept, held_out = _hold_out(name, spec, arrays)
    if held_out is not None:
        arrays = {part: None if each is None else take_rows(each, kept) for part, each in arrays.items()}
    data = f"dataset {spec['dataset']}" + (" without the held-out rows" if held_out is not None else "")
    rows = split(f"splits.{name}.cv", spec["cv"], data, spec["dataset"], arrays["X"], arrays["y"], arrays["groups"])
    write = _write_ring if spec.get("layout") == "ring" else _write_folds
    folds = write(f"splits.{name}.layout", arrays["X"], arrays["y"], rows, folder)
    rows = in_file_order(rows, folds)
    manifest = {
        "splits": name,
        "dataset": spec["dataset"],
        "digest": source["digest"],
        "has_target": arrays["y"] is not None,
        "cv": spec["cv"],
        **({"holdout": spec["holdout"]} if held_out is not None else {}),
        "n_samples": int(arrays["X"].shape[0]),
        "n_classes": _number_of_values(arrays["y"]),
        "rows": write_rows(folder, [(kept[train], kept[test]) for train, test in rows], held_out, n_samples),
        "groups": _write_groups(arrays["groups"], rows, folder),
        "folds": folds,
    }
    write_signed(folder / MANIFEST, manifest)
    return manifest


def _hold_out(name: str, spec: dict[str, Any], arrays: dict[str, Any]) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the row numbers that are split into folds, and those that are held out (None without `holdout`)."""
    number = np.arange(arrays["X"].shape[0])
    if not spec.get("holdout"):
        return number, None
    where, data = f"splits.{name}.holdout", f"dataset {spec['dataset']}"
    first = split(where, spec["holdout"], data, spec["dataset"], arrays["X"], arrays["y"], arrays["groups"])[0]
    held_out = held_out_rows(where, len(number), *first)
    return np.delete(number, held_out), held_out


def _write_groups(groups: Any, rows: Rows, folder: Path) -> dict[str, str] | None:
    """Write the groups of the rows of each fold, for inner folds and for subsamples that keep groups whole; return their part of the manifest."""
    if groups is None:
        return None
    path = folder / GROUPS
    with replacing(path) as temporary:
        parts = zip(("train", "test"), zip(*rows, strict=True), strict=True)
        joblib.dump({part: [take_rows(groups, each) for each in chosen] for part, chosen in parts}, temporary)
    return {"file": path.name, "sha256": file_sha256(path)}


def _number_of_values(y: Any) -> int | None:
    """Return the number of distinct values of a target; None if there is no target, or if it cannot be told."""
    if y is None or hasattr(y, "tocsr"):
        return None
    try:
        return len(np.unique(np.asarray(y)))
    except TypeError:  # values that cannot be compared
        return None


def _write_folds(where: str, X: Any, y: np.ndarray | None, rows: Rows, folder: Path) -> list[dict[str, Any]]:
    """Write a file for every fold; return the folds' part of the manifest."""
    folds = []
    for index, (train, test) in enumerate(rows):
        fold = {
            "X_train": take_rows(X, train),
            "y_train": None if y is None else take_rows(y, train),
            "X_test": take_rows(X, test),
            "y_test": None if y is None else take_rows(y, test),
        }
        path = folder / f"fold-{index}.joblib"
        with replacing(path) as temporary:
            joblib.dump(fold, temporary)
        sizes = {"n_train": len(train), "n_test": len(test)}
        folds.append({"file": path.name, "digest": content_digest(fold), "sha256": file_sha256(path), **sizes})
    return folds


def _write_ring(where: str, X: Any, y: np.ndarray | None, rows: Rows, folder: Path) -> list[dict[str, Any]]:
    """Write one file for all folds: the rows in the order of the test parts, twice one after the other.

    Every test part is a slice of the file, and its train part is the slice after it. The rows of a train part are in another order than in
    scikit-learn, so the last bits of scores may differ.
    """
    tests = [test for _, test in rows]
    order = np.concatenate(tests)
    is_partition = len(order) == X.shape[0] and len(np.unique(order)) == len(order)
    if not is_partition or any(len(train) + len(test) != len(order) for train, test in rows):
        raise FoldworkError(
            f"{where}: ring needs a splitter whose test parts are a partition of the rows (such as KFold); take copy"
        )
    if not isinstance(X, np.ndarray) or X.dtype.hasobject:
        raise FoldworkError(f"{where}: ring needs X to be a plain array of numbers; take copy")
    if hasattr(y, "tocsr"):
        raise FoldworkError(f"{where}: ring needs y to be a plain array; take copy")
    y = None if y is None else np.asarray(y)
    ring = {"X": np.concatenate([X[order]] * 2), "y": None if y is None else np.concatenate([y[order]] * 2)}
    path = folder / "ring.joblib"
    with replacing(path) as temporary:
        joblib.dump(ring, temporary)
    sha256, folds, start = file_sha256(path), [], 0
    for test in tests:
        place = {"test": [start, start + len(test)], "train": [start + len(test), start + len(order)]}
        sizes = {"n_train": len(order) - len(test), "n_test": len(test)}
        folds.append(
            {"file": path.name, "digest": content_digest(slices(ring, place)), "sha256": sha256, **sizes, **place}
        )
        start += len(test)
    return folds


def split(where: str, spec: dict[str, Any], data: str, dataset: str, X: Any, y: Any, groups: Any) -> Rows:
    """Return the row numbers of train and test part of every fold.

    Parameters
    ----------
    where : str
        Key of the splitter in the config.
    spec : dict
        The splitter.
    data, dataset : str
        What is split, and the name of its dataset, for messages.
    X, y, groups : array-like or None

    Raises
    ------
    FoldworkError
        When the splitter does not fit the data.
    """
    drop_bytecode(files_behind(spec, Path.cwd()))
    cv = build_splitter(spec)
    kind = type(cv).__name__
    if "Group" in kind and groups is None:
        raise FoldworkError(f"{where}: {kind} needs groups; name a column in datasets.{dataset}.groups")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = [(_rows(train), _rows(test)) for train, test in cv.split(X, y, groups)]
    except Exception as error:
        raise FoldworkError(f"{where}: {kind} cannot split {data}: {one_line(error)}") from error
    for message in sorted({one_line(warning.message) for warning in caught}):
        if not warns_of_ignored_groups(message):  # the dataset may have groups for other splits
            print(f"foldwork: {where}: {kind} warns: {message}", file=sys.stderr)
    for index, (train, test) in enumerate(found):
        if not len(train) or not len(test):
            raise FoldworkError(
                f"{where}: fold {index} has {len(train)} train and {len(test)} test rows; both need some"
            )
    if not found:
        raise FoldworkError(f"{where}: {kind} gives no fold")
    return found


def _rows(chosen: Any) -> np.ndarray:
    """Return row numbers: a user's splitter may yield masks."""
    chosen = np.asarray(chosen)
    return np.flatnonzero(chosen) if chosen.dtype.kind == "b" else chosen
