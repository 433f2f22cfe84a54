"""Estimate the time of the silhouette of many points before a clustering starts: it is quadratic in their number."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foldwork.records.formatting import duration
from foldwork.records.request import Request

MANY = 20_000
"""Number of points above which the time is estimated."""

SAMPLE = 4_000
"""Number of points on which the time is measured."""

FASTER_METRIC = "{silhouette: {sample_size: 10000, random_state: 0}}"


def lines(request: Request) -> Iterator[str]:
    """Yield a warning if a clustering requests the silhouette of more than MANY points without a sample size.

    Parameters
    ----------
    request : Request
        Of a clustering. For a search nothing is yielded.
    """
    metrics = request.spec.get("metrics") or []
    if not any(metric == "silhouette" or _is_full(metric) for metric in metrics):
        return
    path = Path(request.folds[0].path)
    points = json.loads((path.parent / "dataset.json").read_text())["shape"][0]
    if points <= MANY:
        return
    done = subprocess.run(
        [sys.executable, "-m", "foldwork.execution.silhouette_time", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:  # otherwise the clustering itself reports what is wrong with the data
        seconds = float(done.stdout) * (points / SAMPLE) ** 2
        few = float(done.stdout) * (10_000 / SAMPLE) ** 2
        yield (
            f"the silhouette of {points:,} points takes about {duration(seconds)} for each candidate, in addition to the fit (measured on {SAMPLE:,} of them); "
            f"{FASTER_METRIC} in metrics takes about {duration(few)}"
        )


def _is_full(metric: Any) -> bool:
    return isinstance(metric, dict) and "silhouette" in metric and not (metric["silhouette"] or {}).get("sample_size")


def measure(path: str) -> float:
    """Return the seconds that the silhouette of SAMPLE points of a dataset file takes."""
    import joblib
    import numpy as np
    from sklearn.metrics import silhouette_score
    from threadpoolctl import threadpool_limits

    X = joblib.load(path, mmap_mode="r")["X"]
    rows = np.sort(np.random.RandomState(0).permutation(X.shape[0])[:SAMPLE])
    X = X.select_dtypes("number").iloc[rows] if hasattr(X, "iloc") else X[rows]
    labels = np.arange(len(rows)) % 8
    with threadpool_limits(1):  # as in an engine
        silhouette_score(X[:100], labels[:100])
        start = time.perf_counter()
        silhouette_score(X, labels)
        return time.perf_counter() - start


if __name__ == "__main__":
    print(measure(sys.argv[1]))
