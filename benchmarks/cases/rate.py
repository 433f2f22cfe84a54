"""How many evaluations a second there can be, and whether the client's memory stays flat."""

import shutil
import statistics
import time
from pathlib import Path
from typing import Any

import process_memory
from measuring import row
from studies import begin, evaluations, one_search, span


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """100,000 evaluations that do nothing: rate, and how the client's memory grows."""
    model = {"estimator": {"class": "work.Nothing"}, "space": {"number": {"range": [20_000]}}}
    config = one_search("sklearn.datasets.load_iris", {"class": "KFold", "n_splits": 5}, model)
    rates, growths = [], []
    for _ in range(runs):
        rate, growth = _run(folder / "rate", config)
        rates.append(rate)
        growths.append(growth)
        print(f"    {rate:.0f}/s, {growth:.0f} MB", flush=True)
    what = "100,000 evaluations of an estimator that does nothing"
    detail = f"{min(rates):,.0f} to {max(rates):,.0f} a second"
    against = "growth of the client's memory from the first evaluation on, MB"
    grown = f"{min(growths):.0f} to {max(growths):.0f} MB"
    return [
        row(what, "rate", "≥ 2,000/s", statistics.median(rates), detail),
        row("the same", against, "< 50", statistics.median(growths), grown),
    ]


def _run(folder: Path, config: dict[str, Any]) -> tuple[float, float]:
    """Run the search; return its rate and the growth of its client in MB."""
    shutil.rmtree(folder, ignore_errors=True)
    process = begin(folder, config)
    sizes: list[float] = []
    while process.poll() is None:
        if size := process_memory.of_client(folder):
            sizes.append(size)
        time.sleep(0.25)
    rows = evaluations(folder)
    return len(rows) / span(rows), (max(sizes) - sizes[0]) / 1e6
