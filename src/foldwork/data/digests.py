"""Digest the content of data, independently of the file format."""

import hashlib
from typing import Any

import joblib
import numpy as np


def content_digest(value: Any) -> str:
    """Return the SHA-256 (hexadecimal) of an array-like's content, dtype, memory order and shape.

    Parameters
    ----------
    value : ndarray, sparse matrix or array, DataFrame, Series, None, or a dict of these
        DataFrames are digested column by column, independently of pandas' blocks and pickles.
    """
    state = hashlib.sha256()
    _feed(state, value)
    return state.hexdigest()


def _feed(state: Any, value: Any) -> None:
    if value is None:
        state.update(b"none;")
    elif isinstance(value, dict):
        for name in sorted(value):
            state.update(f"item {name};".encode())
            _feed(state, value[name])
    elif isinstance(value, np.ndarray) and not value.dtype.hasobject:
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        state.update(f"array {value.dtype.str} {value.shape} {order};".encode())
        flat = value.T if order == "F" else np.ascontiguousarray(value)
        state.update(flat.reshape(-1).view(np.uint8) if flat.size else b"")
    elif hasattr(value, "tocsr"):  # a sparse matrix or array
        state.update(f"sparse {type(value).__name__} {value.shape};".encode())
        for part in ("data", "indices", "indptr", "row", "col", "offsets"):
            if hasattr(value, part):
                _feed(state, np.asarray(getattr(value, part)))
    elif hasattr(value, "iloc"):  # pandas
        columns = value.items() if hasattr(value, "columns") else [(value.name, value)]
        state.update(f"frame {value.shape};".encode())
        _feed(state, np.asarray(value.index))
        for name, column in columns:
            state.update(f"column {name!r} {column.dtype};".encode())
            if hasattr(column, "cat"):
                state.update(b"ordered;" if column.cat.ordered else b"unordered;")
                _feed(state, np.asarray(column.cat.codes))
                _feed(state, np.asarray(column.cat.categories))
            else:
                values = np.asarray(column)
                # Rows that lie together give estimators an array in C order, and with it other last bits.
                state.update(b"strided;" if values.size > 1 and values.strides[0] != values.itemsize else b"")
                _feed(state, values)
    else:  # objects: joblib's hash depends on values, not on identities
        state.update(f"object {type(value).__name__} {joblib.hash(value, hash_name='sha1')};".encode())
