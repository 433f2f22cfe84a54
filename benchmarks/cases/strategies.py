"""How busy strategies keep four engines, where evaluations take very different times."""

import statistics
from pathlib import Path
from typing import Any

from measuring import row
from studies import evaluations, one_search, run, span, took

ENGINES = 4
STRATEGIES = {
    "random": {"random": {"n_iter": 80, "random_state": 0}},
    "halving": {"halving": {"n_candidates": 81, "random_state": 0}},
    "hyperband": {"hyperband": {"random_state": 0}},
    "racing": {"racing": {"n_iter": 60, "random_state": 0}},
    "tpe": {"tpe": {"n_trials": 80, "random_state": 0}},
    "evolution": {"evolution": {"population": 16, "generations": 5, "random_state": 0}},
}
"""Those that are measured, with some hundred evaluations each."""


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """How busy four engines are with evaluations of lognormal length (sigma 0.5, median 0.3 s), strategy by strategy."""
    rows = []
    for name, strategy in STRATEGIES.items():
        found = [_efficiency(folder / name, strategy) for _ in range(runs)]
        detail = f"{min(found):.3f} to {max(found):.3f}, {ENGINES} engines"
        what = f"{name}: evaluations of lognormal length (sigma 0.5)"
        against = "sum of their times ÷ (engines × wall of the search)"
        rows.append(row(what, against, "≥ 0.85", statistics.median(found), detail))
    return rows


def _efficiency(folder: Path, strategy: dict[str, Any]) -> float:
    """Return the sum of the evaluations' times over engines × wall of the search itself."""
    model = {"estimator": {"class": "work.Lognormal"}, "space": {"x": {"uniform": [0, 1]}}}
    cv = {"class": "KFold", "n_splits": 5}
    run(folder, one_search("sklearn.datasets.load_digits", cv, model, strategy=strategy), cores=ENGINES)
    rows = evaluations(folder)
    found = sum(map(took, rows)) / (ENGINES * span(rows))
    print(f"    {next(iter(strategy))}: {found:.3f}, {len(rows):,} evaluations", flush=True)
    return found
