"""How much room folds take on disk with `layout: ring`."""

import shutil
from pathlib import Path
from typing import Any

from measuring import row
from studies import one_search, run


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """Ten folds of a gigabyte, on disk."""
    splits = {"layout": "ring", "cv": {"class": "KFold", "n_splits": 10}}
    config = one_search("work.gigabyte", splits, {"estimator": {"class": "work.Means"}, "space": {}})
    study = folder / "ring"
    run(study, config, "results/splits/s")
    dataset, folds = (_size(study / "results" / name) for name in ("datasets/d", "splits/s"))
    shutil.rmtree(study)
    what, detail = (
        "ten folds of a 1 GB dataset, on disk, `layout: ring`",
        f"{folds / 1e6:,.0f} MB against {dataset / 1e6:,.0f} MB",
    )
    return [row(what, "the dataset's bytes", "≤ 2.2", folds / dataset, detail, runs=1)]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*"))
