"""Project points to two dimensions: unchanged if they have two, else onto their first two principal components."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Components are fitted to a sample of so many numbers, rows are projected in blocks of as many: the data may be a memory map.
_MOST_NUMBERS = 2**24
# Above so many columns the covariance matrix costs more than a few singular vectors.
_MOST_COLUMNS = 1000


@dataclass(frozen=True, eq=False)
class Projection:
    """The projection that `project` has applied to points; call it on centres to draw them in the same picture.

    Attributes
    ----------
    mean : ndarray, shape (d,)
    directions : ndarray, shape (d, 2)
    axes_names : tuple of str
        What the axes of the picture show: "x0", "x1", or the components with their share of the variance.
    """

    mean: np.ndarray
    directions: np.ndarray
    axes_names: tuple[str, str]

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Return rows of shape (k, d) as points of shape (k, 2)."""
        rows = _as_rows(rows)
        if rows.shape[1] != len(self.mean):
            raise ValueError(f"rows have {rows.shape[1]} columns, but the projection was made for {len(self.mean)}")
        if _is_sparse(rows):
            return rows @ self.directions - self.mean @ self.directions
        size = max(1, _MOST_NUMBERS // rows.shape[1])
        blocks = (np.asarray(rows[start : start + size], dtype=float) for start in range(0, len(rows), size))
        return np.concatenate([np.zeros((0, 2)), *((block - self.mean) @ self.directions for block in blocks)])


def project(X: np.ndarray) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Return points to draw, and the projection of centres among them.

    Parameters
    ----------
    X : ndarray or scipy.sparse matrix, shape (n, d)
        With two columns it is left as it is; with one, zeros are added; with more, the points are its first two principal
        components, fitted to a fixed sample of rows where `X` has more than 16 million numbers. Rows with NaN or
        infinite values become points of NaN and have no say in the components.

    Returns
    -------
    points : ndarray, shape (n, 2)
    projection : Projection
        A function of rows of shape (k, d); its ``axes_names`` say what the axes show.

    Raises
    ------
    ValueError
        If `X` is not a table of numbers.
    """
    X = _as_rows(X)
    n_columns = X.shape[1]
    if n_columns <= 2:
        projection = Projection(np.zeros(n_columns), np.eye(n_columns, 2), ("x0", "x1" if n_columns == 2 else ""))
    else:
        projection = _principal_components(_sample(_finite_rows(X)))
    return projection(X), projection


def _principal_components(X) -> Projection:
    # Imported here: data of two columns need none.
    from sklearn.decomposition import PCA

    n_rows, n_columns = X.shape
    if n_rows < 2:
        return Projection(np.zeros(n_columns), np.zeros((n_columns, 2)), ("", ""))
    if min(X.shape) <= 3:  # ARPACK needs more
        solver, X = "full", X.toarray() if _is_sparse(X) else X
    else:
        solver = "covariance_eigh" if n_columns <= _MOST_COLUMNS else "arpack"
    mean = 0.0
    if not _is_sparse(X):
        # A covariance of numbers far from zero (dates, say) has lost its digits.
        X = np.asarray(X, dtype=float)
        mean = X.mean(axis=0)
        X = X - mean
    elif X.dtype != float:
        X = X.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):  # constant data have no variance to share
        pca = PCA(2, svd_solver=solver, random_state=0).fit(X)
    shares = np.nan_to_num(pca.explained_variance_ratio_)
    first, second = (f"component {i + 1} ({share:.0%} of the variance)" for i, share in enumerate(shares))
    return Projection(mean + pca.mean_, pca.components_.T, (first, second))


def _is_sparse(X) -> bool:
    # Known by what it can do: an import of scipy.sparse would cost a second.
    return hasattr(X, "tocsr")


def _as_rows(X):
    if _is_sparse(X):
        return X.tocsr()
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[1] == 0:
        raise ValueError(f"points must be a table of shape (n, d) with d of 1 or more; this has shape {X.shape}")
    if X.dtype.kind not in "fiub":
        try:
            X = X.astype(float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"points must be numbers: {error}") from None
    return X


def _finite_rows(X):
    if X.dtype.kind != "f":
        return X
    if _is_sparse(X):
        keep = np.ones(X.shape[0], dtype=bool)
        keep[np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))[~np.isfinite(X.data)]] = False
    else:
        keep = np.isfinite(X).all(axis=1)
    return X if keep.all() else X[keep]


def _sample(X):
    most = max(1000, _MOST_NUMBERS // X.shape[1])
    if _is_sparse(X) or X.shape[0] <= most:
        return X
    return X[np.sort(np.random.default_rng(0).choice(X.shape[0], most, replace=False))]
