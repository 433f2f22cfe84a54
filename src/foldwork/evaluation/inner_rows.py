"""The inner folds of a nested search: rows of the train part of an outer fold."""

import functools
from typing import Any

from foldwork.data.file_digest import file_sha256
from foldwork.errors import FoldworkError
from foldwork.sklearn_private import take_rows


def numbers_of_fold(index: int, inner: dict[str, Any] | None) -> dict[str, int]:
    """Return the members of a record that name its fold.

    Parameters
    ----------
    index : int
        Of the fold in its request.
    inner : dict, optional
        See `records.request.Fold`.

    Returns
    -------
    dict
        `fold`; of an inner fold `fold`, that of its outer fold, and `inner_fold`.
    """
    return {"fold": index} if inner is None else {"fold": inner["of"], "inner_fold": inner["index"]}


def take_inner_fold(arrays: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    """Return an inner fold, as `GridSearchCV` takes it from the data that it is fitted on.

    Parameters
    ----------
    arrays : dict
        The outer fold: X_train and y_train; others are ignored.
    inner : dict
        `path` and `sha256` of the file with the row numbers, and `index`, the number of the inner fold in it.

    Returns
    -------
    dict
        X_train, y_train, X_test and y_test, copied.

    Raises
    ------
    FoldworkError
        When the file is missing or damaged.
    """
    X, y = arrays["X_train"], arrays["y_train"]
    found = {}
    for part, rows in zip(("train", "test"), _row_numbers(inner["path"], inner["sha256"])[inner["index"]], strict=True):
        found |= {f"X_{part}": take_rows(X, rows), f"y_{part}": None if y is None else take_rows(y, rows)}
    return found


@functools.lru_cache(maxsize=8)
def _row_numbers(path: str, sha256: str) -> list[Any]:
    import joblib

    try:
        found = file_sha256(path)
        if found == sha256:
            return joblib.load(path)
    except OSError as error:
        raise FoldworkError(f"{path}: {error.strerror}; remove its folder and run snakemake again") from error
    raise FoldworkError(
        f"{path}: its bytes are not the ones that were written (SHA-256 differs); remove its folder and run snakemake again"
    )
