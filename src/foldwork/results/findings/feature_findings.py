"""Findings on features: those with the same value in all rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from foldwork.results.findings.evidence import Evidence
from foldwork.results.findings.finding import Finding, listed

MOST_NAMES = 100
"""Features that findings.json names."""

_BYTES = 32 * 2**20
"""Of the rows that are read at once."""


def constant_features(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding if features have one value in all rows of the folds; NaN is a value."""
    X, rows = evidence.data.X, evidence.data.used
    if len(X.shape) != 2:
        return
    constant = _constant(X, rows)
    places = np.flatnonzero(constant).tolist()
    if places:
        names = [str(X.columns[place]) for place in places] if hasattr(X, "columns") else places
        one = len(places) == 1
        yield Finding(
            "constant_features",
            f"{len(places):,} of {len(constant):,} features {'has' if one else 'have'} one value in all rows ({listed(names)}): drop {'it' if one else 'them'}",
            {"count": len(places), "features": len(constant), "names": names[:MOST_NAMES]},
        )


def _constant(X: Any, rows: np.ndarray) -> np.ndarray:
    """Return for each feature whether all rows have the value of the first one."""
    found = np.ones(X.shape[1], dtype=bool)
    first = X[rows[:1]] if not hasattr(X, "iloc") else X.iloc[rows[:1]]
    step = max(1, _BYTES // (8 * max(1, X.shape[1])))
    for start in range(0, len(rows), step):
        taken = rows[start : start + step]
        if hasattr(X, "tocsr"):
            found &= _equal_sparse(X[taken].tocsr(), first)
        elif hasattr(X, "iloc"):
            part = X.iloc[taken]
            for place in np.flatnonzero(found):  # column by column: dtypes differ
                found[place] = _equal(part.iloc[:, place].to_numpy(), first.iloc[0, place])
        else:
            found &= _equal_array(np.asarray(X[taken]), np.asarray(first)[0])
        if not found.any():
            break
    return found


def _equal_array(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    if values.dtype.hasobject:
        return np.array([_equal(values[:, place], first[place]) for place in range(values.shape[1])])
    same = values == first
    if values.dtype.kind in "fc":
        same |= np.isnan(values) & np.isnan(first)
    return same.all(axis=0)


def _equal(values: np.ndarray, first: Any) -> bool:
    import pandas as pd

    missing = pd.isna(values)
    if np.ndim(first) == 0 and pd.isna(first):
        return bool(missing.all())
    return not missing.any() and all(value == first for value in values) if values.dtype.hasobject else bool((values == first).all())


def _equal_sparse(X: Any, first: Any) -> np.ndarray:
    """Compare column by column: a constant column is all zero, or has the first value as minimum and maximum."""
    value = np.asarray(first.toarray())[0]
    low, high = (np.asarray(each.toarray())[0] for each in (X.min(axis=0), X.max(axis=0)))
    return (low == value) & (high == value)
