"""Fit the best candidate of a search on all rows that are not held out, and describe the model in model.json."""

import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any

from foldwork.data.datasets import MANIFEST as DATASET
from foldwork.data.file_digest import file_sha256
from foldwork.data.splits import MANIFEST as SPLITS
from foldwork.engines.fresh_process import run_fresh
from foldwork.errors import FoldworkError
from foldwork.model.features import with_date_formats
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed, write_signed
from foldwork.study.source_code import drop_bytecode
from foldwork.study.versions import digest, files_behind, in_order, names_in

FILE = "model.json"
FILES = ("model.skops", "model.joblib")
"""The description of the model, and names of its file."""

MODEL = 1
"""Version of the code that fits and describes a model. Increase it with any change after which models are to be fitted again."""

KEPT = ".model.json"
"""What the model's file was made from. Snakemake removes model.json before it makes it again, and the fit may be long."""

KEY = ("model", "params", "digest", "held_out", "threads", "versions")
"""Members of model.json on which the fit depends, beside the estimator and the row numbers of the splits."""

OF_FIT = ("file", "format", "sha256", "types", "not_skops", "features", "is_classifier", "classes", "rows")
"""Members of model.json that follow from the fit."""

PLACE = ".model-"
"""Beginning of the name of the folder in which the file is made."""

CHILD = "foldwork.model.fit"
PRELOAD = ("foldwork.evaluation.task", "foldwork.model.model_file", "foldwork.model.rows")
"""The module that fits, and what it imports."""


def refit(
    search: str,
    best: dict[str, Any],
    splits: Path,
    dataset: Path,
    folder: Path,
    printed: IO[bytes],
    threads: int | None = None,
) -> dict[str, Any]:
    """Fit the best candidate, and write its file and model.json.

    Parameters
    ----------
    search : str
        Name of the search.
    best : dict
        Content of its best.json.
    splits, dataset : Path
        Folders of the persisted splits and dataset.
    folder : Path
        Folder of the search, in which the files are written. The working directory is the study's.
    printed : file, open for reading and writing
        Gets what the estimator prints.
    threads : int, optional
        Threads for the fit; those of the folds unless given.

    Returns
    -------
    dict
        The content of model.json. `file` is None if no candidate has a score on every fold.

    Raises
    ------
    FoldworkError
        If the persisted data are not those of the search, or the fit fails.
    """
    rows, data = _persisted(best, splits, dataset, folder)
    described = _description(search, best, rows, data, threads or best["reproduce"]["threads"])
    held_out = str(splits.resolve()) if rows.get("holdout") else None
    given = {"data": {"path": str((dataset / data["file"]).resolve()), "sha256": data["sha256"]}, "held_out": held_out}
    key = digest([MODEL, {name: described[name] for name in KEY}, in_order(described["estimator"]), rows.get("rows")])
    for killed in folder.glob(f"{PLACE}*"):
        shutil.rmtree(killed, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=PLACE) as place:
        if (kept := _kept(folder, key)) is not None:
            described |= kept
        elif scored(best):
            found = _fit(best, described, {**given, "stem": str(Path(place).resolve() / "model")}, printed)
            described |= {name: found[name] for name in OF_FIT if name in found}
            described |= {"file": f"model.{found['format']}", "not_skops": found["reason"]}
            with replacing(folder / described["file"]) as temporary:
                os.replace(found["path"], temporary)
            write_signed(folder / KEPT, {"key": key, **{name: described[name] for name in OF_FIT}})
    if "features" in described:
        described["features"] = with_date_formats(described["features"], data.get("date_formats", {}))
    for name in FILES:
        if name != described["file"]:
            (folder / name).unlink(missing_ok=True)
    write_signed(folder / FILE, described)
    return described


def _kept(folder: Path, key: str) -> dict[str, Any] | None:
    """Return what an earlier fit has left, if it was made from the same and its file is still there."""
    try:
        kept = read_signed(folder / KEPT, "it")
        if kept.pop("key") == key and file_sha256(folder / kept["file"]) == kept["sha256"]:
            return kept
    except (FoldworkError, OSError):
        pass
    return None


def _persisted(
    best: dict[str, Any], splits: Path, dataset: Path, folder: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manifests of the persisted splits and dataset, which must be those of the search."""
    rows, data = read_signed(splits / SPLITS, "its folder"), read_signed(dataset / DATASET, "its folder")
    folds = [fold["digest"] for fold in rows["folds"]]
    if folds != best["reproduce"]["folds"] or rows["digest"] != data["digest"]:
        raise FoldworkError(
            f"{folder / 'best.json'}: belongs to other folds than {splits}; remove it and run snakemake again"
        )
    return rows, data


def notes(described: dict[str, Any]) -> list[str]:
    """Return what the user is to know of a model beside its file.

    Parameters
    ----------
    described : dict
        Content of model.json.
    """
    if described["file"] is None:
        return [f"searches.{described['search']}: no candidate has a score on every fold, so no model is fitted"]
    if described["format"] == "joblib":
        return [
            f"searches.{described['search']}: the model is saved as model.joblib, as {described['not_skops']}; "
            "loading a joblib file runs code: load it only if you trust it as you trust code"
        ]
    return []


def scored(best: dict[str, Any]) -> bool:
    """Return whether the best candidate was chosen by its scores: if no candidate has a score on every fold it was not."""
    return best["choice"]["candidates"]["ranked"] > 0


def _description(
    search: str, best: dict[str, Any], splits: dict[str, Any], data: dict[str, Any], threads: int
) -> dict[str, Any]:
    source = data["source"]
    target = source.get("target")
    return {
        "search": search,
        "model": best["model"],
        "candidate": best["candidate"],
        "params": best["params"],
        "estimator": best["reproduce"]["estimator"],
        "file": None,
        "dataset": data["dataset"],
        "digest": data["digest"],
        "labels": data.get("labels"),
        "target": target.get("column") if isinstance(target, dict) else target,
        "left_out": [name for name in (source.get("groups"), *(source.get("drop") or [])) if name],
        "read": source.get("read") or {},
        "held_out": splits.get("holdout"),
        "threads": threads,
        "versions": {"python": platform.python_version(), **best["reproduce"]["versions"]},
    }


def _fit(best: dict[str, Any], described: dict[str, Any], given: dict[str, Any], printed: IO[bytes]) -> dict[str, Any]:
    """Fit in a new process with the environment of an engine; return its answer."""
    how = best["reproduce"]
    call = {
        **given,
        "study": str(Path.cwd()),
        **{key: best[key] for key in ("model", "params")},
        **{key: how[key] for key in ("estimator", "scoring")},
        "threads": described["threads"],
    }
    drop_bytecode(files_behind([how, best["params"]], Path.cwd()))
    named = {
        name.rpartition(".")[0] for name in names_in([how["estimator"], best["params"]]) if name.startswith("sklearn.")
    }
    (found,) = run_fresh(CHILD, [call], [*PRELOAD, *sorted(named)], Path.cwd(), printed)
    where = f"searches.{described['search']}.refit"
    if "died" in found:
        raise FoldworkError(
            f"{where}: the process that fits the best candidate ended {found['died']}; run snakemake again, or write refit: false"
        )
    if "error" in found:
        raise FoldworkError(f"{where}: {found['error']}; write refit: false for a search without a fitted model")
    return found
