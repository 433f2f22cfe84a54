"""Describe a dataset that was read, for the screen, the job's log and dataset.json."""

import re
from collections import Counter
from typing import Any

import numpy as np

from foldwork.errors import printable

MOST_NAMES = 100
"""Columns or classes that are named in dataset.json."""

_MOST_CLASSES = 6
"""Classes that are named on the screen."""

_MOST_COLUMNS = 3
"""Columns that are named on the screen."""

_BLOCK = 2**24
"""Values that are searched for missing ones at a time."""


def summary(X: Any, y: Any) -> dict[str, Any]:
    """Return sizes, types, missing values and classes of a dataset.

    Parameters
    ----------
    X : array-like, shape (n_samples, ...)
    y : array-like or None

    Returns
    -------
    dict
        `rows`; `columns`, the number of columns by dtype; `missing`, the number of missing values by column, in descending order;
        `n_missing`, their sum. If y holds classes also `n_classes`; `classes`, the number of rows by class, in descending order;
        `smallest_class`, the number of rows of the smallest. No more than 100 columns and classes are named.
    """
    if hasattr(X, "to_frame"):  # a Series
        X = X.to_frame(name=0 if X.name is None else X.name)
    missing = sorted(_missing(X).items(), key=lambda item: -item[1])
    classes = _classes(y)
    found = {
        "rows": X.shape[0],
        "columns": dict(Counter(_dtypes(X)).most_common()),
        "n_missing": sum(count for _, count in missing),
        "missing": dict(missing[:MOST_NAMES]),
    }
    if classes is not None:
        found |= {"n_classes": len(classes), "classes": dict(classes[:MOST_NAMES])}
        found["smallest_class"] = classes[-1][1]
    return found


def _dtypes(X: Any) -> list[str]:
    if hasattr(X, "dtypes"):
        return [str(dtype) for dtype in X.dtypes]
    return [str(X.dtype)] * (X.shape[1] if len(X.shape) > 1 else 1)


def _missing(X: Any) -> dict[str, int]:
    """Return the number of missing values by column, without columns that have none."""
    import pandas as pd

    if hasattr(X, "columns"):
        counts = np.asarray([int(pd.isna(X.iloc[:, place]).sum()) for place in range(X.shape[1])])
    elif hasattr(X, "tocsr"):
        counts = np.bincount(X.indices[pd.isna(X.data)], minlength=X.shape[1])
    else:
        width = X.shape[1] if X.ndim > 1 else 1
        counts = np.zeros(width, dtype=int)
        if X.dtype.hasobject or X.dtype.kind in "fcmM":
            size = max(1, _BLOCK * len(X) // max(1, X.size))
            for start in range(0, len(X), size):
                missing = pd.isna(X[start : start + size])
                counts += missing.reshape(len(missing), width, -1).any(axis=2).sum(axis=0)
    names = X.columns if hasattr(X, "columns") else range(len(counts))
    return {str(names[place]): int(counts[place]) for place in np.flatnonzero(counts)}


def _classes(y: Any) -> list[tuple[str, int]] | None:
    """Return the classes of a target and their numbers of rows, the largest first; None for the target of a regression."""
    if y is None or hasattr(y, "tocsr") or len(y.shape) != 1:
        return None
    import pandas as pd

    values = pd.Series(np.asarray(y))
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        if (
            values.dtype.kind == "c"
            or (values % 1 != 0).any()
            or values.nunique() > min(MOST_NAMES, max(2, len(values) // 2))
        ):
            return None
    elif not (pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values)) and values.dtype != bool:
        return None
    return [(str(name), int(count)) for name, count in values.value_counts().items()]


def summary_line(found: dict[str, Any], target: str = "target", n_groups: int | None = None) -> str:
    """Return a summary as one short line for the screen.

    Parameters
    ----------
    found : dict
        What `summary` returned.
    target : str
        Name of the target.
    n_groups : int, optional
        Number of groups of a dataset that has groups.
    """
    columns, total = found["columns"], sum(found["columns"].values())
    dtypes = ", ".join(f"{count:,} {dtype}" if len(columns) > 1 else dtype for dtype, count in columns.items())
    parts = [f"{with_count(found['rows'], 'row')}, {with_count(total, 'column')} ({dtypes})"]
    if found["n_missing"]:
        missing = list(found["missing"].items())
        words = ", ".join(f"{printable_name(name)} {count:,}" for name, count in missing[:_MOST_COLUMNS])
        parts.append(f"missing values: {found['n_missing']:,} ({words}{', …' if len(missing) > _MOST_COLUMNS else ''})")
    if "n_classes" in found and found["n_classes"] <= _MOST_CLASSES:
        words = ", ".join(f"{printable_name(name)} {count:,}" for name, count in found["classes"].items())
        parts.append(f"{target}: {words}")
    elif "n_classes" in found:
        largest = next(iter(found["classes"].values()))
        parts.append(f"{target}: {found['n_classes']:,} classes of {found['smallest_class']:,} to {largest:,} rows")
    if n_groups is not None:
        parts.append(with_count(n_groups, "group"))
    return "; ".join(parts)


def quoted(names: list[str]) -> str:
    """Return `'a', 'b', 'c' and 4 more`."""
    words = ", ".join(f"'{printable_name(name)}'" for name in names[:_MOST_COLUMNS])
    return words + (f" and {len(names) - _MOST_COLUMNS:,} more" if len(names) > _MOST_COLUMNS else "")


def column_warnings(X: Any) -> list[str]:
    """Return a line for each thing that is probably wrong with the columns of a DataFrame; an empty list for any other X."""
    if not hasattr(X, "columns"):
        return []
    found = []
    unnamed = [str(name) for name in X.columns if re.fullmatch(r"Unnamed: \d+", str(name))]
    for name in unnamed:
        values = X.iloc[:, list(X.columns).index(name)]
        if len(values) > 1 and values.dtype.kind == "i" and (np.diff(values) == 1).all():
            found.append(
                f"column {name!r} counts the rows (an index that was saved with the table) and is a feature now; "
                f"write drop: [{name!r}]"
            )
            unnamed.remove(name)
            break
    if unnamed:
        drop = f"drop: [{', '.join(map(repr, unnamed))}]" if len(unnamed) <= _MOST_COLUMNS else "them in drop"
        found.append(
            f"{with_count(len(unnamed), 'column')} without a name in the header ({quoted(unnamed)}) became features; "
            f"write {drop}, or name them in the file"
        )
    repeated = [name for name, count in Counter(map(str, X.columns)).items() if count > 1]
    if repeated:
        found.append(f"more than one column is named {quoted(repeated)}; give each a name of its own")
    return found


def with_count(count: int, noun: str) -> str:
    """Return `1 row`, `12,000 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def printable_name(name: str) -> str:
    """Return a name for the screen: in one line, without control characters, shortened to 30 characters."""
    name = printable(name)
    return name if len(name) <= 30 else f"{name[:29]}…"
