"""Engines map a fold's file: however big it is, they share its pages."""

import csv
import re
import secrets
from pathlib import Path

from study import await_true, roles, sleepy

ROWS, COLUMNS = 60_000, 250
"""120 MB, of which 90 are a fold's train rows and 30 its test rows."""


def written(pid):
    """Return the memory that a process alone has and that no file backs, in bytes."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(kb) * 1024 for kb in re.findall(r"^Private_Dirty:\s+(\d+) kB", text, re.MULTILINE))


def test_the_unshared_memory_of_engines_does_not_grow_by_the_fold(sleeper):
    # One fold, so that both engines have it: what a single process maps counts as its own, file or not.
    cv = {"class": "ShuffleSplit", "n_splits": 1, "test_size": 0.25, "random_state": 0}
    config = sleepy({"a": list(range(60))}, kind="Means", cv=cv)
    config["datasets"]["toy"] = {"load": "own.wide", "args": {"rows": ROWS, "columns": COLUMNS}}
    config["searches"]["slow"]["models"]["slow"]["estimator"].pop("seconds")
    study = sleeper(config)
    run = secrets.token_hex(8)
    size = 8 * ROWS * COLUMNS
    snakemake = study.start(study.evaluated("slow"), env={"FOLDWORK_RUN": run})
    most = {}

    def looked():
        for pid in roles(run)["engines"]:
            try:
                most[pid] = max(most.get(pid, 0), written(pid))
            except OSError:
                continue
        return snakemake.poll() is not None

    await_true(looked, 120, "the end of the search")
    assert snakemake.returncode == 0
    assert (study.folder / "results/splits/some/fold-0.joblib").stat().st_size > 100e6

    with open(study.search("slow") / "engines.csv") as file:
        engines = list(csv.DictReader(file))
    assert len(engines) == 2 and all(int(engine["evaluations"]) > 10 for engine in engines)
    for engine in engines:
        assert int(engine["unshared"]) < 0.6 * size
        assert most[int(engine["pid"])] < 0.6 * size
        assert int(engine["peak"]) > size, "all of the fold was read, and was in memory while it was"
