"""The disk is full: one line says where, nothing half-written has its final name, and after room is made the next run goes on."""

import itertools
import os
import subprocess

import pytest
from command import told
from study import sleepy

SEARCH = "results/searches/slow"
GRID = {"a": list(range(10)), "b": [0, 1]}


class Disk:
    """A disk of 256 kB at a folder of a study."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]
        if os.geteuid() or subprocess.run(mount, check=False).returncode:
            pytest.skip("needs to mount a file system")
        (folder / "ballast").touch()  # so that Snakemake, which removes empty folders, leaves the disk where it is

    def fill(self):
        """Leave no room for another byte."""
        with open(self.folder / "ballast", "wb", buffering=0) as ballast, pytest.raises(OSError):
            for _ in itertools.count():
                ballast.write(b"\0" * 512)

    def clear(self):
        """Make room again."""
        (self.folder / "ballast").unlink()

    def grow(self):
        """Become larger."""
        subprocess.run(["mount", "-o", "remount,size=16m", self.folder], check=True)


@pytest.fixture
def disk():
    """Return a function that mounts a small disk."""
    disks = []

    def make(folder):
        disks.append(Disk(folder))
        return disks[-1]

    yield make
    for each in disks:
        subprocess.run(["umount", "--lazy", each.folder], check=False)


def told_where(study, code, screen, place):
    """Assert that a run ended with one line that names the place and the cause, and that nothing half-written lies about."""
    line = told(code, screen)
    assert place in line and "No space left on device" in line
    assert "src/foldwork/" not in screen
    assert not study.leftovers()


def files(folder):
    """Return the files of a folder by their names, run-time ones and the ballast left out."""
    return {path.name for path in folder.glob("*")} - {"ballast"}


def test_a_full_disk_under_the_ledger_loses_no_record(sleeper, disk):
    study = sleeper(sleepy({"a": list(range(40))}, seconds=0.05))
    small = disk(study.search("slow"))
    snakemake = study.start(study.evaluated("slow"))
    study.await_records("slow", 5, 40)
    small.fill()
    code = snakemake.wait(30)
    told_where(study, code, (study.folder / "screen.log").read_text(), f"{SEARCH}/ledger.jsonl: ")
    assert not (study.folder / study.evaluated("slow")).exists()
    recorded = len(study.records("slow"))
    assert 5 <= recorded < 80

    small.clear()
    done = study.evaluate("slow")
    assert f"slow: 80 evaluations, {recorded} recorded, {80 - recorded} to do" in done.stderr
    assert "damaged" not in done.stderr
    study.all_well("slow", 80)


@pytest.mark.slow
def test_a_disk_that_is_too_small_for_a_dataset_or_a_fold_leaves_none(sleeper, disk):
    config = sleepy({"a": [0, 1]})
    config["datasets"]["large"] = {"load": "own.wide", "args": {"rows": 4000, "columns": 10}}
    config["splits"]["some"]["dataset"] = "large"
    study = sleeper(config)
    for where in ("datasets", "splits"):
        small = disk(study.folder / "results" / where)
        done = study.run(f"{SEARCH}/scores.csv", check=False)
        told_where(study, done.returncode, done.stderr, f"results/{where}/")
        assert not files(study.folder / "results" / where) and not files(study.folder / "results/searches")
        small.grow()
    study.run(f"{SEARCH}/scores.csv")
    assert len(study.records("slow")) == 4


@pytest.mark.slow
def test_a_full_disk_under_an_output_leaves_none_half_written(sleeper, disk):
    whole = sleeper(sleepy(GRID), "whole")
    names = ("evaluated.json", "scores.csv", "validation.png")
    targets = [f"{SEARCH}/{name}" for name in names]
    whole.run(*targets)
    study = sleeper(sleepy(GRID))
    small = disk(study.search("slow"))
    for count in (1, 2, 3):  # what the request, a table, a picture is written to
        before = files(small.folder)
        small.fill()
        done = study.run(*targets[:count], check=False)
        told_where(study, done.returncode, done.stderr, f"{SEARCH}/")
        assert files(small.folder) == before
        small.clear()
        study.run(*targets[:count])
    assert len(study.fits()) == 40
    for name in names[1:]:
        assert (study.search("slow") / name).read_bytes() == (whole.search("slow") / name).read_bytes()


@pytest.mark.slow
def test_a_full_disk_under_the_logs_is_told_too(sleeper, disk):
    study = sleeper(sleepy(GRID))
    small = disk(study.folder / "logs")
    small.fill()
    done = study.run(f"{SEARCH}/scores.csv", check=False)
    told_where(study, done.returncode, done.stderr, "logs/evaluate/slow.log: ")
    small.clear()
    study.run(f"{SEARCH}/scores.csv")
    assert len(study.fits()) == 40
