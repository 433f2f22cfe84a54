"""Copy and compare the containers that features come in: arrays, sparse matrices, DataFrames and Series.

What is said here of layout matters for last bits: BLAS adds up in another order when rows and columns are exchanged in memory.
"""

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np


def is_known(X: Any) -> bool:
    """Return whether X is of a container that this module copies and compares exactly."""
    if type(X) in (np.ndarray, np.memmap):
        return all(stride >= 0 for stride in X.strides)
    return is_sparse(X) or _is_pandas(X)


def is_sparse(X: Any) -> bool:
    """Return whether X is a sparse matrix or array of SciPy's own."""
    return type(X).__module__.startswith("scipy.sparse") and hasattr(X, "tocsr")


def _is_pandas(X: Any) -> bool:
    return type(X).__module__.partition(".")[0] == "pandas" and type(X).__name__ in ("DataFrame", "Series")


def copy(X: Any) -> Any:
    """Return a copy of the same layout in memory."""
    if isinstance(X, np.ndarray):
        if X.flags.forc or X.dtype.hasobject:
            return X.copy(order="K")
        # A view with gaps, such as the real part of complex numbers: the copy gets the same gaps.
        length = sum((n - 1) * stride for n, stride in zip(X.shape, X.strides, strict=True)) + X.itemsize
        found = np.ndarray(X.shape, X.dtype, np.empty(length, np.uint8), strides=X.strides)
        found[...] = X
        return found
    # `DataFrame.copy` merges blocks of columns and may transpose them; a pickle keeps all as it is.
    return pickle.loads(pickle.dumps(X, protocol=5))


def same(one: Any, other: Any) -> bool:
    """Return whether two containers hold the same: type, dtype, shape, layout, labels, and every bit of every number."""
    if type(one) is not type(other):
        return False
    if one is None:
        return True
    if isinstance(one, np.ndarray):
        if (one.dtype, one.shape, _layout(one)) != (other.dtype, other.shape, _layout(other)):
            return False
        if one.dtype.hasobject:
            return all(a is b or _equal(a, b) for a, b in zip(one.ravel(), other.ravel(), strict=True))
        return np.array_equal(_bits(one), _bits(other))  # NaN is itself, and zero is not minus zero
    if is_sparse(one):
        return one.shape == other.shape and all(
            same(getattr(one, part), getattr(other, part))
            for part in ("data", "indices", "indptr", "row", "col", "offsets")
            if isinstance(getattr(one, part, None), np.ndarray)
        )
    if _is_pandas(one):
        labels = one.axes[0].identical(other.axes[0]) and one.axes[-1].identical(other.axes[-1])
        return labels and one.equals(other) and all(map(same, _loose(one), _loose(other)))
    return False


def _loose(X: Any) -> Iterator[np.ndarray]:
    """Yield the columns in which pandas takes things for equal that differ: signs of zeros, 1 and True."""
    for column in [X] if X.ndim == 1 else (X.iloc[:, place] for place in range(X.shape[1])):
        if getattr(column.dtype, "kind", "O") in "fcO" and isinstance(column.dtype, np.dtype):
            yield column.to_numpy()


def _bits(X: np.ndarray) -> np.ndarray:
    """Return an array's bytes, as whole numbers of its items' size where there are such."""
    flat = X.ravel(order="K")
    return flat.view(f"u{X.itemsize}" if X.itemsize in (1, 2, 4, 8) else np.uint8) if X.itemsize else flat


def _layout(X: np.ndarray) -> list[int]:
    """Return the strides of the axes along which there is a step to take."""
    return [stride for n, stride in zip(X.shape, X.strides, strict=True) if n > 1] if X.size else []


def _equal(one: Any, other: Any) -> bool:
    """Return whether two objects are of one type and equal; NaN is equal to NaN."""
    if type(one) is not type(other):
        return False
    try:
        return bool(one == other) or bool(one != one and other != other)
    except (TypeError, ValueError):  # arrays, pandas' NA
        return False


def buffers(X: Any) -> Iterator[np.ndarray]:
    """Yield the arrays that hold the numbers of an array or a sparse matrix."""
    if isinstance(X, np.ndarray):
        yield X
    for part in ("data", "indices", "indptr", "row", "col", "offsets"):
        if is_sparse(X) and isinstance(getattr(X, part, None), np.ndarray):
            yield getattr(X, part)


def may_share_memory(one: Any, other: Any) -> bool:
    """Return whether writing into one container may change the other. Of DataFrames it is not known, so it may."""
    if one is other or (_is_pandas(one) and _is_pandas(other)):
        return True
    return any(np.may_share_memory(a, b) for a in buffers(one) for b in buffers(other))


def size(X: Any) -> int:
    """Return how many bytes X holds."""
    if X is None:
        return 0
    if _is_pandas(X):
        return int(np.sum(X.memory_usage(deep=True)))
    return sum(array.nbytes for array in buffers(X))
