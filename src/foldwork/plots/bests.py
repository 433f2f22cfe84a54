"""Which candidate is the best, of all and of each place on an axis: highest mean test score, the first among equals."""

import numpy as np


def by_score(mean: np.ndarray) -> np.ndarray:
    """Positions of the rows from best to worst, shape (n_rows,); equals keep their order, NaN comes last."""
    return np.argsort(np.where(np.isfinite(mean), -mean, np.inf), kind="stable")


def best_row(mean: np.ndarray) -> int | None:
    """Position of the best row, or None where no row has a score."""
    if not np.isfinite(mean).any():
        return None
    return int(by_score(mean)[0])


def best_rows(mean: np.ndarray, places: np.ndarray, n_places: int) -> np.ndarray:
    """For each place the position of its best row, shape (n_places,); -1 where no candidate lies.

    Parameters
    ----------
    mean : ndarray, shape (n_rows,)
        Mean test scores.
    places : ndarray of int, shape (n_rows,)
        Where each row lies: 0 to `n_places` - 1.
    n_places : int
    """
    rows = np.full(n_places, -1)
    order = by_score(mean)
    taken, first = np.unique(places[order], return_index=True)
    rows[taken] = order[first]
    return rows


def take(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """``values[rows]`` with NaN where a row is -1."""
    return np.where(rows >= 0, values[rows], np.nan)
