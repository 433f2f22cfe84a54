"""Names for clusters that last from one picture to the next."""

from itertools import count

import numpy as np


def match_labels(previous_labels: np.ndarray | None, labels: np.ndarray) -> tuple[np.ndarray, dict[int, int]]:
    """Rename the clusters of a partition after those of the previous one that they share most points with.

    A clusterer numbers its clusters at random, so one cluster would change its colour from picture to picture. The pair
    of clusters with the largest overlap is matched first, then the largest of what is left. A cluster without a partner
    gets the lowest name that neither partition uses. Nothing depends on the numbers in `labels`, only on the partition.

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
    clusters, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    sizes = np.bincount(inverse, minlength=len(clusters))
    found = [i for i in np.lexsort((first, -sizes)) if clusters[i] >= 0]
    names: dict[int, int] = {}
    used: set[int] = set()
    if previous_labels is not None:
        previous = _as_labels(previous_labels)
        if len(previous) != len(labels):
            raise ValueError(f"previous labels are of {len(previous)} points, labels of {len(labels)}")
        used = {int(name) for name in np.unique(previous) if name >= 0}
        for name, i in _by_overlap(previous, inverse, clusters, first):
            if i not in names and name not in names.values():
                names[i] = name
    # A name of the previous picture whose cluster is gone is not given away: its colour would claim it lives on.
    fresh = (name for name in count() if name not in used)
    for i in found:
        if i not in names:
            names[i] = next(fresh)
    mapping = {int(clusters[i]): int(names[i]) for i in sorted(found)}
    new = np.array([mapping.get(int(cluster), int(cluster)) for cluster in clusters], dtype=int)
    return new[inverse].reshape(labels.shape), mapping


def order_centers(centers: np.ndarray, mapping: dict[int, int]) -> np.ndarray:
    """Centres in the order of their clusters' new names, as `draw_clusters` wants them.

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


def _by_overlap(previous, inverse, clusters, first):
    """Pairs (previous name, position in `clusters`) that share points, most first; ties by name, then first point."""
    both = np.stack([previous, inverse], axis=1)[(previous >= 0) & (clusters[inverse] >= 0)]
    pairs, shared = np.unique(both, axis=0, return_counts=True)
    order = np.lexsort((first[pairs[:, 1]], pairs[:, 0], -shared)) if len(pairs) else []
    return [(int(pairs[at, 0]), int(pairs[at, 1])) for at in order]
