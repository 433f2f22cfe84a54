"""Open a persisted fold on an engine: checked, memory-mapped, and fresh for every evaluation."""

import hashlib
import io
import mmap
import os
import pickle
from collections import OrderedDict
from typing import Any

import joblib
import numpy as np

from foldwork import platforms
from foldwork.errors import FoldworkError

KEEP = 2
"""So many files an engine keeps open: bundles of one fold tend to follow each other."""


def file_sha256(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ArrayFile:
    """A joblib file of a dict of arrays, opened so that an evaluation may write into what it gets.

    Every mapping is private (`mmap_mode="c"`): pages are shared with all other readers of the file until somebody writes into one,
    and then that page alone is copied. What an evaluation wrote (an estimator with `copy=False` does) is dropped before the next.

    Parameters
    ----------
    path : path-like
        The file.
    sha256 : str
        What its bytes must hash to.

    Raises
    ------
    FoldworkError
        When the file is missing or its bytes are not the ones that were written.
    """

    def __init__(self, path: str | os.PathLike, sha256: str) -> None:
        self.path, self.sha256 = os.fspath(path), sha256
        try:
            self._stamp = _stamp(self.path)
            found = file_sha256(self.path)
        except OSError as error:
            raise FoldworkError(f"{self.path}: {error.strerror}; remove its folder and run snakemake again") from error
        if found != sha256:
            raise FoldworkError(
                f"{self.path}: its bytes are not the ones that were written (SHA-256 differs); remove its folder and run snakemake again"
            )
        self._packed = self._open()

    def _open(self) -> "_Packed":
        return _Packed(joblib.load(self.path, mmap_mode="c"))

    def unchanged(self) -> bool:
        """Return whether the file still is the one that was opened."""
        try:
            return _stamp(self.path) == self._stamp
        except OSError:
            return False

    def fresh(self) -> dict[str, Any]:
        """Return the arrays as they are in the file, whatever was done to those returned before."""
        if not self._packed.drop_written():
            self._packed = self._open()
        return self._packed.unpack()


class _Packed:
    """A dict of containers, from which new ones can be made that use the same memory-mapped pages.

    A DataFrame, a Series or a sparse matrix may have been changed in its structure, so each is made anew from its pickle; what it holds
    in arrays stays out of the pickle, as buffers of the mapped file.

    Parameters
    ----------
    content : dict
        As joblib loads it with `mmap_mode="c"`.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        self._maps: list[mmap.mmap] = []
        self._buffers: list[pickle.PickleBuffer] = []
        file = io.BytesIO()
        maps = self._maps

        class Pickler(pickle.Pickler):
            def reducer_override(self, value: Any) -> Any:
                if not isinstance(value, np.memmap):
                    return NotImplemented
                maps.append(value._mmap)
                # Only arrays of the class itself are given as buffers; and what estimators get is what they would get in memory.
                return value.view(np.ndarray).__reduce_ex__(5)

        self._plain = {name: value for name, value in content.items() if isinstance(value, np.memmap)}
        maps += [value._mmap for value in self._plain.values()]
        others = {name: value for name, value in content.items() if name not in self._plain}
        Pickler(file, protocol=5, buffer_callback=self._buffers.append).dump(others)
        self._pickle = file.getvalue()

    def drop_written(self) -> bool:
        """Drop what was written into the arrays, so that the file's content is back; return whether that is possible."""
        return all(platforms.drop_written_pages(mapped) for mapped in self._maps)

    def unpack(self) -> dict[str, Any]:
        """Return new containers of the arrays."""
        plain = {name: value.view(np.ndarray) for name, value in self._plain.items()}
        return plain | pickle.loads(self._pickle, buffers=self._buffers)


def _stamp(path: str) -> tuple[int, int, int]:
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


def slices(arrays: dict[str, Any], fold: dict[str, Any]) -> dict[str, Any]:
    """Return one fold's arrays from what its file holds.

    Parameters
    ----------
    arrays : dict
        X_train, y_train, X_test and y_test of a file for one fold, which are returned as they are; or X and y of a ring.
    fold : dict
        Its part of splits.json; in a ring `train` and `test` are the rows from and to.
    """
    if "train" not in fold:
        return arrays
    return {
        f"{name}_{part}": None if arrays[name] is None else arrays[name][slice(*fold[part])]
        for name in ("X", "y")
        for part in ("train", "test")
    }


_open: OrderedDict[tuple[str, str], ArrayFile] = OrderedDict()


def open_file(path: str, sha256: str) -> ArrayFile:
    """Return the file, opened now or kept open since an earlier evaluation of this process."""
    key = (path, sha256)
    if key not in _open or not _open[key].unchanged():
        _open[key] = ArrayFile(path, sha256)
        while len(_open) > KEEP:
            _open.popitem(last=False)
    _open.move_to_end(key)
    return _open[key]
