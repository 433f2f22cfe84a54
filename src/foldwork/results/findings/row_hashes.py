"""Hashes of rows: equal rows have equal hashes, and two different rows have the same one with a probability of 2**-64."""

from typing import Any

import numpy as np

_BYTES = 32 * 2**20
"""Of the rows that are hashed at once."""


def hash_rows(X: Any, rows: np.ndarray) -> np.ndarray | None:
    """Return a hash for each of some rows.

    Parameters
    ----------
    X : array-like, shape (n_samples, ...)
        Array, DataFrame or sparse matrix; may be memory-mapped.
    rows : ndarray of int

    Returns
    -------
    ndarray of uint64, shape (len(rows),), or None
        None if values cannot be hashed.
    """
    import pandas as pd

    found = np.empty(len(rows), dtype=np.uint64)
    width = max(1, int(np.prod(X.shape[1:]))) * 8
    step = max(1, _BYTES // width)
    for start in range(0, len(rows), step):
        taken = rows[start : start + step]
        try:
            found[start : start + step] = _hash(X, taken, pd)
        except TypeError:  # lists as values, say
            return None
    return found


def _hash(X: Any, rows: np.ndarray, pd: Any) -> np.ndarray:
    if hasattr(X, "tocsr"):
        return _hash_sparse(X[rows].tocsr(), pd)
    if hasattr(X, "iloc"):
        return pd.util.hash_pandas_object(X.iloc[rows], index=False).to_numpy()
    values = np.asarray(X[rows]).reshape(len(rows), -1)
    return pd.util.hash_pandas_object(pd.DataFrame(values), index=False).to_numpy()


def _hash_sparse(X: Any, pd: Any) -> np.ndarray:
    """Hash each entry with its column, and add these for each row."""
    X.eliminate_zeros()
    entries = pd.DataFrame({"column": X.indices, "value": X.data})
    hashes = pd.util.hash_pandas_object(entries, index=False).to_numpy()
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(hashes, dtype=np.uint64)])  # modulo 2**64
    return sums[X.indptr[1:]] - sums[X.indptr[:-1]]
