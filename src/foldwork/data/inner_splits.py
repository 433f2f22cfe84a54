"""Persist the inner folds of a nested search: row numbers into the train part of each outer fold."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np

from foldwork.data import splits
from foldwork.data.digests import content_digest
from foldwork.data.file_digest import file_sha256
from foldwork.data.fold_files import open_file, slices
from foldwork.data.input_files import check_source, source_of_splits
from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed, write_signed

MANIFEST = "inner.json"


def persist(search: str, spec: dict[str, Any], outer: Path, folder: Path, source: Any = None) -> dict[str, Any]:
    """Split the train part of each outer fold, and write the row numbers.

    The inner splitter gets the groups of the outer fold's train rows, as scikit-learn's metadata routing passes them on.

    Parameters
    ----------
    search : str
        Name of the search in the config, for messages.
    spec : dict
        Its `inner`, a splitter.
    outer : Path
        Folder of the persisted outer folds.
    folder : Path
        Where to write `rows-{k}.joblib` for each outer fold (a list of the row numbers of train and test part of each inner fold), and `inner.json`.
    source : dict, optional
        Config of the outer folds (see `source_of_splits`), which the persisted ones must come from.

    Returns
    -------
    dict
        The content of inner.json: `inner`, `splits`, and `outer`, for each outer fold its `digest`, `file`, `sha256`, and `folds` with `digest`, `n_train`
        and `n_test`. The digest of an inner fold follows from those of the outer fold and of the row numbers.

    Raises
    ------
    FoldworkError
        When the splitter does not fit the data.
    """
    found = read_signed(outer / splits.MANIFEST, "its folder")
    check_source(outer, source_of_splits(found), source)
    groups = _groups(outer, found)
    manifest: dict[str, Any] = {"inner": spec, "splits": found["splits"], "outer": []}
    for index, fold in enumerate(found["folds"]):
        arrays = slices(open_file(str(outer / fold["file"]), fold["sha256"]).fresh(), fold)
        rows = splits.split(
            f"searches.{search}.inner",
            spec,
            f"the train rows of fold {index} of splits {found['splits']}",
            found["dataset"],
            arrays["X_train"],
            arrays["y_train"],
            groups[index],
        )
        manifest["outer"].append({"digest": fold["digest"], **_write(folder / f"rows-{index}.joblib", fold, rows)})
    write_signed(folder / MANIFEST, manifest)
    return manifest


def read(folder: Path, spec: dict[str, Any], outer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the inner folds of each outer fold: the part `outer` of inner.json.

    Parameters
    ----------
    folder : Path
    spec : dict
        `inner` of the search.
    outer : list of dict
        The outer folds in splits.json.

    Raises
    ------
    FoldworkError
        When the inner folds are missing, or were made with another splitter or from other outer folds.
    """
    found = read_signed(folder / MANIFEST, "its folder")
    made = {"inner": found["inner"], "outer": [fold["digest"] for fold in found["outer"]]}
    check_source(folder, made, {"inner": spec, "outer": [fold["digest"] for fold in outer]})
    return found["outer"]


def _groups(outer: Path, manifest: dict[str, Any]) -> list[Any]:
    """Return the groups of the train rows of each outer fold."""
    if not {"rows", "groups"} <= manifest.keys():
        raise FoldworkError(
            f"splits {manifest['splits']} were written by an earlier version; remove {outer} and run snakemake again"
        )
    if manifest["groups"] is None:
        return [None] * len(manifest["folds"])
    path = outer / manifest["groups"]["file"]
    if not path.exists() or file_sha256(path) != manifest["groups"]["sha256"]:
        raise FoldworkError(f"{path}: is missing or damaged; remove {outer} and run snakemake again")
    return joblib.load(path)["train"]


def _write(path: Path, outer: dict[str, Any], rows: splits.Rows) -> dict[str, Any]:
    """Write the inner folds of one outer fold; return their part of the manifest."""
    with replacing(path) as temporary:
        joblib.dump(rows, temporary)
    folds = [
        {
            "digest": content_digest(
                {"outer": np.array(outer["digest"]), "train": np.asarray(train), "test": np.asarray(test)}
            ),
            "n_train": len(train),
            "n_test": len(test),
        }
        for train, test in rows
    ]
    return {"file": path.name, "sha256": file_sha256(path), "folds": folds}
