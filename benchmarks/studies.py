"""Write studies, run them by whole `snakemake` processes, and read their tables."""

import csv
import datetime
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from measuring import timed

HERE = Path(__file__).parent
ROOT = HERE.parent
CORES = os.cpu_count()

STRATIFIED = {"class": "StratifiedKFold", "n_splits": 5, "shuffle": True, "random_state": 0}


def one_search(load: str, cv: dict[str, Any], model: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Return the config of one search `x` over one model, on splits `s` of one dataset.

    Parameters
    ----------
    load : str
        Import path of the function that gives the dataset.
    cv : dict
        The splitter, or with `cv` in it all settings of the splits.
    model : dict
        `estimator` and `space`.
    **settings
        Further settings of the search.
    """
    splits = cv if "cv" in cv else {"cv": cv}
    return {
        "datasets": {"d": {"load": load}},
        "splits": {"s": {"dataset": "d", **splits}},
        "searches": {"x": {"splits": "s", "models": {"m": model}, **settings}},
    }


def command(folder: Path, config: dict[str, Any], *targets: str, cores: int = CORES) -> list[str]:
    """Write a study; return the command that runs it."""
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    shutil.copy(HERE / "work.py", folder)
    shutil.copy(HERE / "peers.py", folder)
    snakemake = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    return [*snakemake, "--cores", str(cores), *targets]


def run(folder: Path, config: dict[str, Any], *targets: str, fresh: bool = True, cores: int = CORES) -> float:
    """Run a study; return the wall time of the whole `snakemake` in seconds.

    Parameters
    ----------
    folder : Path
        The study's directory.
    config : dict
    *targets : str
        Files to make; all without.
    fresh : bool
        Whether to remove what an earlier run left.
    cores : int
        Number of engines.
    """
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    return timed(command(folder, config, *targets, cores=cores))


def begin(folder: Path, config: dict[str, Any], *targets: str, cores: int = CORES) -> subprocess.Popen:
    """Start a study in a process group of its own."""
    return subprocess.Popen(
        command(folder, config, *targets, cores=cores),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def peer(case: str, way: str, folder: Path) -> list[str]:
    """Return the command that runs the same search another way (see peers.py)."""
    return [sys.executable, str(HERE / "peers.py"), case, way, str(folder)]


def evaluations(folder: Path, search: str = "x") -> list[dict[str, str]]:
    """Return the rows of evaluations.csv."""
    with open(folder / f"results/searches/{search}/evaluations.csv") as file:
        return list(csv.DictReader(file))


def span(rows: list[dict[str, str]]) -> float:
    """Return the seconds from the first evaluation's start to the last one's end."""
    return max(epoch(r["finished"]) for r in rows) - min(epoch(r["started"]) for r in rows)


def took(row: dict[str, str]) -> float:
    """Return the seconds of one evaluation."""
    return epoch(row["finished"]) - epoch(row["started"])


def epoch(text: str) -> float:
    """Return a time of evaluations.csv in seconds."""
    return datetime.datetime.fromisoformat(text).timestamp()


def differing_scores(ours: Path, theirs: Path) -> int:
    """Return how many split scores of two tables differ."""
    import pandas as pd

    a, b = pd.read_csv(ours), pd.read_csv(theirs)
    columns = [c for c in b.columns if c.startswith("split")]
    return int((a[columns].to_numpy() != b[columns].to_numpy()).sum())
