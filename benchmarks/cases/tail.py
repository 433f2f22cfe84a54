"""How long engines wait for the last ones, on many of them."""

import csv
import statistics
from pathlib import Path
from typing import Any

import full_study
from measuring import row, seconds
from simulate import bound, simulate
from studies import run, took

ENGINES = 128
WHAT = "the tail: 128 engines, simulated from the recorded times of the full study"


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """128 engines, simulated from the recorded times of a real search."""
    if not (folder / "times").exists():  # where this case is asked for alone
        for _ in range(runs):
            run(folder / "plain", full_study.config(share=False), f"{full_study.RESULTS}/evaluations.csv")
            full_study.keep_times(folder)
    searches = [_times(table) for table in sorted((folder / "times").iterdir())]
    walls = [simulate(times, ENGINES) for times in searches]
    bounds = [bound(times, ENGINES) for times in searches]
    ratios = [wall / least for wall, least in zip(walls, bounds, strict=True)]
    detail = f"{min(ratios):.3f} to {max(ratios):.3f}; {seconds(walls)} against {seconds(bounds)}"
    return [row(WHAT, "max(total ÷ engines, longest)", "≤ 1.03", statistics.median(ratios), detail)]


def _times(table: Path) -> list[tuple[str, dict[str, str], int, int, float]]:
    """Return model, params, candidate, fold and seconds of each evaluation."""
    with open(table) as file:
        return [
            (
                r["model"],
                {"C": r["param_C"], "gamma": r["param_gamma"]},
                int(r["candidate"]),
                int(r["fold"]),
                took(r),
            )
            for r in csv.DictReader(file)
        ]
