"""Keep in the store of a search the predictions of some rows alone; remove the rest."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np

from foldwork.records.stored_predictions import used_by_others
from foldwork.results.predictions import CandidatePredictions
from foldwork.storage.atomic_write import read_json, write_json
from foldwork.storage.file_names import KEPT, PREDICTIONS
from foldwork.storage.predictions import Appender, Reader


def compact(predictions: CandidatePredictions, rows: list[int], folder: Path) -> None:
    """Copy the predictions of rows into one file, name them in kept.json, and remove the other files.

    Files that another search of the study refers to stay. No run of the search may be writing.

    Parameters
    ----------
    predictions : CandidatePredictions
    rows : list of int
        Of scores.csv.
    folder : Path
        The search's folder.
    """
    kept = {key: each for row in rows for key, each in predictions.references(row).items()}
    stored = {path.name for path in (folder / PREDICTIONS).glob("*.bin")}
    files = {each["predictions"]["file"] for each in kept.values()}
    if len(files) <= 1 and files == {f"{PREDICTIONS}/{name}" for name in stored} and kept == kept_of(folder):
        return
    appender, reader = Appender(folder / PREDICTIONS), Reader(folder)
    for each in kept.values():
        each["predictions"] = _copied(each["predictions"], reader, appender)
    appender.flush()
    write_json(folder / KEPT, kept)  # before the files go that it replaces
    for name in stored - used_by_others(folder):
        with contextlib.suppress(FileNotFoundError):
            (folder / PREDICTIONS / name).unlink()


def kept_of(folder: Path) -> dict[str, Any]:
    """Return the content of kept.json; nothing if there is no such file."""
    try:
        return read_json(folder / KEPT)
    except (OSError, ValueError):
        return {}


def _copied(predictions: dict[str, Any], reader: Reader, appender: Appender) -> dict[str, Any]:
    """Append the arrays of an evaluation; return references to the copies."""

    def copied(reference: Any) -> Any:
        if isinstance(reference, list):
            return [copied(each) for each in reference]
        if reference is None:
            return None
        array = np.array(reader.get(predictions["file"], reference), order="K")
        return appender.add(array, exact=reference["order"] is not None)

    found = {**predictions, "file": f"{PREDICTIONS}/{appender.path.name}", "classes": copied(predictions["classes"])}
    for part in [part for part in ("test", "train") if part in predictions]:
        found[part] = {name: copied(each) for name, each in predictions[part].items()}
    return found
