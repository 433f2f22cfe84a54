"""Estimators that misbehave, each in its own way."""

import os
import signal

import numpy as np
from sklearn.base import BaseEstimator


class Unspeakable(Exception):
    """Its message cannot be had."""

    def __str__(self):
        raise RuntimeError("no message")


class Own(BaseException):
    """Not an Exception."""


def fork():
    """Return in both processes."""
    os.fork()


def raise_(error):
    raise error


KINDS = {
    "good": lambda: None,
    "unspeakable": lambda: raise_(Unspeakable()),
    "base": lambda: raise_(Own("mine")),
    "interrupt": lambda: raise_(KeyboardInterrupt()),
    "exit": lambda: raise_(SystemExit(3)),
    "surrogate": lambda: raise_(FileNotFoundError("data/caf\udce9.csv")),
    "long": lambda: raise_(ValueError("x " * 10**6)),
    "alarm": lambda: os.kill(os.getpid(), signal.SIGALRM),
    "forks": fork,
    "huge": lambda: None,
}


class Hostile(BaseEstimator):
    """Does what its kind says in fit; scores 1, or more than a float can hold."""

    def __init__(self, kind="good"):
        self.kind = kind

    def fit(self, X, y=None):
        KINDS[self.kind]()
        return self

    def score(self, X, y=None):
        return 10**400 if self.kind == "huge" else float(np.ones(3).mean())
