"""What stored predictions cost and save, and the memory of predicting a long file."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import full_study
from measuring import in_turn, median_ratio, row, seconds
from studies import one_search, run

TARGETS = (f"{full_study.RESULTS}/scores.csv", f"{full_study.RESULTS}/validation.png")
ROWS = (1_000_000, 10_000_000)


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """The full study with all predictions stored and with none; a metric that is added to it; ten million rows predicted."""
    return [*_stored(folder, runs), _long_file(folder / "long")]


def _stored(folder: Path, runs: int) -> list[dict[str, Any]]:
    study, later = folder / "stored", []

    def ours() -> float:
        took = run(study, _config({"of": "all", "train": True}), *TARGETS)
        more = _config({"of": "all", "train": True}, "accuracy", "f1_macro")
        later.append(run(study, more, TARGETS[0], fresh=False))
        return took

    a, b = in_turn(runs, ours, lambda: run(folder / "unstored", _config("none"), *TARGETS))
    size = sum(path.stat().st_size for path in (study / full_study.RESULTS / "oof").iterdir())
    detail = f"{seconds(a)} against {seconds(b)}; {size / 1e6:.0f} MB of predictions on test and train parts"
    what = "the full study with `predictions: {of: all, train: true}`"
    cost = row(what, "the same with `predictions: none`", "≤ 1.05", median_ratio(a, b), detail)
    what = "`f1_macro` added to it: 2,000 evaluations scored from stored predictions, from `snakemake` to CSV"
    against = "the full study with `predictions: none`"
    return [cost, row(what, against, "seconds", median_ratio(later, b), seconds(later))]


def _config(predictions: Any, *scoring: str) -> dict[str, Any]:
    config = full_study.config(share=True)
    config["searches"][full_study.SEARCH] |= {
        "predictions": predictions,
        **({"scoring": [*scoring]} if scoring else {}),
    }
    return config


def _long_file(study: Path) -> dict[str, Any]:
    """Return the row of a parquet file of ten million rows, predicted to another: memory beside that of a million."""
    model = {"estimator": {"class": "sklearn.linear_model.LogisticRegression", "max_iter": 500}, "space": {"C": [1.0]}}
    cv = {"class": "KFold", "n_splits": 2, "shuffle": True, "random_state": 0}
    run(study, one_search("sklearn.datasets.load_breast_cancer", cv, model), "results/searches/x/model.json")
    short, long = (_predict(study, rows) for rows in ROWS)
    detail = f"{long[0]:.0f} MB against {short[0]:.0f} MB at most; {long[1]:.0f} s for 10,000,000 rows of 30 columns"
    what = "`foldwork predict` of ten million rows, .npy to parquet: most memory"
    return row(what, "a million rows", "flat", long[0] / short[0], detail, runs=1)


def _predict(study: Path, rows: int) -> tuple[float, float]:
    """Return the most memory that its processes had for themselves in MB, and the seconds."""
    data = study / "data.npy"
    subprocess.run([sys.executable, "-c", _MAKE, str(data), str(rows)], check=True)
    words = "-m foldwork.commands.cli predict results/searches/x data.npy -o predictions.parquet"
    command = [sys.executable, *words.split()]
    start, most = time.perf_counter(), 0.0
    process = subprocess.Popen(command, cwd=study, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()  # pages of the mapped file are not its own
            most = max(most, 1024 * int(re.search(r"RssAnon:\s+(\d+)", status)[1]))
        except (OSError, TypeError):
            break
        time.sleep(0.05)
    if process.wait():
        raise SystemExit(f"foldwork predict ended with {process.returncode}")
    took = time.perf_counter() - start
    data.unlink()
    return most / 1e6, took


_MAKE = """
import sys
import numpy as np
from sklearn.datasets import load_breast_cancer
X = load_breast_cancer().data
rows = int(sys.argv[2])
file = np.lib.format.open_memmap(sys.argv[1], "w+", X.dtype, (rows, X.shape[1]))
for start in range(0, rows, 100_000):
    file[start : start + 100_000] = X[np.arange(start, start + 100_000) % len(X)]
"""
"""Writes rows of a dataset again and again."""
