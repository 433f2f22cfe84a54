"""What stored predictions cost and save, and the memory of predicting a long file."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import full_study
from measuring import median_ratio, row, seconds
from studies import one_search, run

TARGETS = (f"{full_study.RESULTS}/scores.csv", f"{full_study.RESULTS}/validation.png")
ROWS = (1_000_000, 10_000_000)


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """The full study with all predictions stored and with none; a metric that is added to it; ten million rows predicted."""
    return [*_stored(folder, runs), _long_file(folder / "long")]


def _stored(folder: Path, runs: int) -> list[dict[str, Any]]:
    unstored, ways = [], {"all": [], "{of: all, train: true}": []}
    later: list[float] = []
    size = {}
    for _ in range(runs):
        unstored.append(run(folder / "stored", _config("none"), *TARGETS))
        for way, times in ways.items():
            study, setting = folder / "stored", "all" if way == "all" else {"of": "all", "train": True}
            times.append(run(study, _config(setting), *TARGETS))
            size[way] = sum(path.stat().st_size for path in (study / full_study.RESULTS / "oof").iterdir()) / 1e6
            if way != "all":  # the study has train scores, which need predictions on the train parts
                later.append(run(study, _config(setting, "accuracy", "f1_macro"), TARGETS[0], fresh=False))
        print(f"    {unstored[-1]:.1f} s, {', '.join(f'{times[-1]:.1f} s' for times in ways.values())}", flush=True)
    rows = [
        row(
            f"the full study with `predictions: {way}`",
            "the same with `predictions: none`",
            "≤ 1.05" if way == "all" else "none set",
            median_ratio(times, unstored),
            f"{seconds(times)} against {seconds(unstored)}; {size[way]:.0f} MB of predictions",
        )
        for way, times in ways.items()
    ]
    what = "`f1_macro` added to it: 2,000 evaluations scored from stored predictions, from `snakemake` to CSV"
    against = "the full study with `predictions: none`"
    return [*rows, row(what, against, "seconds", median_ratio(later, unstored), seconds(later))]


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
