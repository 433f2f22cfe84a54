"""A study's own code: `Study.bring` copies this file into the study, which names its parts as `own.Slow` and so on."""

import ctypes
import os
import time
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator

FITS = Path(__file__).parent / "fits.log"


def toy(rows: int = 40, shift: float = 0.0):
    """Return X and y of a few rows."""
    X = np.random.default_rng(0).normal(size=(rows, 3)) + shift
    return X, (X[:, 0] > shift).astype(int)


def wide(rows: int, columns: int):
    """Return an X of rows × columns × 8 bytes, and y."""
    X = np.random.default_rng(0).normal(size=(rows, columns))
    return X, (X[:, 0] > 0).astype(int)


class Slow(BaseEstimator):
    """Sleeps instead of fitting, notes every fit that it begins in fits.log, and scores a number of its own."""

    def __init__(self, a=0, b=0, seconds=0.02):
        self.a = a
        self.b = b
        self.seconds = seconds

    def fit(self, X, y=None):
        with open(FITS, "a") as file:
            file.write(f"{self.a} {self.b} {X.sum()!r} {os.getpid()}\n")
        time.sleep(self.seconds)
        self.mean_ = X.mean(axis=0)
        return self

    def score(self, X, y=None):
        return float(np.sin(self.a + 2 * self.b + np.asarray(X - self.mean_).mean()))


class Poison(Slow):
    """Does its engine harm where a is negative, or prints and raises."""

    def fit(self, X, y=None):
        super().fit(X)
        if self.a == -1:
            os._exit(3)
        if self.a == -2:
            ctypes.string_at(0)
        while self.a == -3:
            time.sleep(1)
        if self.a == -4:
            eaten = []
            while True:
                eaten.append(np.ones(4_000_000))
        if self.a == -5:
            print("trying my luck", self.b)
            raise ValueError("no such luck")
        return self


class Writer(BaseEstimator):
    """Writes into what it gets, and scores what it found there."""

    def __init__(self, a=0):
        self.a = a

    def fit(self, X, y=None):
        self.sum_ = X.sum()
        X += self.a
        return self

    def score(self, X, y=None):
        found = float(X.sum() + self.sum_ + self.a)
        X *= 2
        return found


class Means(BaseEstimator):
    """Reads all of X, and copies none of it."""

    def __init__(self, a=0):
        self.a = a

    def fit(self, X, y=None):
        self.mean_ = X.mean(axis=0)
        return self

    def score(self, X, y=None):
        return float(np.sum(self.mean_) + self.a)
