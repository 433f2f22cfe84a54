"""How stable the partitions of a clustering are when points are left out: the rows of stability.csv.

References
----------
Ben-Hur, Elisseeff and Guyon (2002), A stability based method for discovering structure in clustered data, Pacific Symposium on Biocomputing 7, 6-17
Hubert and Arabie (1985), Comparing partitions, Journal of Classification 2, 193-218
"""

from itertools import combinations

import numpy as np

from foldwork.evaluation.labels import unpack
from foldwork.evaluation.resampled_points import rows_of_subsample
from foldwork.results.csv_table import Row
from foldwork.results.resampled_rows import resampled_rows
from foldwork.results.results import Results
from foldwork.results.tables import Table
from foldwork.strategies.resamples import RESAMPLE

ABSENT = -2
"""Label of a point that is not in a subsample. Points without a cluster have -1."""


def rows(results: Results) -> tuple[list[str], list[Row]]:
    """Return columns and rows of stability.csv, a row for each row of scores.csv.

    Parameters
    ----------
    results : Results
        Of a clustering with `stability`.

    Returns
    -------
    columns : list of str
        Those that name the candidate, then `mean_ari` and `std_ari`: mean and standard deviation (with n in the denominator) of the adjusted Rand index over
        all pairs of subsamples, on the points that both have; `n_resamples`, the number of subsamples that were clustered, and `n_pairs`. Mean and
        standard deviation are absent where fewer than two were.
    rows : list of dict
    """
    table = Table(results)
    found = [_assessed(results, others) for others in resampled_rows(results, RESAMPLE)]
    columns = [*table.columns, "mean_ari", "std_ari", "n_resamples", "n_pairs"]
    return columns, [dict(row) | more for row, more in zip(table, found, strict=True)]


def _assessed(results: Results, subsamples: list[int]) -> Row:
    labels = partitions(results, subsamples)
    indices = pairwise_indices(labels)
    found: Row = {"n_resamples": len(labels), "n_pairs": len(indices)}
    return found | ({"mean_ari": float(np.mean(indices)), "std_ari": float(np.std(indices))} if indices else {})


def partitions(results: Results, subsamples: list[int]) -> np.ndarray:
    """Return the labels of subsamples that were clustered.

    Parameters
    ----------
    results : Results
    subsamples : list of int
        Rows of one candidate.

    Returns
    -------
    ndarray of int32, shape (n_clustered, n_samples)
        ABSENT where a point is not in the subsample.
    """
    n_samples = results.request.data.n_samples or 0
    found = []
    for row in subsamples:
        record = results.record_of(row * results.folds)
        if record is None or record["status"] != "ok":
            continue
        labels = np.full(n_samples, ABSENT, dtype=np.int32)
        labels[rows_of_subsample(record["resource"], n_samples)] = unpack(record["labels"])
        found.append(labels)
    return np.array(found, dtype=np.int32).reshape(-1, n_samples)


def pairwise_indices(labels: np.ndarray) -> list[float]:
    """Return the adjusted Rand index of each pair of partitions that have a point in common, on the points that both have.

    Parameters
    ----------
    labels : ndarray of int, shape (n_partitions, n_samples)
        ABSENT where a partition lacks the point. Points without a cluster (-1) count as a cluster of their own.
    """
    from sklearn.metrics import adjusted_rand_score

    found = []
    for one, other in combinations(labels, 2):
        both = (one != ABSENT) & (other != ABSENT)
        if both.any():
            found.append(float(adjusted_rand_score(one[both], other[both])))
    return found
