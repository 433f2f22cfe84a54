"""The search of config/examples/ulhpc.yaml, which several benchmarks run."""

import shutil
from pathlib import Path
from typing import Any

import yaml
from measuring import in_turn, median_ratio, row, seconds, timed
from studies import ROOT, differing_scores, peer, run

SEARCH = "digits-svc"
RESULTS = f"results/searches/{SEARCH}"


def config(*, share: bool, space: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the config, with or without shared work; with another space for its SVC where one is given."""
    found = yaml.safe_load((ROOT / "config/examples/ulhpc.yaml").read_text())
    del found["clusterings"], found["datasets"]["blobs"]
    found["searches"][SEARCH]["share"] = share
    if space is not None:
        found["searches"][SEARCH]["models"]["svc"]["space"] = space
    return found


def compare(folder: Path, runs: int, *, share: bool, goal: str) -> list[dict[str, Any]]:
    """Run the study and GridSearchCV in turn; return the row."""
    study = folder / ("study" if share else "plain")
    targets = [f"{RESULTS}/scores.csv", f"{RESULTS}/validation.png"]

    def ours() -> float:
        took = run(study, config(share=share), *targets)
        if not share:
            keep_times(folder)
        return took

    a, b = in_turn(runs, ours, lambda: timed(peer("study", "loky", folder / "loky")))
    differ = differing_scores(study / targets[0], folder / "loky/scores.csv")
    what = f"the full study, from `snakemake` to CSV and heat map, sharing {'on' if share else 'off'}"
    detail = f"{seconds(a)} against {seconds(b)}; {differ} of 4,000 split scores differ"
    return [row(what, "GridSearchCV (loky), whole process", goal, median_ratio(a, b), detail)]


def keep_times(folder: Path) -> None:
    """Keep the times of the full study without sharing, for the simulation (cases/tail.py)."""
    (folder / "times").mkdir(exist_ok=True)
    number = len(list((folder / "times").iterdir()))
    shutil.copy(folder / "plain" / RESULTS / "evaluations.csv", folder / f"times/{number}.csv")
