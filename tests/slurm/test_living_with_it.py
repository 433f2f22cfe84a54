"""What docs/slurm.md says of everyday work on a cluster: where Snakemake runs, what it leaves behind, who gets how much."""

import json
import os
import signal
import subprocess
import sys

from slurm_study import NAPS, ROOT, await_true, results

SCRIPT = ROOT / "profiles/slurm/snakemake.sh"


def status(study):
    """Return what `foldwork status` says of a study, as text and as data."""
    command = [sys.executable, "-m", "foldwork.commands.cli", "status"]
    text = study.slurm.run(*command, cwd=study.folder)
    return text, json.loads(study.slurm.run(*command, "--json", cwd=study.folder))


def state_of(slurm, job):
    return slurm.jobs()[job]["state"]


def test_status_shows_the_job_and_after_a_kill_it_can_be_cancelled_and_the_next_run_goes_on(naps, local_naps, slurm):
    study = naps(slurm)
    study.pace(1)
    study.edit_profile(resources={"tasks": 2, "nodes": 1}, retries=0)
    for node in slurm.nodes:
        slurm.drain(node)
    process = study.start()
    job = study.await_state("PENDING")
    text, (said,) = status(study)
    assert text == f"naps: queued · Slurm job {job} PENDING"
    assert (said["name"], said["slurm"]) == ("naps", {"job": str(job), "state": "PENDING"})
    for node in slurm.nodes:
        slurm.resume(node)
    study.await_records("naps", 4)
    text, (said,) = status(study)
    assert f" · Slurm job {job} RUNNING" in text.splitlines()[0]
    assert (said["state"], said["slurm"]) == ("running", {"job": str(job), "state": "RUNNING"})

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    study.await_records("naps", len(study.records("naps")) + 4)  # nobody waits for it, and it goes on
    assert status(study)[1][0]["slurm"] == {"job": str(job), "state": "RUNNING"}
    slurm.run("scancel", job)
    await_true(lambda: state_of(slurm, job) == "CANCELLED", 60, "the end of the orphan")
    study.await_no_strays()
    assert status(study)[1][0]["slurm"] is None
    kept = (study.search("naps") / "ledger.jsonl").read_bytes()
    study.pace(0)
    study.run("--unlock")
    study.run("--rerun-incomplete")
    assert (study.search("naps") / "ledger.jsonl").read_bytes().startswith(kept[: kept.rindex(b"\n") + 1])
    assert results(study.folder) == results(local_naps.folder)


def test_snakemake_in_a_job_of_its_own_finishes_a_study_and_stops_in_order_when_told(naps, local_naps, slurm):
    study = naps(slurm)
    study.edit_profile(resources={"tasks": 2, "nodes": 1}, retries=0)
    log = study.folder / "snakemake.log"

    def submit():
        options = ["--directory", study.folder, "--profile", study.profile]
        return slurm.sbatch("--output", log, SCRIPT, *options, cwd=ROOT)

    study.pace(1)
    head = submit()
    study.await_records("naps", 4)
    (job,) = study.jobs()
    slurm.run("scancel", "--batch", "--signal=INT", head)
    await_true(lambda: state_of(slurm, head) not in ("RUNNING", "COMPLETING"), 60, "the end of Snakemake")
    await_true(lambda: state_of(slurm, job) == "CANCELLED", 60, "the end of its job")
    study.await_no_strays()
    kept = len(study.records("naps"))
    study.pace(0)
    head = submit()  # the folder is not locked
    await_true(lambda: state_of(slurm, head) == "COMPLETED", 300, lambda: log.read_text()[-3000:])
    assert len(study.records("naps")) == 200 > kept
    assert results(study.folder) == results(local_naps.folder)
    study.await_no_strays()


def test_of_two_snakemakes_on_one_folder_the_first_deletes_nothing_that_the_second_has_made(naps, local_naps, slurm):
    study = naps(slurm)
    study.pace(3)
    study.edit_profile(resources={"tasks": 2, "nodes": 1}, retries=0)
    first = study.start()
    study.await_records("naps", 2)
    nonce, evaluated = study.search("naps") / "ledger.writer", study.search("naps") / "evaluated.json"
    ours, (job,) = nonce.read_text(), study.jobs()
    os.kill(first.pid, signal.SIGSTOP)  # it asks Slurm late how its job is doing
    try:
        with open(study.folder / "second.log", "w") as log:
            second = subprocess.Popen(study.command("--nolock"), env=slurm.environment(), stderr=log)
        await_true(lambda: nonce.read_text() != ours, 180, "the second run's takeover")
        study.pace(0)
        assert second.wait(180) == 0, (study.folder / "second.log").read_text()
        await_true(lambda: state_of(slurm, job) == "FAILED", 30, "the end of the first run's job")
        written = evaluated.read_bytes()
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert first.wait(120) == 1
    screen = (study.folder / "screen.log").read_text()
    assert evaluated.exists(), screen
    assert evaluated.read_bytes() == written
    assert results(study.folder) == results(local_naps.folder)
    study.await_no_strays()


def test_each_search_gets_the_tasks_that_the_profile_says_for_it(slurm, slurm_study):
    config = json.loads(json.dumps(NAPS))
    search = config["searches"].pop("naps")
    nap = search["models"]["nap"]["estimator"]
    config["searches"] = {
        name: search | {"models": {"nap": {"estimator": nap, "space": {"x": [k]}}}} for k, name in enumerate("ab")
    }
    study = slurm_study(config, slurm)
    study.run("--until", "persist_splits", cores=2)
    study.edit_profile(resources={"tasks": "2 if wildcards.search == 'a' else 4", "nodes": 1}, retries=0)
    study.run(*[f"results/searches/{name}/evaluated.json" for name in "ab"])
    tasks = {slurm.jobs()[job]["comment"][-1]: slurm.job(job)["NumTasks"] for job in study.jobs()}
    assert tasks == {"a": "2", "b": "4"}


def test_the_profile_decides_whether_data_are_jobs_or_made_where_snakemake_runs(slurm, slurm_study):
    study = slurm_study(NAPS, slurm)
    for node in slurm.nodes:
        slurm.drain(node)  # nothing runs but what needs no job
    study.edit_profile(data={"local": 1})
    done = study.run("results/splits/halves")
    assert "localrule load_dataset" in done.stderr and "localrule persist_splits" in done.stderr
    assert study.jobs("load_dataset") == study.jobs("persist_splits") == {}
