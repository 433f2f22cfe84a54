"""Part of the rows of a fold, as successive halving evaluates candidates on."""

import functools
from typing import Any

from foldwork.data.file_digest import file_sha256
from foldwork.errors import FoldworkError
from foldwork.sklearn_private import take_rows


def subsample(arrays: dict[str, Any], resource: dict[str, Any], fold: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return random rows of both parts of a fold.

    The rows are those that scikit-learn's `_SubsampleMetaSplitter` (sklearn/model_selection/_search_successive_halving.py) takes. With `keep_groups`, which
    scikit-learn does not have, groups are taken in a random order as long as they have no more rows in all, but at least one; their rows keep their order.

    Parameters
    ----------
    arrays : dict
        X_train, y_train, X_test and y_test.
    resource : dict
        `n_samples` of `of` rows: the fraction of the rows of each part, rounded down; `random_state`, the seed; and `keep_groups`.
    fold : dict, optional
        `index`, and `groups` as `records.request.Fold` has them; for `keep_groups`.

    Returns
    -------
    dict
        As `arrays`, copied.

    Raises
    ------
    ValueError
        When a part has no row left.
    FoldworkError
        When the file with the groups is missing or damaged.
    """
    import numpy as np
    from sklearn.utils import resample

    fraction, seed = resource["n_samples"] / resource["of"], resource["random_state"]
    found = {}
    for part in ("train", "test"):
        X, y = arrays[f"X_{part}"], arrays[f"y_{part}"]
        n_rows = int(fraction * X.shape[0])
        if resource.get("keep_groups"):
            chosen = _rows_of_groups(_groups(**fold["groups"])[part][fold["index"]], n_rows, seed)
        else:
            chosen = resample(np.arange(X.shape[0]), replace=False, random_state=seed, n_samples=n_rows)
        found |= {f"X_{part}": take_rows(X, chosen), f"y_{part}": None if y is None else take_rows(y, chosen)}
    return found


def _rows_of_groups(groups: Any, n_rows: int, seed: int) -> Any:
    """Return the rows of randomly chosen groups, sorted."""
    import numpy as np

    _, of_rows, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    order = np.random.RandomState(seed).permutation(len(sizes))
    fit = np.cumsum(sizes[order]) <= n_rows
    fit[0] = True
    return np.flatnonzero(np.isin(of_rows, order[fit]))


@functools.lru_cache(maxsize=2)
def _groups(path: str, sha256: str) -> dict[str, list[Any]]:
    import joblib

    try:
        if file_sha256(path) == sha256:
            return joblib.load(path)
    except OSError as error:
        raise FoldworkError(f"{path}: {error.strerror}; remove its folder and run snakemake again") from error
    raise FoldworkError(
        f"{path}: its bytes are not the ones that were written (SHA-256 differs); remove its folder and run snakemake again"
    )
