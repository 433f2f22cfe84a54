"""Match cluster names between consecutive partitions, so that a cluster keeps its colour."""

from itertools import count

import numpy as np


def match_labels(previous_labels: np.ndarray | None, labels: np.ndarray) -> tuple[np.ndarray, dict[int, int]]:
    """Rename the clusters of a partition after those of the previous one, so that most points keep their name.

    A clusterer numbers its clusters at random, so one cluster would change its colour from picture to picture. The names
    are the optimal assignment (Hungarian method) for the number of points that clusters share. A cluster that shares
    none gets the lowest name that neither partition uses. Nothing depends on the numbers in `labels`, only on the
    partition.

    Parameters
    ----------
    previous_labels : array of int, shape (n,), or None
        The names in the previous picture. None: clusters are named by size, the largest 0; equals by their first point.
    labels : array of int, shape (n,)
        Negative labels mean no cluster (noise): they are never renamed, and never match.

    Returns
    -------
    renamed : ndarray of int, shape (n,)
        The same partition.
    mapping : dict of int to int
        Old label to new name, of the clusters that have points. `order_centers` applies it to centres.

    Raises
    ------
    ValueError
        If the two are not labels of the same points.
    """
    labels = _as_labels(labels)
    clusters, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    by_size = [int(clusters[i]) for i in np.lexsort((first, -sizes)) if clusters[i] >= 0]
    used: set[int] = set()
    mapping: dict[int, int] = {}
    if previous_labels is not None:
        previous = _as_labels(previous_labels)
        if len(previous) != len(labels):
            raise ValueError(f"previous labels are of {len(previous)} points, labels of {len(labels)}")
        # The name of a cluster that no longer exists is not used again: the same colour would suggest the same cluster.
        used = {int(name) for name in np.unique(previous) if name >= 0}
        mapping = _assign(previous, labels, by_size)
    fresh = (name for name in count() if name not in used)
    for cluster in by_size:
        if cluster not in mapping:
            mapping[cluster] = next(fresh)
    renamed = np.array([mapping.get(int(label), int(label)) for label in clusters], dtype=int)
    return renamed[np.searchsorted(clusters, labels)], dict(sorted(mapping.items()))


def order_centers(centers: np.ndarray, mapping: dict[int, int]) -> np.ndarray:
    """Return centres in the order of their clusters' new names, as `draw_clusters` wants them.

    Parameters
    ----------
    centers : ndarray, shape (k, d)
        Row i is the centre of old label i, as in ``cluster_centers_``. Only whole rows move.
    mapping : dict of int to int
        From `match_labels`. A centre that has no points is left out.
    """
    return np.asarray(centers)[sorted(mapping, key=mapping.__getitem__)]


def _as_labels(labels):
    labels = np.asarray(labels)
    whole = labels.astype(int)
    if labels.ndim != 1 or not np.array_equal(whole, labels):
        raise ValueError("labels must be whole numbers, one for each point")
    return whole


def _assign(previous: np.ndarray, labels: np.ndarray, by_size: list[int]) -> dict[int, int]:
    # Imported here: a picture of a search needs neither.
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics.cluster import contingency_matrix

    both = (previous >= 0) & (labels >= 0)
    if not both.any():
        return {}
    names, found = np.unique(previous[both]), np.unique(labels[both])
    # Columns in the order of size, so that ties do not depend on the clusterer's numbers.
    columns = [cluster for cluster in by_size if cluster in found]
    shared = contingency_matrix(previous[both], labels[both])[:, np.searchsorted(found, columns)]
    pairs = zip(*linear_sum_assignment(shared, maximize=True), strict=True)
    return {columns[column]: int(names[row]) for row, column in pairs if shared[row, column]}
