"""The rows of a search's folds, memory-mapped: features, target and groups of the dataset, without held-out rows."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from foldwork.data import datasets, splits
from foldwork.data.fold_files import slices
from foldwork.data.fold_rows import FoldRows, read_rows
from foldwork.errors import FoldworkError
from foldwork.storage.signed_json import read_signed


class FoldData:
    """The data of the folds of a search.

    Parameters
    ----------
    folder : Path
        Folder of the splits.
    dataset : Path
        Folder of the dataset.

    Raises
    ------
    FoldworkError
        When the splits are damaged, or were made from another dataset.
    """

    def __init__(self, folder: Path, dataset: Path) -> None:
        self._folder, self._dataset = folder, dataset
        self._manifest = read_signed(folder / splits.MANIFEST, "its folder")
        found = read_signed(dataset / datasets.MANIFEST, "its folder")
        if found["digest"] != self._manifest["digest"]:
            raise FoldworkError(f"{folder} was made from other data than those in {dataset}; remove it and run snakemake again")

    @property
    def digests(self) -> list[str]:
        """Digest of each fold."""
        return [fold["digest"] for fold in self._manifest["folds"]]

    @property
    def splitter(self) -> str:
        """Name of the splitter's class."""
        return self._manifest["cv"]["class"].rpartition(".")[2]

    @cached_property
    def rows(self) -> FoldRows:
        """Row numbers of each fold."""
        return read_rows(self._folder, self._manifest)

    @cached_property
    def used(self) -> np.ndarray:
        """Sorted numbers of all rows that are in a fold."""
        used = np.zeros(self.X.shape[0], dtype=bool)
        for part in (*self.rows.train, *self.rows.test):
            used[part] = True
        return np.flatnonzero(used)

    @cached_property
    def _arrays(self) -> dict[str, Any]:
        return joblib.load(self._dataset / datasets.FILE, mmap_mode="r")

    @property
    def X(self) -> Any:
        """Features of the whole dataset, memory-mapped. Only `used` rows may be read."""
        return self._arrays["X"]

    @cached_property
    def groups(self) -> np.ndarray | None:
        """Groups of the whole dataset. Only `used` rows may be read."""
        return None if self._arrays["groups"] is None else np.asarray(self._arrays["groups"])

    @cached_property
    def y(self) -> Any:
        """Target of the whole dataset; None if it has none. Only `used` rows may be read."""
        return self._arrays["y"]

    def folds(self) -> Iterator[dict[str, Any]]:
        """Yield X_train, y_train, X_test and y_test of each fold, memory-mapped."""
        opened: tuple[str, Any] = "", None
        for fold in self._manifest["folds"]:
            if opened[0] != fold["file"]:  # all folds of a ring are in one file
                opened = fold["file"], joblib.load(self._folder / fold["file"], mmap_mode="r")
            yield slices(opened[1], fold)
