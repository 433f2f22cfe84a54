"""Gram matrices of scikit-learn's kernel machines, computed as libsvm and KernelRidge compute them.

The elements are libsvm's to the last bit where NumPy's BLAS and C library compute as libsvm's do. Each engine finds that out (`_matches_libsvm`)
before it shares a matrix.
"""

import functools
import math
import warnings
from typing import Any

import numpy as np

from foldwork.evaluation.sharing_rules import KERNEL_MACHINES
from foldwork.evaluation.step_key import listed

BYTES = 1 << 28
"""A training Gram matrix larger than this (5,792 rows) is not shared."""

CHUNK_BYTES = 1 << 19
"""Differences of rows that are held at once: they stay in a core's cache."""

KERNELS = ("rbf", "poly", "sigmoid")
CLASSIFIERS = frozenset(["sklearn.svm.SVC", "sklearn.svm.NuSVC"])


class Gram:
    """Computes kernel values as the estimator would.

    Parameters
    ----------
    kind : {"svm", "ridge"}
        By whose rules.
    kernel, gamma, degree, coef0 : object
        The estimator's parameters.
    X : ndarray
        The rows that it is fitted on, in their own order.

    Attributes
    ----------
    key : tuple
        Equal for matrices that are equal, of the same rows.
    """

    def __init__(self, kind: str, kernel: str, gamma: Any, degree: Any, coef0: Any, X: np.ndarray) -> None:
        self.kind, self.kernel, self.gamma, self.degree, self.coef0 = kind, kernel, gamma, degree, coef0
        self._X = X
        self.key = (kernel, gamma, degree, coef0)

    def __call__(self, X: np.ndarray, Y: np.ndarray, base: np.ndarray | None) -> np.ndarray:
        if self.kind == "ridge":
            from sklearn.metrics.pairwise import pairwise_kernels  # what KernelRidge itself calls

            return pairwise_kernels(
                X, Y, metric=self.kernel, filter_params=True, gamma=self.gamma, degree=self.degree, coef0=self.coef0
            )
        gamma = self._gamma()
        K = np.multiply(base, -gamma if self.kernel == "rbf" else gamma)
        if self.kernel == "rbf":
            from scipy.special import inv_boxcox  # of a zero: the C library's exp, as in libsvm; NumPy has its own

            K[K < -746.0] = -np.inf  # zero all the same, without the slow way by which the C library gets there
            return inv_boxcox(K, 0.0, out=K)
        K += self.coef0
        return _tanh(K) if self.kernel == "sigmoid" else _power(K, self.degree)

    def base(self, X: Any, Y: Any, *, fit: bool) -> np.ndarray | None:
        """Return what matrices of all parameters are computed from; None where each is computed from the rows."""
        return products(X, Y, squared=self.kernel == "rbf", fit=fit) if self.kind == "svm" else None

    def _gamma(self) -> float:
        """Return gamma as libsvm's estimators read it: from the data that they are fitted on, its rows in their own order."""
        if self.gamma == "scale":
            variance = np.asarray(self._X, dtype=np.float64, order="C").var()
            return 1.0 / (self._X.shape[1] * variance) if variance != 0 else 1.0
        return 1.0 / self._X.shape[1] if self.gamma == "auto" else self.gamma


