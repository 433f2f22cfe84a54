"""Compute the Gram matrices of scikit-learn's kernel machines as libsvm and KernelRidge compute them.

The operations and their order are those of libsvm as scikit-learn includes it (sklearn/svm/src/libsvm/svm.cpp, dense representation): `Kernel::dot`,
`Kernel::kernel_rbf` and its like in a fit, `Kernel::k_function` in a prediction. The elements equal libsvm's to the last bit if NumPy's BLAS and C
library compute as libsvm's do: each engine tests that (`_matches_libsvm`) before it shares a matrix.
"""

import functools
import math
import warnings
from typing import Any

import numpy as np

from foldwork.evaluation.sharing_rules import KERNEL_MACHINES
from foldwork.evaluation.step_key import listed
from foldwork.sklearn_private import predicts_probabilities

BYTES = 1 << 28
"""Bytes of the largest matrix of train rows that is shared (5,792 rows)."""

CHUNK_BYTES = 1 << 19
"""Bytes of row differences that are computed at once, so that they fit into a core's cache."""

KERNELS = ("rbf", "poly", "sigmoid")
CLASSIFIERS = frozenset(["sklearn.svm.SVC", "sklearn.svm.NuSVC"])


class Gram:
    """Computes the kernel values of an estimator.

    Parameters
    ----------
    kind : {"svm", "ridge"}
        Whose computation: libsvm's or KernelRidge's.
    kernel, gamma, degree, coef0 : object
        The estimator's parameters.
    X : ndarray, shape (n_train, n_features)
        The rows that it is fitted on, in the fold's order.

    Attributes
    ----------
    key : tuple
        Two matrices of the same rows are equal if their keys are.
    """

    def __init__(self, kind: str, kernel: str, gamma: Any, degree: Any, coef0: Any, X: np.ndarray) -> None:
        self.kind, self.kernel, self.gamma, self.degree, self.coef0 = kind, kernel, gamma, degree, coef0
        self._X = X
        self.key = (kernel, gamma, degree, coef0)

    def __call__(self, X: np.ndarray, Y: np.ndarray, base: np.ndarray | None) -> np.ndarray:
        """Return the kernel values of the rows of X and Y.

        Parameters
        ----------
        X : ndarray, shape (n_X, n_features)
        Y : ndarray, shape (n_train, n_features)
        base : ndarray or None
            What `base(X, Y)` returns.

        Returns
        -------
        ndarray of float64, shape (n_X, n_train)
        """
        if self.kind == "ridge":
            from sklearn.metrics.pairwise import pairwise_kernels  # as in KernelRidge._get_kernel

            return pairwise_kernels(
                X, Y, metric=self.kernel, filter_params=True, gamma=self.gamma, degree=self.degree, coef0=self.coef0
            )
        gamma = self._gamma()
        K = np.multiply(base, -gamma if self.kernel == "rbf" else gamma)
        if self.kernel == "rbf":
            # With lambda 0 it calls the C library's exp, as libsvm does; NumPy has an exp of its own.
            from scipy.special import inv_boxcox

            K[K < -746.0] = -np.inf  # exp gives zero for both, but is slow for numbers that underflow
            return inv_boxcox(K, 0.0, out=K)
        K += self.coef0
        return _tanh(K) if self.kernel == "sigmoid" else _power(K, self.degree)

    def base(self, X: Any, Y: Any, *, fit: bool) -> np.ndarray | None:
        """Return dot products or squared distances, from which the matrices for all values of the other parameters are computed.

        None for KernelRidge, which computes each matrix from the rows. See `products`.
        """
        return products(X, Y, squared=self.kernel == "rbf", fit=fit) if self.kind == "svm" else None

    def _gamma(self) -> float:
        """Return gamma as a number, computed as in `BaseLibSVM.fit` (sklearn/svm/_base.py)."""
        if self.gamma == "scale":
            variance = np.asarray(self._X, dtype=np.float64, order="C").var()
            return 1.0 / (self._X.shape[1] * variance) if variance != 0 else 1.0
        return 1.0 / self._X.shape[1] if self.gamma == "auto" else self.gamma


def products(X: Any, Y: Any, *, squared: bool, fit: bool) -> np.ndarray:
    """Return X·Yᵀ, or the squared Euclidean distances of rows, each element by the operations of libsvm.

    libsvm calls BLAS's `ddot` for every pair of rows, and so does `np.vecdot`; a matrix product would sum in another order. libsvm computes distances
    from dot products in a fit (`Kernel::kernel_rbf`), from differences in a prediction (`Kernel::k_function`).

    Parameters
    ----------
    X : array-like, shape (n_X, n_features)
    Y : array-like, shape (n_Y, n_features)
    squared : bool
        Whether to return squared distances.
    fit : bool
        Whether libsvm would compute them in a fit.

    Returns
    -------
    ndarray of float64, shape (n_X, n_Y)
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


def _power(values: np.ndarray, exponent: int) -> np.ndarray:
    """Return values to the power of a non-negative int, by the multiplications of libsvm's `powi`."""
    result = np.ones_like(values)
    while exponent > 0:
        if exponent % 2:
            result *= values
        values = values * values
        exponent //= 2
    return result


