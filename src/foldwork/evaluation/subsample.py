"""Part of the rows of a fold, as successive halving evaluates candidates on."""

from typing import Any

from foldwork.sklearn_private import take_rows


def subsample(arrays: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    """Return random rows of both parts of a fold.

    The rows are those that scikit-learn's `_SubsampleMetaSplitter` (sklearn/model_selection/_search_successive_halving.py) takes.

    Parameters
    ----------
    arrays : dict
        X_train, y_train, X_test and y_test.
    resource : dict
        `n_samples` of `of` rows: the fraction of the rows of each part, rounded down; `random_state`, the seed.

    Returns
    -------
    dict
        As `arrays`, copied.

    Raises
    ------
    ValueError
        When a part has no row left.
    """
    import numpy as np
    from sklearn.utils import resample

    fraction = resource["n_samples"] / resource["of"]
    found = {}
    for part in ("train", "test"):
        X, y = arrays[f"X_{part}"], arrays[f"y_{part}"]
        chosen = resample(
            np.arange(X.shape[0]),
            replace=False,
            random_state=resource["random_state"],
            n_samples=int(fraction * X.shape[0]),
        )
        found |= {f"X_{part}": take_rows(X, chosen), f"y_{part}": None if y is None else take_rows(y, chosen)}
    return found
