"""What it costs to be stopped at half."""

import os
import shutil
import signal
import statistics
import time
from pathlib import Path
from typing import Any

import full_study
from measuring import in_turn, row, seconds
from studies import begin, run

TARGET = f"{full_study.RESULTS}/evaluated.json"
WHAT = "stopped at half by Ctrl-C and run again, less one start"
HALF = 160
"""Evaluations."""


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """Stopped at half and run again, against an uninterrupted run."""
    grid = {"C": {"logspace": [-2, 3, 8]}, "gamma": {"logspace": [-5, -1, 8]}}
    config = full_study.config(share=False, space=grid)
    study = folder / "resume"
    start = _start_cost(folder / "one")
    a, b = in_turn(runs, lambda: _in_two_parts(study, config), lambda: run(study, config, TARGET))
    ratio = statistics.median((x - start) / y for x, y in zip(a, b, strict=True))
    detail = f"{seconds(a)} in two parts, {seconds(b)} in one; a start, five fits included, takes {start:.1f} s"
    return [row(WHAT, "an uninterrupted run", "≤ 1.05", ratio, detail)]


def _in_two_parts(study: Path, config: dict[str, Any]) -> float:
    """Stop a run at half, run again; return the seconds of both parts."""
    shutil.rmtree(study, ignore_errors=True)
    ledger = study / full_study.RESULTS / "ledger.jsonl"
    began = time.perf_counter()
    process = begin(study, config, TARGET)
    while not ledger.exists() or ledger.read_bytes().count(b"\n") < HALF:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    process.wait()
    first = time.perf_counter() - began
    return first + run(study, config, TARGET, fresh=False)


def _start_cost(study: Path) -> float:
    """Return the seconds of a run of one candidate, with dataset and folds there, as in the second part."""
    config = full_study.config(share=False)
    config["searches"][full_study.SEARCH]["models"] = {
        "svc": {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": [1]}}
    }
    run(study, config, TARGET)

    def again() -> float:
        shutil.rmtree(study / "results/searches")
        return run(study, config, TARGET, fresh=False)

    return statistics.median(again() for _ in range(3))
