"""Part of the rows of a fold, as successive halving and learning curves evaluate candidates on."""

import functools
from typing import Any

from foldwork.data.file_digest import file_sha256
from foldwork.errors import FoldworkError
from foldwork.sklearn_private import take_rows


def subsample(arrays: dict[str, Any], resource: dict[str, Any], fold: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return part of the rows of a fold.

    Parameters
    ----------
    arrays : dict
        X_train, y_train, X_test and y_test.
    resource : dict
        Of successive halving: `n_samples` of `of` rows, the fraction of the rows of each part, rounded down; `random_state`, the seed; and
        `keep_groups`, if groups are kept whole.
        Of a learning curve: `n_samples`, the most rows of the train part; `train`, "first" or "shuffled"; if shuffled also `random_state`, the
        seed, and `before`, the sizes of the train parts that the same generator has shuffled before this one. The test part is whole.
    fold : dict, optional
        `index`, and `groups` as `records.request.Fold` has them; for `keep_groups`.

    Returns
    -------
    dict
        As `arrays`; parts that were taken are copied.

    Raises
    ------
    ValueError
        When a part has no row left.
    FoldworkError
        When the file with the groups is missing or damaged.
    """
    if "train" in resource:
        return arrays | _taken(arrays, "train", _rows_of_curve(arrays["X_train"].shape[0], resource))
    found: dict[str, Any] = {}
    for part in ("train", "test"):
        n_rows = arrays[f"X_{part}"].shape[0]
        if resource.get("keep_groups"):
            rows = _rows_of_groups(_groups(**fold["groups"])[part][fold["index"]], resource)
        else:
            rows = _random_rows(n_rows, resource)
        found |= _taken(arrays, part, rows)
    return found


def _taken(arrays: dict[str, Any], part: str, rows: Any) -> dict[str, Any]:
    X, y = arrays[f"X_{part}"], arrays[f"y_{part}"]
    return {f"X_{part}": take_rows(X, rows), f"y_{part}": None if y is None else take_rows(y, rows)}


def _random_rows(n_rows: int, resource: dict[str, Any]) -> Any:
    """Return the rows that scikit-learn's `_SubsampleMetaSplitter` (sklearn/model_selection/_search_successive_halving.py) takes."""
    import numpy as np
    from sklearn.utils import resample

    fraction = resource["n_samples"] / resource["of"]
    return resample(
        np.arange(n_rows), replace=False, random_state=resource["random_state"], n_samples=int(fraction * n_rows)
    )


def _rows_of_groups(groups: Any, resource: dict[str, Any]) -> Any:
    """Return the sorted rows of groups, which are taken in a random order as long as they have no more rows in all, but at least one."""
    import numpy as np

    n_rows = int(resource["n_samples"] / resource["of"] * len(groups))
    _, of_rows, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    order = np.random.RandomState(resource["random_state"]).permutation(len(sizes))
    fit = np.cumsum(sizes[order]) <= n_rows
    fit[0] = True
    return np.flatnonzero(np.isin(of_rows, order[fit]))


def _rows_of_curve(n_rows: int, resource: dict[str, Any]) -> Any:
    """Return the rows of the train part that scikit-learn's `learning_curve` (sklearn/model_selection/_validation.py) takes."""
    import numpy as np

    rows = np.arange(n_rows)
    if resource["train"] == "shuffled":
        generator = np.random.RandomState(resource["random_state"])
        for size in resource["before"]:
            generator.permutation(np.arange(size))
        rows = generator.permutation(rows)
    return rows[: resource["n_samples"]]


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