def products(X: Any, Y: Any, *, squared: bool, fit: bool) -> np.ndarray:
    """Return X·Yᵀ, or the squared distances of rows, each element in the very steps that libsvm takes.

    libsvm calls BLAS's `ddot` for every pair, and so does `np.vecdot`; a matrix product would add up in another order. Fitting, it takes
    distances from dot products; predicting, from differences.

    Returns
    -------
    ndarray of float64, shape (len(X), len(Y))
    """
    X, Y = np.asarray(X, dtype=np.float64, order="C"), np.asarray(Y, dtype=np.float64, order="C")
    found = np.empty((len(X), len(Y)))
    rows = max(1, CHUNK_BYTES // max(1, 8 * Y.size))
    for start in range(0, len(X), rows):
        part = slice(start, start + rows)
        if squared and not fit:
            differences = X[part, np.newaxis, :] - Y[np.newaxis, :, :]
            np.vecdot(differences, differences, out=found[part])
        else:
            np.vecdot(X[part, np.newaxis, :], Y[np.newaxis, :, :], out=found[part])
    if squared and fit:
        found *= 2.0
        np.subtract(np.vecdot(X, X)[:, np.newaxis] + np.vecdot(Y, Y)[np.newaxis, :], found, out=found)
    return found


def _power(values: np.ndarray, times: int) -> np.ndarray:
    """Return a whole power by libsvm's own sequence of products."""
    result = np.ones_like(values)
    while times > 0:
        if times % 2:
            result *= values
        values = values * values
        times //= 2
    return result


def _tanh(values: np.ndarray) -> np.ndarray:
    """Return the C library's tanh, which libsvm calls; NumPy's own differs in last bits."""
    for row in values:
        row[:] = [math.tanh(value) for value in row.tolist()]
    return values


def gram_of(estimator: Any, X: Any) -> Gram | None:
    """Return how to compute an estimator's Gram matrix, None where it has none that is shared."""
    path = listed(estimator, KERNEL_MACHINES)
    if path is None or not isinstance(estimator.kernel, str) or estimator.kernel not in KERNELS:
        return None
    if type(X) is not np.ndarray or X.ndim != 2 or X.dtype.kind not in "fiu" or 8 * len(X) ** 2 > BYTES:
        return None
    kind, gamma = KERNEL_MACHINES[path], estimator.gamma
    if kind == "svm" and not (gamma in ("scale", "auto") if isinstance(gamma, str) else _number(gamma) and gamma >= 0):
        return None  # wrong values are the estimator's own to complain of
    if kind == "svm" and not (_number(estimator.coef0) and isinstance(estimator.degree, int) and estimator.degree >= 0):
        return None
    # Where it has probabilities its own cross-validation takes distances of rows in other steps. The default may be "deprecated".
    if getattr(estimator, "probability", False) not in (False, "deprecated") or not np.isfinite(X).all():
        return None
    if kind == "svm" and not _matches_libsvm(estimator.kernel, X.shape[1]):
        return None
    return Gram(kind, estimator.kernel, gamma, estimator.degree, estimator.coef0, X)


@functools.cache
def _matches_libsvm(kernel: str, n_features: int) -> bool:
    """Return whether the values computed here are libsvm's to the last bit, tried on made rows of as many features.

    Predictions are compared with the sum over the support vectors, in libsvm's order. A fit keeps its matrix in single precision; so the rows
    lie far from the origin, where a last bit of a dot product changes the distance by a thousandth, and with it the solution.
    """
    from sklearn.svm import SVR

    random = np.random.RandomState(0)
    rows, seen = (40, 400) if n_features <= 5_000 else (12, 40)
    settings = {"C": 100.0, "epsilon": 0.01, "max_iter": 1_000}
    shift = math.sqrt(1e-3 / np.finfo(float).eps / n_features) if kernel == "rbf" else 0.0
    y = random.standard_normal(rows)
    for offset in (0.0, shift):
        X = random.standard_normal((rows, n_features)) + offset
        Z = random.standard_normal((seen, n_features)) + offset
        gram = Gram("svm", kernel, 0.5 / n_features, 3, 0.3, X)
        theirs = SVR(kernel=kernel, gamma=gram.gamma, degree=3, coef0=0.3, **settings)
        ours = SVR(kernel="precomputed", **settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            theirs.fit(X, y)
            ours.fit(gram(X, X, gram.base(X, X, fit=True)), y)
        fitted = (theirs.dual_coef_, theirs.support_, theirs.intercept_)
        if not all(map(np.array_equal, fitted, (ours.dual_coef_, ours.support_, ours.intercept_))):
            return False
        values = gram(Z, X, gram.base(Z, X, fit=False))
        found = np.zeros(seen)
        for weight, index in zip(theirs.dual_coef_[0], theirs.support_, strict=True):
            found += weight * values[:, index]
        if not np.array_equal(found + theirs.intercept_, theirs.predict(Z)):
            return False
    return True


def by_class(estimator: Any, y: Any) -> np.ndarray | None:
    """Return the rows class by class, each class in its order: where libsvm goes through a Gram matrix as it lies in memory.

    libsvm itself takes the rows class by class, so it makes the same numbers. None where there are no classes.
    """
    classifier = listed(estimator, CLASSIFIERS) is not None
    return np.argsort(y, kind="stable") if classifier and isinstance(y, np.ndarray) and y.ndim == 1 else None


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
