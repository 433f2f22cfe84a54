"""Points of any dimension on a flat sheet: as they are in two, else their principal components."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Above so many columns their covariance matrix is dearer than iterating on a few directions.
_MOST_COLUMNS = 1000
# Rows and numbers held as float64 at a time: the data may be a memory map.
_BLOCK, _NUMBERS = 65_536, 2**24


@dataclass(frozen=True, eq=False)
class Projection:
    """The map that `project` has drawn points with; call it on centres to draw them on the same sheet.

    Attributes
    ----------
    mean : ndarray, shape (d,)
    directions : ndarray, shape (d, components)
    axes_names : tuple of str
        What the axes of the picture show: "x0", "x1", or the components with their share of the variance.
    """

    mean: np.ndarray
    directions: np.ndarray
    axes_names: tuple[str, ...]

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Rows of shape (k, d) as points of shape (k, components)."""
        rows = _as_rows(rows)
        if rows.shape[1] != len(self.mean):
            raise ValueError(f"rows have {rows.shape[1]} columns, but the projection was made for {len(self.mean)}")
        if not rows.shape[0]:
            return np.zeros((0, self.directions.shape[1]))
        if _is_sparse(rows):
            return rows @ self.directions - self.mean @ self.directions
        return np.concatenate([block @ self.directions for block in _centered(rows, self.mean)])


def project(X: np.ndarray, components: int = 2) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Points to draw, and the map that draws centres among them.

    Parameters
    ----------
    X : ndarray or scipy.sparse matrix, shape (n, d)
        With `components` columns it is left as it is; with fewer, zeros are added; with more, the points are its first
        principal components. Rows with NaN or infinite values become points of NaN and have no say in the components.
    components : int

    Returns
    -------
    points : ndarray, shape (n, components)
    project_fn : Projection
        A function of rows of shape (k, d); its ``axes_names`` say what the axes show.

    Raises
    ------
    ValueError
        If `X` is not a table of numbers.

    Notes
    -----
    The sign of a component is arbitrary; here the largest of its loadings is positive, so that the same data gives the
    same picture.
    """
    X = _as_rows(X)
    n_columns = X.shape[1]
    if n_columns <= components:
        names = tuple(f"x{i}" if i < n_columns else "" for i in range(components))
        projection = Projection(np.zeros(n_columns), np.eye(n_columns, components), names)
        return projection(X), projection
    whole = _finite_rows(X)
    mean, total = _moments(whole)
    directions, variances = _principal(whole, mean, components)
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.where(directions[largest, np.arange(components)] < 0, -1.0, 1.0)
    shares = variances / total if total > 0 else np.zeros(components)
    names = tuple(f"component {i + 1} ({share:.0%} of the variance)" for i, share in enumerate(shares))
    projection = Projection(mean, directions, names)
    return projection(X), projection


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


def _centered(X, mean):
    size = min(_BLOCK, max(1, _NUMBERS // X.shape[1]))
    for start in range(0, X.shape[0], size):
        yield np.asarray(X[start : start + size], dtype=float) - mean


def _moments(X):
    if not X.shape[0]:
        return np.zeros(X.shape[1]), 0.0
    if _is_sparse(X):
        mean = np.asarray(X.sum(axis=0, dtype=float)).ravel() / X.shape[0]
        return mean, max(0.0, float((X.data.astype(float) ** 2).sum() - X.shape[0] * mean @ mean))
    mean = sum(block.sum(axis=0) for block in _centered(X, 0.0)) / X.shape[0]
    return mean, float(sum((block**2).sum() for block in _centered(X, mean)))


def _principal(X, mean, components):
    n_columns = X.shape[1]
    if n_columns <= _MOST_COLUMNS:
        if _is_sparse(X):
            scatter = (X.T @ X).toarray().astype(float) - X.shape[0] * np.outer(mean, mean)
        else:
            scatter = sum((block.T @ block for block in _centered(X, mean)), np.zeros((n_columns, n_columns)))
        values, vectors = np.linalg.eigh(scatter)
        return vectors[:, ::-1][:, :components], np.maximum(values[::-1][:components], 0)
    # Orthogonal iteration (Golub and Van Loan, Matrix Computations, 8.2.4) from a fixed start.
    spare = min(n_columns, components + 8)
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(n_columns, spare)))[0]
    for _ in range(20):
        basis = np.linalg.qr(_scatter_times(X, mean, basis))[0]
    values, turn = np.linalg.eigh(basis.T @ _scatter_times(X, mean, basis))
    return (basis @ turn)[:, ::-1][:, :components], np.maximum(values[::-1][:components], 0)


def _scatter_times(X, mean, basis):
    if _is_sparse(X):  # without the centred rows, which are dense
        scores = X @ basis - mean @ basis
        return X.T @ scores - np.outer(mean, scores.sum(axis=0))
    return sum((block.T @ (block @ basis) for block in _centered(X, mean)), np.zeros_like(basis))
