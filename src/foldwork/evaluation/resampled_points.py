"""Points on which a clusterer is fitted to assess its partition: subsamples, and reference data without clusters."""

from typing import Any

import numpy as np


def rows_of_subsample(resource: dict[str, Any], n_samples: int) -> np.ndarray:
    """Return the rows of a subsample without replacement, in ascending order.

    Subsample i with seed s is ``np.sort(np.random.default_rng([s, i]).choice(n_samples, size, replace=False))``. So it depends neither on the number of
    subsamples nor on the candidate.

    Parameters
    ----------
    resource : dict
        `n_samples` (the size), `resample` (i) and `random_state` (s).
    n_samples : int
        Number of all points.

    Returns
    -------
    ndarray of int, shape (size,)
    """
    generator = np.random.default_rng([resource["random_state"], resource["resample"]])
    return np.sort(generator.choice(n_samples, resource["n_samples"], replace=False))


def reference_points(points: Any, resource: dict[str, Any]) -> Any:
    """Return reference data of the gap statistic: as many points, uniform over a box that contains the given ones.

    Reference b with seed s is drawn by ``np.random.default_rng([s, b])``.

    Parameters
    ----------
    points : array-like, shape (n_samples, n_features)
        Of numbers.
    resource : dict
        `reference` (b), `random_state` (s) and `box`: "features", over the range of each feature, or "principal_components", over the range of each
        principal component (choices a and b of section 3 of Tibshirani, Walther and Hastie 2001).

    Returns
    -------
    ndarray or DataFrame, shape (n_samples, n_features)
        Of the container of `points`, float32 if they are, else float64.

    Raises
    ------
    TypeError
        If the points are sparse.
    ValueError
        If they are no numbers.
    """
    if hasattr(points, "tocsr"):
        raise TypeError("gap takes no sparse points, and those before the last step are sparse")
    values = np.asarray(points)
    dtype = values.dtype if values.dtype == np.float32 else np.dtype(float)
    values = values.astype(float)
    generator = np.random.default_rng([resource["random_state"], resource["reference"]])
    if resource["box"] == "features":
        found = generator.uniform(values.min(axis=0), values.max(axis=0), values.shape)
    else:
        mean = values.mean(axis=0)
        directions = np.linalg.svd(values - mean, full_matrices=False)[2]
        rotated = (values - mean) @ directions.T
        found = generator.uniform(rotated.min(axis=0), rotated.max(axis=0), rotated.shape) @ directions + mean
    found = found.astype(dtype, copy=False)
    return type(points)(found, columns=points.columns, index=points.index) if hasattr(points, "iloc") else found


def within_dispersion(points: Any, labels: np.ndarray) -> float:
    """Return the pooled within-cluster dispersion: the sum of the squared Euclidean distances of the points to the mean of their cluster.

    This is W_k of Tibshirani, Walther and Hastie (2001), equation 2, with squared Euclidean distances.

    Parameters
    ----------
    points : array-like, shape (n_samples, n_features)
    labels : ndarray of int, shape (n_samples,)

    Returns
    -------
    float
        NaN if a point is in no cluster (label -1), if the points are sparse, or no numbers.
    """
    if (labels < 0).any() or hasattr(points, "tocsr"):
        return float("nan")
    try:
        values = np.asarray(points, dtype=float)
    except (TypeError, ValueError):
        return float("nan")
    total = 0.0
    for label in np.unique(labels):
        members = values[labels == label]
        total += float(np.square(members - members.mean(axis=0)).sum())
    return total
