"""Open persisted folds on an engine: verified, memory-mapped, and restored for every evaluation."""

import io
import mmap
import os
import pickle
from collections import OrderedDict
from typing import Any

import joblib
import numpy as np

from foldwork import platforms
from foldwork.data.file_digest import file_sha256
from foldwork.errors import FoldworkError

KEEP = 2
"""Number of files that an engine keeps open: bundles of one fold tend to follow each other."""


class ArrayFile:
    """A joblib file of a dict of arrays, memory-mapped so that an evaluation may write into its arrays.

    The mapping is private (`mmap_mode="c"`): processes share all pages of the file, and a page that one of them writes into is copied for it. Written
    pages (an estimator with `copy=False` writes) are dropped before the next evaluation.

    Parameters
    ----------
    path : path-like
    sha256 : str
        Expected digest of the file.

    Raises
    ------
    FoldworkError
        When the file is missing or has another digest.
    """

    def __init__(self, path: str | os.PathLike, sha256: str) -> None:
        self.path, self.sha256 = os.fspath(path), sha256
        try:
            self._status = _status(self.path)
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
        """Return whether the file has not changed since it was opened."""
        try:
            return _status(self.path) == self._status
        except OSError:
            return False

    def fresh(self) -> dict[str, Any]:
        """Return the arrays with the content of the file. What was written into arrays that were returned before is lost."""
        if not self._packed.drop_written():
            self._packed = self._open()
        return self._packed.unpack()


class _Packed:
    """A dict of containers that can be rebuilt on the same memory-mapped pages.

    An evaluation may change the structure of a DataFrame, a Series or a sparse matrix, so each is rebuilt from a pickle. Their arrays are not in the
    pickle: they are out-of-band buffers, on the pages of the file.

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
                # As plain arrays: NumPy pickles no subclass by buffers, and estimators get the type that they would get without a file.
                return value.view(np.ndarray).__reduce_ex__(5)

        self._plain = {name: value for name, value in content.items() if isinstance(value, np.memmap)}
        maps += [value._mmap for value in self._plain.values()]
        others = {name: value for name, value in content.items() if name not in self._plain}
        Pickler(file, protocol=5, buffer_callback=self._buffers.append).dump(others)
        self._pickle = file.getvalue() if others else None

    def drop_written(self) -> bool:
        """Drop what was written into the arrays, so that the file's content is back; return whether that is possible."""
        return platforms.drop_written_pages(self._maps)

    def unpack(self) -> dict[str, Any]:
        """Return new containers with the content of the file."""
        plain = {name: value.view(np.ndarray) for name, value in self._plain.items()}
        return plain if self._pickle is None else plain | pickle.loads(self._pickle, buffers=self._buffers)


def _status(path: str) -> tuple[int, int, int]:
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


def slices(arrays: dict[str, Any], fold: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays of one fold: X_train, y_train, X_test and y_test.

    Parameters
    ----------
    arrays : dict
        The content of the fold's file: these arrays (layout `copy`), or X and y of all folds (layout `ring`).
    fold : dict
        Its part of splits.json. In a ring, `train` and `test` are slices of rows: start and end.
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
    """Return a file, opened now or kept open since an earlier evaluation in this process."""
    key = (path, sha256)
    if key not in _open or not _open[key].unchanged():
        _open[key] = ArrayFile(path, sha256)
        while len(_open) > KEEP:
            _open.popitem(last=False)
    _open.move_to_end(key)
    return _open[key]
