"""How much of their time engines evaluate, with evaluations that all take as long as each other."""

import statistics
from pathlib import Path
from typing import Any

from measuring import row
from studies import CORES, evaluations, one_search, run, span, took
from work import loops_for

AGAINST = "sum of their times ÷ (engines × wall of the search)"


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """How busy the engines are with evaluations of 0.2 s and of 5 ms."""
    rows = []
    for length, count, goal in ((0.2, 300, "≥ 0.97"), (0.005, 6000, "≥ 0.85")):
        found = _efficiency(folder / "busy", _config(loops_for(length), count), runs)
        what = f"{count:,} evaluations that take {length:g} s each"
        detail = f"{min(found):.3f} to {max(found):.3f}, {CORES} engines"
        rows.append(row(what, AGAINST, goal, statistics.median(found), detail))
    return rows


def _config(loops: int, count: int) -> dict[str, Any]:
    """Return a search of `count` evaluations that take as long as each other."""
    model = {"estimator": {"class": "work.Steady", "loops": loops}, "space": {"seed": {"range": [count // 5]}}}
    return one_search("sklearn.datasets.load_iris", {"class": "KFold", "n_splits": 5}, model)


def _efficiency(folder: Path, config: dict[str, Any], runs: int) -> list[float]:
    """Return, for each run, the sum of the evaluations' times over engines × wall of the search itself."""
    found = []
    for _ in range(runs):
        run(folder, config)
        rows = evaluations(folder)
        found.append(sum(map(took, rows)) / (CORES * span(rows)))
        print(f"    {found[-1]:.3f}", flush=True)
    return found
