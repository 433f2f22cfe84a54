"""The store of predictions: append-only files of raw arrays, a file for each engine process; records of the ledger say what is where.

A *reference* describes an array in a file: `offset` in bytes, `dtype`, `shape`, `order` ("C" or "F"; null if the array was a view in another order),
`digest`, and `objects` if it had dtype object. The digest is checked whenever an array is read, so bytes that no record refers to do no harm, nor does a file that is
damaged, truncated or another one.
"""

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np

from foldwork.errors import FoldworkError

ALIGNMENT = 64
"""Arrays begin at multiples of so many bytes."""

PLAIN = "biufcUS"
"""Kinds of dtypes whose bytes are the values."""

Reference = dict[str, Any]


class Damaged(FoldworkError):
    """Stored predictions are missing, or are not what was written."""


class Appender:
    """Appends arrays to a file of its own, which is created by the first flush.

    The file is opened for each flush: an estimator may close all open files, and a shared file system shows the content to others when a file is closed.

    Parameters
    ----------
    folder : path-like
        The folder of the store.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.path = Path(folder) / f"{secrets.token_hex(8)}.bin"
        self.size = 0
        self._flushed = 0
        self._parts: list[bytes] = []

    @property
    def pending(self) -> int:
        """Number of bytes that were not flushed yet."""
        return self.size - self._flushed

    def add(self, value: Any, *, exact: bool = True) -> Reference | None:
        """Append an array, and return its reference; None for a value that cannot be stored exactly.

        Parameters
        ----------
        value : object
            An ndarray, of numbers, booleans, strings, or Python strings (dtype object).
        exact : bool
            Whether its memory order is that of the original.
        """
        if type(value) is not np.ndarray:
            return None
        objects = value.dtype == object
        array = _as_strings(value) if objects else value
        if array is None or array.dtype.kind not in PLAIN or not array.dtype.isnative:
            return None
        order = ("C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else None) if exact else None
        data = array.tobytes("F" if order == "F" else "C")
        reference = {"offset": self.size, "dtype": array.dtype.str, "shape": list(array.shape), "order": order}
        reference |= {"objects": True} if objects else {}
        reference["digest"] = _digest(data, reference)
        padding = -len(data) % ALIGNMENT
        self._parts += [data, bytes(padding)]
        self.size += len(data) + padding
        return reference

    def flush(self) -> None:
        """Write what was added.

        Raises
        ------
        FoldworkError
            When it cannot be written, because the disk is full, say.
        """
        if not self._parts:
            return
        content, self._parts = b"".join(self._parts), []
        try:
            file = self._open()
            try:
                if (
                    os.fstat(file).st_size == 0
                ):  # new, or removed: arrays that were in it are damaged, the next ones are not
                    os.ftruncate(file, self._flushed)
                if os.fstat(file).st_size != self._flushed:
                    raise FoldworkError(f"{self.path}: another process has written into it; run snakemake again")
                written = 0
                while written < len(content):
                    written += os.write(file, content[written:])
            finally:
                os.close(file)
        except OSError as error:
            raise FoldworkError(
                f"{self.path}: {error.strerror}; make room and run snakemake again, what is recorded is kept"
            ) from error
        self._flushed = self.size

    def _open(self) -> int:
        """Open the file; create it if it is missing. An estimator may remove the folder at the same moment."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | (os.O_EXCL if self._flushed == 0 else 0)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return os.open(self.path, flags, 0o666)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, flags, 0o666)


class Reader:
    """Reads arrays of the store of a search; each file is memory-mapped once.

    Parameters
    ----------
    folder : path-like
        The search's folder, to which the names of the files are relative.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self._folder = Path(folder)
        self._maps: dict[str, np.ndarray] = {}

    def get(self, file: str, reference: Reference) -> np.ndarray:
        """Return an array, as a view of the memory-mapped file (of dtype object: a copy). It cannot be written to.

        Parameters
        ----------
        file : str
            Name of the file, relative to the search's folder.
        reference : dict

        Raises
        ------
        Damaged
            When the file is missing, or the bytes are not the ones that were written.
        """
        dtype, shape = np.dtype(reference["dtype"]), tuple(reference["shape"])
        start, size = reference["offset"], number_of_bytes(reference)
        data = self._map(file)[start : start + size]
        if len(data) != size or _digest(data, reference) != reference["digest"]:
            raise Damaged(f"{self._folder / file}: predictions in it are damaged (their digest differs)")
        array = data.view(dtype) if size else np.empty(0, dtype)
        array = array.reshape(shape, order=reference["order"] or "C")
        return array.astype(object) if reference.get("objects") else array

    def _map(self, file: str) -> np.ndarray:
        if file not in self._maps:
            path = self._folder / file
            try:
                self._maps[file] = np.memmap(path, np.uint8, mode="r").view(np.ndarray)
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or "is empty"
                raise Damaged(f"{path}: predictions in it cannot be read ({why})") from error
        return self._maps[file]


def number_of_bytes(reference: Reference) -> int:
    """Return the number of bytes of an array in the store."""
    return int(np.prod(reference["shape"], dtype=np.int64)) * np.dtype(reference["dtype"]).itemsize


def _as_strings(value: np.ndarray) -> np.ndarray | None:
    """Return an array of Python strings with a dtype of strings; None if it holds anything else, or would not come back the same."""
    values = value.ravel().tolist()
    if not all(type(each) is str for each in values):
        return None
    strings = value.astype(str)
    return strings if (strings.astype(object) == value).all() else None  # a string may end in NUL


def _digest(data: Any, reference: Reference) -> str:
    found = hashlib.blake2b(data, digest_size=16)
    described = [reference[name] for name in ("dtype", "shape", "order")] + [reference.get("objects", False)]
    found.update(repr(described).encode())
    return found.hexdigest()
