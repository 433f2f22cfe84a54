"""A search whose job ends before its time: nothing that is recorded is evaluated again, and the results are the same bytes."""

import contextlib
import ctypes
import os
import time
from pathlib import Path

from slurm_study import await_true, results, timestamp

from foldwork.data import fold_files
from foldwork.storage.atomic_write import read_json


class Account:
    """What the ledger of the study `naps` holds at a moment, and which fits began later that it should have saved."""

    def __init__(self, study):
        self.study = study
        self.ledger = study.search("naps") / "ledger.jsonl"
        self.kept = self.ledger.read_bytes()
        self.kept = self.kept[: self.kept.rindex(b"\n") + 1]
        self.records = {(record["params"]["x"], self.fold(record["fold"])) for record in study.records("naps")}
        self.when = time.time()

    def fold(self, index):
        """Return what `nap.Nap` calls a fold in fits.log."""
        folder = self.study.folder / "results/splits/halves"
        part = read_json(folder / "splits.json")["folds"][index]
        return repr(fold_files.open_file(folder / part["file"], part["sha256"]).fresh()["X_train"].sum())

    def check(self):
        """The ledger still begins with what it held, and nothing of that was evaluated again."""
        assert self.ledger.read_bytes().startswith(self.kept)
        again = [fit for fit in self.study.fits() if fit[2] > self.when and fit[:2] in self.records]
        assert again == []


def evaluating(study):
    """Return the process of the script that evaluates, once there is one."""
    for pid in study.slurm.strays():
        command = Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
        if command[0].endswith(b"python") and command[1:] and command[1].endswith(b".evaluate.py"):
            return pid
    return None


@contextlib.contextmanager
def held(pid):
    """Hold the main thread of a process, so that neither CONT nor TERM lets it do anything."""
    seize, interrupt, detach, wall = 0x4206, 0x4207, 17, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    for request in (seize, interrupt):
        assert libc.ptrace(request, pid, None, None) == 0, os.strerror(ctypes.get_errno())
    os.waitpid(pid, wall)
    try:
        yield
    finally:
        assert libc.ptrace(detach, pid, None, None) == 0, "it ended while it was held"


def open_log(pid):
    """Open the log that a process writes, so that it can be read after it was replaced."""
    for link in Path("/proc", str(pid), "fd").iterdir():
        if os.readlink(link).endswith("logs/evaluate/naps.log"):
            return open(link)
    raise AssertionError("it has no log")


def alive(pid):
    """Return whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def await_growth(study, by=3):
    """Wait until the ledger has so many records more."""
    study.await_records("naps", len(study.records("naps")) + by, 60)


def finish(study, process, local):
    """Let the rest of the search run at full speed, and look at the whole of it."""
    study.pace(0)
    study.finish(process)
    keys = [record["key"] for record in study.records("naps")]
    assert len(keys) == len(set(keys)) == 200
    assert results(study.folder) == results(local.folder)
    assert study.leftovers() == []
    study.await_no_strays()


def test_a_search_longer_than_its_time_limit_stops_before_it_and_its_retry_goes_on(naps, local_naps, slurm):
    study = naps(slurm)
    study.pace(2)
    study.edit_profile(resources={"tasks": 4, "runtime": "attempt"}, retries=1)
    process = study.start()
    first = study.await_state("RUNNING")
    study.await_state("FAILED", timeout=70)  # by itself: Slurm would have said TIMEOUT
    ended = time.time()
    account = Account(study)
    assert len(account.records) > 8
    began = min(when for *_, when in study.fits())
    assert max(when for *_, when in study.fits()) < began + 45  # nothing was given out in the last 20 s of the minute
    assert max(timestamp(record["finished"]) for record in study.records("naps")) <= ended
    assert "the job's time is nearly up" in (study.folder / "logs/evaluate/naps.log").read_text()

    study.pace(0)
    second = study.await_state("COMPLETED", timeout=90)
    assert (slurm.job(first)["TimeLimit"], slurm.job(second)["TimeLimit"]) == ("00:01:00", "00:02:00")
    finish(study, process, local_naps)
    account.check()


def test_scancel_and_requeue_lose_nothing_and_an_orphan_that_wakes_up_writes_nothing(naps, local_naps, slurm):
    study = naps(slurm)
    study.pace(1)
    study.edit_profile(resources={"tasks": 4}, retries=1)
    process = study.start()
    first = study.await_state("RUNNING")
    await_growth(study)
    slurm.run("scancel", first)
    await_true(lambda: study.jobs()[first] == "CANCELLED", 30, "the end of the cancelled job")
    cancelled = Account(study)

    await_true(lambda: len(study.jobs()) == 2, 60, "the retry")
    second = study.await_state("RUNNING")
    more = slurm.job(second)  # as the profile has it for a second attempt
    assert (more["TimeLimit"], more["MinMemoryCPU"]) == ("02:00:00", "1900M")
    await_growth(study)
    orphan = evaluating(study)
    said = open_log(orphan)
    with held(orphan):
        time.sleep(2)  # results come in that it cannot write
        slurm.requeue(second)
        await_true(lambda: study.jobs()[second] == "PENDING", 30, "the requeued job in the queue")
        requeued = Account(study)
        await_true(lambda: study.jobs()[second] == "RUNNING", 90, "the requeued job")
        study.pace(0)
        await_true(lambda: study.jobs()[second] == "COMPLETED", 90, "the end of the requeued job")
        ledger = requeued.ledger.read_bytes()
    await_true(lambda: not alive(orphan), 20, "the end of the orphan")
    study.await_no_strays()
    assert requeued.ledger.read_bytes() == ledger
    assert (study.search("naps") / "evaluated.json").exists()  # nor does the orphan's Snakemake clean up
    with said:
        assert "another run has taken over this ledger" in said.read()
    finish(study, process, local_naps)
    cancelled.check()
    requeued.check()
    assert list(study.jobs().values()) == ["CANCELLED", "COMPLETED"]
