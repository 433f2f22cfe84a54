"""Copy and compare containers of features and targets: NumPy arrays, SciPy's sparse matrices, pandas' DataFrames and Series.

The layout in memory is copied and compared, too: BLAS sums in another order when rows and columns are exchanged, which changes last bits.
"""

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np

_SPARSE_PARTS = ("data", "indices", "indptr", "row", "col", "offsets")
"""Attributes of sparse matrices that are arrays; each format has some of them."""


def is_known(X: Any) -> bool:
    """Return whether this module copies and compares X exactly."""
    if type(X) in (np.ndarray, np.memmap):
        return all(stride >= 0 for stride in X.strides)
    return is_sparse(X) or _is_pandas(X)


def is_sparse(X: Any) -> bool:
    """Return whether X is one of SciPy's sparse matrices or arrays; subclasses from elsewhere are not."""
    return type(X).__module__.startswith("scipy.sparse") and hasattr(X, "tocsr")


def _is_pandas(X: Any) -> bool:
    return type(X).__module__.partition(".")[0] == "pandas" and type(X).__name__ in ("DataFrame", "Series")


def copy(X: Any) -> Any:
    """Return a copy of a known container, of the same type and layout in memory."""
    if isinstance(X, np.ndarray):
        if X.flags.forc or X.dtype.hasobject:
            return X.copy(order="K")
        # A view with gaps, such as the real part of a complex array: the copy gets the same strides.
        length = sum((n - 1) * stride for n, stride in zip(X.shape, X.strides, strict=True)) + X.itemsize
        found = np.ndarray(X.shape, X.dtype, np.empty(length, np.uint8), strides=X.strides)
        found[...] = X
        return found
    # `DataFrame.copy` merges blocks of columns and may transpose them; pickle keeps both.
    return pickle.loads(pickle.dumps(X, protocol=5))


def same(one: Any, other: Any) -> bool:
    """Return whether two containers are equal in type, dtype, shape, layout, labels and every bit of every number."""
    if type(one) is not type(other):
        return False
    if one is None:
        return True
    if isinstance(one, np.ndarray):
        if (one.dtype, one.shape, _layout(one)) != (other.dtype, other.shape, _layout(other)):
            return False
        if one.dtype.hasobject:
            return all(a is b or _equal(a, b) for a, b in zip(one.ravel(), other.ravel(), strict=True))
        return np.array_equal(_bits(one), _bits(other))  # NaN equals itself, 0.0 differs from -0.0
    if is_sparse(one):
        return one.shape == other.shape and all(
            same(getattr(one, part), getattr(other, part))
            for part in _SPARSE_PARTS
            if isinstance(getattr(one, part, None), np.ndarray)
        )
    if _is_pandas(one):
        labels = one.axes[0].identical(other.axes[0]) and one.axes[-1].identical(other.axes[-1])
        return labels and one.equals(other) and all(map(same, _inexact_columns(one), _inexact_columns(other)))
    return False


def _inexact_columns(X: Any) -> Iterator[np.ndarray]:
    """Yield the columns for which `equals` of pandas is not exact: it takes 0.0 for -0.0, and 1 for True."""
    for column in [X] if X.ndim == 1 else (X.iloc[:, position] for position in range(X.shape[1])):
        if getattr(column.dtype, "kind", "O") in "fcO" and isinstance(column.dtype, np.dtype):
            yield column.to_numpy()


def _bits(X: np.ndarray) -> np.ndarray:
    """Return an array's items as unsigned integers of the same size, or its bytes if there are none of that size."""
    flat = X.ravel(order="K")
    return flat.view(f"u{X.itemsize}" if X.itemsize in (1, 2, 4, 8) else np.uint8) if X.itemsize else flat


def _layout(X: np.ndarray) -> list[int]:
    """Return the strides of the axes longer than one: the others have no effect."""
    return [stride for n, stride in zip(X.shape, X.strides, strict=True) if n > 1] if X.size else []


def _equal(one: Any, other: Any) -> bool:
    """Return whether two objects are of one type and equal; NaN equals NaN."""
    if type(one) is not type(other):
        return False
    try:
        return bool(one == other) or bool(one != one and other != other)
    except (TypeError, ValueError):  # arrays, pandas' NA
        return False


def buffers(X: Any) -> Iterator[np.ndarray]:
    """Yield the arrays in an array (itself) or in a sparse matrix."""
    if isinstance(X, np.ndarray):
        yield X
    elif is_sparse(X):
        yield from (part for name in _SPARSE_PARTS if isinstance(part := getattr(X, name, None), np.ndarray))


def may_share_memory(one: Any, other: Any) -> bool:
    """Return whether writing into one container may change the other; True for two of pandas, where it is not known."""
    if one is other or (_is_pandas(one) and _is_pandas(other)):
        return True
    return any(np.may_share_memory(a, b) for a in buffers(one) for b in buffers(other))


def nbytes(X: Any) -> int:
    """Return the size of a container's data in bytes; 0 for anything else."""
    if X is None:
        return 0
    if _is_pandas(X):
        return int(np.sum(X.memory_usage(deep=True)))
    return sum(array.nbytes for array in buffers(X))
