"""The rows of a dataset that the model is fitted on, and those that are held out."""

from pathlib import Path
from typing import Any

import numpy as np

from foldwork.data.fold_files import open_file
from foldwork.data.fold_rows import read_rows
from foldwork.data.splits import MANIFEST
from foldwork.sklearn_private import take_rows
from foldwork.storage.signed_json import read_signed


def kept(data: dict[str, str], splits: str | None) -> tuple[Any, Any]:
    """Return X and y without the held-out rows, in the order of the dataset.

    Parameters
    ----------
    data : dict
        `path` and `sha256` of the dataset's arrays.
    splits : str or None
        Folder of the splits; None if they hold nothing out.
    """
    arrays = open_file(data["path"], data["sha256"]).fresh()
    if splits is None:
        return arrays["X"], arrays["y"]
    rows = np.delete(np.arange(arrays["X"].shape[0]), _held_out(splits))
    return tuple(None if arrays[name] is None else take_rows(arrays[name], rows) for name in ("X", "y"))


def held_out(data: dict[str, str], splits: str) -> tuple[Any, Any, Any]:
    """Return X, y and groups of the held-out rows."""
    arrays = open_file(data["path"], data["sha256"]).fresh()
    rows = _held_out(splits)
    return tuple(None if arrays[name] is None else take_rows(arrays[name], rows) for name in ("X", "y", "groups"))


def _held_out(splits: str) -> np.ndarray:
    folder = Path(splits)
    return np.asarray(read_rows(folder, read_signed(folder / MANIFEST, "its folder")).held_out)
