"""How long a search takes to its first evaluation."""

import json
import sys
from pathlib import Path
from typing import Any

import full_study
from measuring import median_ratio, row, seconds, timed
from studies import epoch, evaluations, run

WHAT = "start: from the start of the evaluate process to the first evaluation"


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """From the start of evaluate to the first evaluation's start."""
    config = full_study.config(share=True, space={"C": [1, 10], "gamma": [0.001]})
    study = folder / "start"
    ours, imports = [], []
    for _ in range(runs):
        imports.append(timed([sys.executable, "-c", "import sklearn.svm"]))
        run(study, config)
        began = json.loads((study / full_study.RESULTS / "evaluated.json").read_text())["began"]
        ours.append(min(epoch(r["started"]) for r in evaluations(study, full_study.SEARCH)) - began)
        print(f"    {ours[-1]:.2f} s against {imports[-1]:.2f} s", flush=True)
    detail = f"{seconds(ours)} against {seconds(imports)}"
    return [row(WHAT, "`python -c 'import sklearn.svm'`", "≤ 1.5", median_ratio(ours, imports), detail)]
