"""However a run ends, no process, no connection file and no half-written file is left 15 s later, and the next run goes on."""

import os
import secrets
import shutil
import signal
import subprocess
import time

import pytest
from study import Study, await_true, kill, processes_of, roles, sleepy

EVALUATED = "results/searches/slow/evaluated.json"
ASKED = 180
GRID = {"a": list(range(9)), "b": list(range(10))}


@pytest.fixture(scope="module")
def study(template):
    """Return a study whose one search is ended again and again in the middle, and goes on each time."""
    folder = template.folder.with_name("ended")
    shutil.copytree(template.folder, folder)
    return Study(folder, sleepy(GRID, seconds=0.2))


def interrupt(snakemake, run):
    """Do what a terminal does at Ctrl-C."""
    os.killpg(snakemake.pid, signal.SIGINT)


def interrupt_twice(snakemake, run):
    os.killpg(snakemake.pid, signal.SIGINT)
    time.sleep(0.3)
    os.killpg(snakemake.pid, signal.SIGINT)


def hang_up(snakemake, run):
    """Do what a terminal does when it is closed."""
    os.killpg(snakemake.pid, signal.SIGHUP)


def terminate_all(snakemake, run):
    """Do what a service manager or a batch system does."""
    os.killpg(snakemake.pid, signal.SIGTERM)


def terminate_evaluate(snakemake, run):
    kill(roles(run)["evaluate"], signal.SIGTERM)


def kill_evaluate(snakemake, run):
    kill(roles(run)["evaluate"])


def kill_snakemake(snakemake, run):
    snakemake.kill()


def kill_snakemake_and_evaluate(snakemake, run):
    kill([snakemake.pid, *roles(run)["evaluate"]])


def kill_controller(snakemake, run):
    kill(roles(run)["controller"])


def kill_host(snakemake, run):
    kill(roles(run)["host"])


WAYS = [
    interrupt,
    pytest.param(interrupt_twice, marks=pytest.mark.slow),
    pytest.param(hang_up, marks=pytest.mark.slow),
    terminate_all,
    pytest.param(terminate_evaluate, marks=pytest.mark.slow),
    kill_evaluate,
    kill_snakemake,
    pytest.param(kill_snakemake_and_evaluate, marks=pytest.mark.slow),
    kill_controller,
    pytest.param(kill_host, marks=pytest.mark.slow),
]


def unlock(study):
    """Do what Snakemake asks for after a kill of its own."""
    if any(study.folder.glob(".snakemake/locks/*")):
        study.run("--unlock")


def nothing_left(study, run, seconds=15):
    await_true(lambda: not processes_of(run), seconds, lambda: f"no process, but {processes_of(run)}")
    await_true(lambda: not study.leftovers(), 1, lambda: f"no files, but {study.leftovers()}")


@pytest.mark.parametrize("end", WAYS, ids=lambda end: end.__name__)
def test_nothing_is_left_by_a_run_that_is_ended(study, end):
    before, fits = len(study.records("slow")), len(study.fits())
    unlock(study)
    run = secrets.token_hex(8)
    snakemake = study.start(EVALUATED, env={"FOLDWORK_RUN": run})
    try:
        study.await_records("slow", before + 5, 40)
        end(snakemake, run)
        nothing_left(study, run)
        assert snakemake.wait(15) != 0
    finally:
        kill(processes_of(run))  # so that one case's failure is not the next one's
    keys = [record["key"] for record in study.records("slow")]
    assert before + 5 <= len(keys) == len(set(keys)) < ASKED
    # What had begun and was not recorded is what is done again: two bundles an engine at most.
    assert len(study.fits()) - fits - (len(keys) - before) <= 25
    assert "src/foldwork/" not in (study.folder / "screen.log").read_text(), "no traceback of ours"


def test_the_run_after_all_these_finishes_and_leaves_nothing(study):
    unlock(study)
    run = secrets.token_hex(8)
    study.run(EVALUATED, env={"FOLDWORK_RUN": run})
    nothing_left(study, run, 0.5)
    keys = [record["key"] for record in study.records("slow")]
    assert len(keys) == len(set(keys)) == ASKED


def test_nothing_is_left_by_a_run_that_fails(sleeper):
    study = sleeper(sleepy({"a": [0, 1, -5, 2]}, kind="Poison", on_error="raise"))
    run = secrets.token_hex(8)
    done = study.run(EVALUATED, env={"FOLDWORK_RUN": run}, check=False)
    assert done.returncode != 0
    assert "a': -5" in done.stderr and "ValueError: no such luck" in done.stderr and "Traceback" not in done.stderr
    nothing_left(study, run, 0.5)


def test_nothing_is_left_by_ctrl_c_while_engines_start(sleeper):
    study = sleeper(sleepy({"a": [0]}))
    run = secrets.token_hex(8)
    snakemake = study.start(EVALUATED, env={"FOLDWORK_RUN": run})
    await_true(lambda: roles(run)["host"], 30, "a host")
    interrupt(snakemake, run)
    nothing_left(study, run)
    assert snakemake.wait(15) != 0


def test_sigterm_to_snakemake_alone_lets_the_running_job_end_and_leaves_nothing(sleeper):
    study = sleeper(sleepy({"a": list(range(20))}, seconds=0.1))
    run = secrets.token_hex(8)
    snakemake = study.start(env={"FOLDWORK_RUN": run})
    study.await_records("slow", 1, 40)
    snakemake.terminate()
    assert snakemake.wait(30) != 0
    nothing_left(study, run, 1)
    assert len(study.records("slow")) == 40
    assert (study.folder / EVALUATED).exists() and not (study.search("slow") / "scores.csv").exists()


def test_nothing_is_left_when_the_terminal_is_closed(sleeper):
    study = sleeper(sleepy({"a": list(range(20))}, seconds=0.2))
    run = secrets.token_hex(8)
    terminal, screen = os.openpty()
    snakemake = subprocess.Popen(
        study.command(EVALUATED),
        stdin=subprocess.DEVNULL,
        stdout=screen,
        stderr=screen,
        env={**os.environ, "FOLDWORK_RUN": run},
        start_new_session=True,
    )
    os.close(screen)
    study.await_records("slow", 3, 40)
    os.close(terminal)
    hang_up(snakemake, run)
    nothing_left(study, run)
    assert snakemake.wait(15) != 0
    assert not (study.search("slow") / "running.json").exists()
