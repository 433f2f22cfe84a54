"""A study's own code for the tests on Slurm: an estimator that sleeps as long as the file `pace` says, and tells what it saw."""

import json
import os
import time
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_info

HERE = Path(__file__).parent


def rows(count=60):
    """Return X and y; the sum of a fold's rows tells it from other folds."""
    X = np.random.default_rng(0).normal(size=(count, 3))
    return X, (X[:, 0] > 0).astype(int)


class Nap(BaseEstimator):
    """Sleeps instead of fitting, and scores a number of its own. A line of `fits.log` stands for each fit begun."""

    def __init__(self, x=0):
        self.x = x

    def fit(self, X, y):
        with open(HERE / "fits.log", "a") as log:
            log.write(f"{self.x} {X.sum()!r} {time.time()}\n")
        time.sleep(float((HERE / "pace").read_text()))
        self.mean_ = X.mean(axis=0)
        return self

    def score(self, X, y):
        return float(np.sin(self.x + (X - self.mean_).mean()))


class Witness(BaseEstimator):
    """Multiplies matrices for a second, and writes down which threads and CPUs that took."""

    def __init__(self, x=0):
        self.x = x

    def fit(self, X, y):
        matrix = np.ones((400, 400))
        wall, cpu = time.perf_counter(), time.process_time()
        while time.perf_counter() - wall < 1.0:
            matrix @ matrix
        seen = {
            "node": os.environ.get("SLURMD_NODENAME"),
            "pid": os.getpid(),
            "omp": os.environ["OMP_NUM_THREADS"],
            "loky": os.environ["LOKY_MAX_CPU_COUNT"],
            "pools": [pool["num_threads"] for pool in threadpool_info()],
            "affinity": sorted(os.sched_getaffinity(0)),
            "load": (time.process_time() - cpu) / (time.perf_counter() - wall),
        }
        with open(HERE / "witness.jsonl", "a") as log:
            log.write(json.dumps(seen) + "\n")
        return self

    def score(self, X, y):
        return float(self.x)
