"""What engines do not share of a large dataset."""

import shutil
import statistics
import subprocess
from pathlib import Path
from typing import Any

from measuring import row
from process_memory import most_unshared
from studies import begin, one_search, peer, run

WHAT = "a 1 GB dataset on 4 engines, an estimator that does not copy: unshared memory of all engines"


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """A dataset of one gigabyte on four engines: what they do not share."""
    model = {"estimator": {"class": "work.Means"}, "space": {"number": {"range": [20]}}}
    config = one_search("work.gigabyte", {"class": "KFold", "n_splits": 2}, model)
    study = folder / "memory"
    ours, theirs = [], []
    for _ in range(runs):
        run(study, config, "results/splits/s")
        fold = (study / "results/splits/s/fold-0.joblib").stat().st_size
        size, engines = most_unshared(begin(study, config, cores=4), _is_engine)
        ours.append(size / fold)
        other = subprocess.Popen(peer("memory", "loky", folder / "loky"), stderr=subprocess.DEVNULL)
        size, workers = most_unshared(other, _is_loky_worker)
        theirs.append(size / fold)
        print(f"    {ours[-1]:.3f} of a fold against {theirs[-1]:.3f} ({engines} and {workers} processes)", flush=True)
        shutil.rmtree(study)
    figure = statistics.median(ours)
    detail = (
        f"{figure * fold / 1e6:.0f} MB in all, imports included; a fold is {fold / 1e6:.0f} MB; "
        f"GridSearchCV (loky): {statistics.median(theirs):.2f} of a fold"
    )
    return [row(WHAT, "a fold (GridSearchCV doing the same: see right)", "≤ 0.15", figure, detail)]


def _is_engine(process: Any) -> bool:
    return "foldwork.engines.host" in process.parent().cmdline()


def _is_loky_worker(process: Any) -> bool:
    return any("popen_loky_posix" in word for word in process.cmdline())
