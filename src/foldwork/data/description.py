"""Say what was read of a dataset: on the screen, in the job's log and in dataset.json."""

import re
from collections import Counter
from typing import Any

import numpy as np

MOST_NAMES = 100
"""So many columns or classes are named in dataset.json."""
_MOST_CLASSES = 6  # named on the screen
_MOST_COLUMNS = 3
_BLOCK = 2**24  # values looked at together


def summary(X: Any, y: Any) -> dict[str, Any]:
    """Return what there is to know of a dataset at a glance.

    Parameters
    ----------
    X : array-like, shape (n_samples, ...)
    y : array-like or None

    Returns
    -------
    dict
        `rows`; `columns`, their number by dtype; `missing`, missing values by column, the most first; `n_missing`, all of them;
        `n_classes`, `classes`, the rows of each, the largest first, and `smallest_class`, the rows of the smallest,
        where y holds classes. Of more than 100 columns or classes the
        first 100 are named.
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
    """Return the number of missing values of each column that has some."""
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
    """Return the classes of a target with their rows, the largest first; None where y holds numbers to regress on."""
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


def in_words(found: dict[str, Any], target: str = "target") -> str:
    """Return a summary as one short line for the screen.

    Parameters
    ----------
    found : dict
        What `summary` returned.
    target : str
        Name of the target.
    """
    columns, total = found["columns"], sum(found["columns"].values())
    dtypes = ", ".join(f"{count:,} {dtype}" if len(columns) > 1 else dtype for dtype, count in columns.items())
    said = [f"{count_of(found['rows'], 'row')}, {count_of(total, 'column')} ({dtypes})"]
    if found["n_missing"]:
        named = list(found["missing"].items())
        words = ", ".join(f"{shown(name)} {count:,}" for name, count in named[:_MOST_COLUMNS])
        said.append(f"missing values: {found['n_missing']:,} ({words}{', …' if len(named) > _MOST_COLUMNS else ''})")
    if "n_classes" in found and found["n_classes"] <= _MOST_CLASSES:
        words = ", ".join(f"{shown(name)} {count:,}" for name, count in found["classes"].items())
        said.append(f"{target}: {words}")
    elif "n_classes" in found:
        largest = next(iter(found["classes"].values()))
        said.append(f"{target}: {found['n_classes']:,} classes of {found['smallest_class']:,} to {largest:,} rows")
    return "; ".join(said)


def named(names: list[str]) -> str:
    """Return `'a', 'b', 'c' and 4 more`."""
    words = ", ".join(f"'{shown(name)}'" for name in names[:_MOST_COLUMNS])
    return words + (f" and {len(names) - _MOST_COLUMNS:,} more" if len(names) > _MOST_COLUMNS else "")


def doubts(X: Any) -> list[str]:
    """Return what is probably wrong with the columns of X, a line each; nothing for an X that is no DataFrame."""
    if not hasattr(X, "columns"):
        return []
    said = []
    unnamed = [str(name) for name in X.columns if re.fullmatch(r"Unnamed: \d+", str(name))]
    for name in unnamed:
        values = X.iloc[:, list(X.columns).index(name)]
        if len(values) > 1 and values.dtype.kind == "i" and (np.diff(values) == 1).all():
            said.append(
                f"column {name!r} counts the rows (an index that was saved with the table) and is a feature now; "
                f"write drop: [{name!r}]"
            )
            unnamed.remove(name)
            break
    if unnamed:
        drop = f"drop: [{', '.join(map(repr, unnamed))}]" if len(unnamed) <= _MOST_COLUMNS else "them in drop"
        said.append(
            f"{count_of(len(unnamed), 'column')} without a name in the header ({named(unnamed)}) became features; "
            f"write {drop}, or name them in the file"
        )
    twice = [name for name, count in Counter(map(str, X.columns)).items() if count > 1]
    if twice:
        said.append(f"more than one column is named {named(twice)}; give each a name of its own")
    return said


def count_of(count: int, noun: str) -> str:
    """Return `1 row`, `12,000 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shown(name: str) -> str:
    """Return a name as it can be shown: short, in one line."""
    # What a terminal would obey instead of showing comes as its escape.
    name = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in name)
    return name if len(name) <= 30 else f"{name[:29]}…"
