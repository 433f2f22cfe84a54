"""Results follow the content of what they come from, and an orphan of a killed run writes nothing over them."""

import json
import os
import time

import pytest
from command import rules
from study import await_true, sleepy
from test_partial_reruns import said

LOADER = """
import time
from pathlib import Path

import pandas as pd


def read(path, seconds=0):
    table = pd.read_csv(path)
    Path("loading").touch()
    time.sleep(seconds)
    return table
"""


def config_of(file, **more):
    config = sleepy({"a": [0, 1]})
    config["datasets"]["toy"] = {"load": "loader.read", "args": {"path": file}, "target": "y", **more}
    return config


def rewrite(file, old, new):
    """Change a file as `cp -p` or a checkout may: its time is an older one."""
    file.write_text(file.read_text().replace(old, new))
    os.utime(file, (1e9, 1e9))


@pytest.mark.slow
def test_a_changed_file_behind_a_loader_is_loaded_again_and_an_equal_one_costs_no_evaluation(sleeper):
    study = sleeper(config_of("toy.csv", inputs=["more"]))
    (study.folder / "loader.py").write_text(LOADER)
    (study.folder / "more").mkdir()
    (study.folder / "more/units.txt").write_text("cm")
    file = study.folder / "toy.csv"
    file.write_text("\n".join(["u,v,y", *(f"{row},{row % 7},{row % 2}" for row in range(20))]) + "\n")
    study.evaluate("slow")
    assert rules(study.evaluate("slow", "-n")) == set()
    manifest = json.loads((study.folder / "results/datasets/toy/dataset.json").read_text())
    assert set(manifest["files"]) == {"toy.csv", "more/units.txt"}

    rewrite(file, "3,3,1", "3,9,1")
    done = study.evaluate("slow")
    assert {"load_dataset", "persist_splits", "evaluate"} <= rules(done)
    assert said(done) == "slow: 4 evaluations, 0 recorded, 4 to do"

    (study.folder / "more/units.txt").write_text("mm")  # read by nobody: loaded again, and nothing else is different
    assert said(study.evaluate("slow")) == "slow: 4 evaluations, 4 recorded, 0 to do"


@pytest.mark.slow
def test_a_loader_that_outlives_a_killed_run_puts_no_old_data_over_the_new(sleeper):
    config = config_of("old.csv")
    config["datasets"]["toy"]["args"]["seconds"] = 6
    study = sleeper(config)
    (study.folder / "loader.py").write_text(LOADER)
    rows = "\n".join(f"{row},{row % 7},{row % 2}" for row in range(20))
    for name, head in (("old.csv", "u,v,y"), ("new.csv", "p,q,y")):
        (study.folder / name).write_text(f"{head}\n{rows}\n")
    snakemake = study.start(study.evaluated("slow"))
    await_true((study.folder / "loading").exists, 60, "the loader")
    snakemake.kill()
    snakemake.wait()
    killed = time.monotonic()
    study.write(config_of("new.csv"))
    study.run("--unlock")
    study.evaluate("slow", "--rerun-incomplete")
    time.sleep(max(0.0, killed + 8 - time.monotonic()))  # by now the old loader would have ended
    manifest = json.loads((study.folder / "results/datasets/toy/dataset.json").read_text())
    assert list(manifest["dtypes"]) == ["p", "q"]
    assert rules(study.evaluate("slow", "-n")) == set()
    assert not list(study.folder.rglob("*.part"))
