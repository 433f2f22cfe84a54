"""Estimators that take a known time, for benchmarks: their module lies in the study's directory."""

import time

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Steady(ClassifierMixin, BaseEstimator):
    """Does a fixed amount of work: `loops` products of small matrices."""

    def __init__(self, loops=1, seed=0):
        self.loops = loops
        self.seed = seed

    def fit(self, X, y):
        """Work."""
        self.classes_ = np.unique(y)
        matrix = np.full((60, 60), 1e-3)
        for _ in range(self.loops):
            matrix = np.tanh(matrix @ matrix)
        return self

    def score(self, X, y):
        """Return a number at once."""
        return 0.5


class Lognormal(BaseEstimator):
    """Sleeps for a time that depends on x and the rows: lognormal, with a median of 0.3 s."""

    def __init__(self, x=0.0):
        self.x = x

    def fit(self, X, y):
        """Sleep."""
        seed = int(1e6 * self.x) + int(X[:, :8].sum())
        time.sleep(0.3 * np.random.default_rng(seed).lognormal(0, 0.5))
        return self

    def score(self, X, y):
        """Return a number that depends on x, and a little on x and the rows by chance."""
        seed = int(1e6 * self.x) + int(X[:, :8].sum())
        return -abs(self.x - 0.7) + 0.1 * np.random.default_rng(seed).normal()


class HalfSecond(BaseEstimator):
    """Sleeps for half a second."""

    def __init__(self, a=0.0, b=0.0, c=1.0):
        self.a = a
        self.b = b
        self.c = c

    def fit(self, X, y):
        """Sleep."""
        time.sleep(0.5)
        return self

    def score(self, X, y):
        """Return a number that depends on the parameters."""
        return -((self.a - 0.3) ** 2) - (self.b - 0.6) ** 2 - np.log10(self.c) ** 2 / 10


class Nothing(BaseEstimator):
    """Does nothing at all."""

    def __init__(self, number=0):
        self.number = number

    def fit(self, X, y):
        """Do nothing."""
        return self

    def score(self, X, y):
        """Return a number."""
        return 0.5


class Means(BaseEstimator):
    """Reads all of X and copies none of it."""

    def __init__(self, number=0):
        self.number = number

    def fit(self, X, y):
        """Take the mean of every column."""
        self.means_ = X.mean(axis=0)
        return self

    def score(self, X, y):
        """Read the test part."""
        time.sleep(0.2)
        return float(X[:, 0].mean() - self.means_[0])


def loops_for(seconds):
    """Return the number of loops of `Steady` that take so many seconds on this machine."""
    start = time.perf_counter()
    Steady(2000).fit(None, [0, 1])
    return max(1, round(2000 * seconds / (time.perf_counter() - start)))


def gigabyte(rows=250_000, columns=500):
    """Return a dataset of one gigabyte."""
    X = np.random.default_rng(0).random((rows, columns))
    return X, (X[:, 0] > 0.5).astype(int)