def _tanh(values: np.ndarray) -> np.ndarray:
    """Apply the C library's tanh, which libsvm calls, in place; NumPy has a tanh of its own that differs in last bits."""
    for row in values:
        row[:] = [math.tanh(value) for value in row.tolist()]
    return values


def gram_of(estimator: Any, X: Any) -> Gram | None:
    """Return what computes an estimator's Gram matrices on train rows X, None if they are not shared.

    Parameters
    ----------
    estimator : object
        Unfitted, of any class.
    X : container
        The train part. Only finite numbers in a two-dimensional ndarray are accepted, of at most `BYTES` for the matrix.
    """
    path = listed(estimator, KERNEL_MACHINES)
    if path is None or not isinstance(estimator.kernel, str) or estimator.kernel not in KERNELS:
        return None
    if type(X) is not np.ndarray or X.ndim != 2 or X.dtype.kind not in "fiu" or 8 * len(X) ** 2 > BYTES:
        return None
    kind, gamma = KERNEL_MACHINES[path], estimator.gamma
    if kind == "svm" and not (gamma in ("scale", "auto") if isinstance(gamma, str) else _number(gamma) and gamma >= 0):
        return None  # the estimator itself raises for a wrong value
    if kind == "svm" and not (_number(estimator.coef0) and isinstance(estimator.degree, int) and estimator.degree >= 0):
        return None
    # For probabilities libsvm cross-validates, on other rows than this matrix has.
    if predicts_probabilities(estimator) or not np.isfinite(X).all():
        return None
    if kind == "svm" and not _matches_libsvm(estimator.kernel, X.shape[1]):
        return None
    return Gram(kind, estimator.kernel, gamma, estimator.degree, estimator.coef0, X)


@functools.cache
def _matches_libsvm(kernel: str, n_features: int) -> bool:
    """Return whether kernel values computed here equal libsvm's to the last bit, on random rows with `n_features` features.

    Predictions are compared with the sum over the support vectors, in libsvm's order. In a fit libsvm stores the matrix in single precision; so some
    rows are far from the origin, where a last bit of a dot product changes the distance by a thousandth, and with it the solution.
    """
    from sklearn.svm import SVR

    random = np.random.RandomState(0)
    rows, predicted = (40, 400) if n_features <= 5_000 else (12, 40)
    settings = {"C": 100.0, "epsilon": 0.01, "max_iter": 1_000}
    shift = math.sqrt(1e-3 / np.finfo(float).eps / n_features) if kernel == "rbf" else 0.0
    y = random.standard_normal(rows)
    for offset in (0.0, shift):
        X = random.standard_normal((rows, n_features)) + offset
        Z = random.standard_normal((predicted, n_features)) + offset
        gram = Gram("svm", kernel, 0.5 / n_features, 3, 0.3, X)
        theirs = SVR(kernel=kernel, gamma=gram.gamma, degree=3, coef0=0.3, **settings)
        ours = SVR(kernel="precomputed", **settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ConvergenceWarning
            theirs.fit(X, y)
            ours.fit(gram(X, X, gram.base(X, X, fit=True)), y)
        fitted = (theirs.dual_coef_, theirs.support_, theirs.intercept_)
        if not all(map(np.array_equal, fitted, (ours.dual_coef_, ours.support_, ours.intercept_))):
            return False
        values = gram(Z, X, gram.base(Z, X, fit=False))
        found = np.zeros(predicted)
        for weight, index in zip(theirs.dual_coef_[0], theirs.support_, strict=True):
            found += weight * values[:, index]
        if not np.array_equal(found + theirs.intercept_, theirs.predict(Z)):
            return False
    return True


def class_order(estimator: Any, y: Any) -> np.ndarray | None:
    """Return the order of rows in which libsvm reads a classifier's Gram matrix: class by class, stable (`svm_group_classes`).

    libsvm sorts the rows this way itself, so the scores are the same; a matrix in this order is read sequentially. None if `estimator` is no
    classifier.

    Parameters
    ----------
    estimator : object
    y : array-like or None
        Target of the train part.

    Returns
    -------
    ndarray of int, shape (n_train,), or None
    """
    classifier = listed(estimator, CLASSIFIERS) is not None
    return np.argsort(y, kind="stable") if classifier and isinstance(y, np.ndarray) and y.ndim == 1 else None


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
