"""A script whose Snakemake has ended writes nothing, and ends."""

import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from foldwork.engines import parent_process
from foldwork.platforms import start_time
from foldwork.storage.atomic_write import Replaced, only_writer, write_text
from foldwork.workflow import output_owner

SCRIPT = """
import sys, time
from types import SimpleNamespace
from foldwork.storage.atomic_write import write_text
from foldwork.workflow.script import job

snakemake = SimpleNamespace(rule="load_dataset", wildcards=["d"], log=["log"], output=[])
with job(snakemake, watches_parent=sys.argv[1] == "evaluate"):
    write_text("began", "")
    time.sleep(float(sys.argv[2]))
    write_text("done", "")
"""


@pytest.fixture
def parent(tmp_path, monkeypatch):
    """Return a process that stands for Snakemake; the environment says so."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text(SCRIPT)
    with subprocess.Popen(["sleep", "60"]) as process:
        monkeypatch.setenv(parent_process.VARIABLE, f"{process.pid} {start_time(process.pid)}")
        yield process
        process.kill()


def start(rule, seconds):
    return subprocess.Popen([sys.executable, "script.py", rule, str(seconds)])


@pytest.mark.parametrize("rule", ["load", "evaluate"])
def test_a_script_that_starts_when_its_snakemake_has_ended_does_nothing(parent, rule, tmp_path):
    parent.kill()
    parent.wait()
    assert not parent_process.snakemake_is_alive()
    assert start(rule, 0).wait(20) == 1
    assert not (tmp_path / "began").exists() and not (tmp_path / "log").exists()


def test_a_script_ends_when_its_snakemake_does_and_leaves_no_output(parent, tmp_path):
    assert parent_process.snakemake_is_alive()
    script = start("load", 30)
    deadline = time.monotonic() + 20
    while not (tmp_path / "began").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    assert script.wait(8) == 1
    assert not (tmp_path / "done").exists()


def test_a_process_that_got_the_id_of_an_ended_snakemake_is_not_taken_for_it(parent, monkeypatch):
    monkeypatch.setenv(parent_process.VARIABLE, f"{parent.pid} 1")
    assert not parent_process.snakemake_is_alive()


def test_an_orphan_gives_no_file_its_final_name_once_its_job_was_started_anew(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snakemake = SimpleNamespace(rule="load_dataset", wildcards=["d"], log=[str(tmp_path / "log")], output=[])
    with (
        pytest.raises(Replaced, match="another run does this work now"),
        only_writer(output_owner.WRITERS / "load_dataset-d"),
    ):
        write_text("data", "old")
        newer = "from types import SimpleNamespace as N; from foldwork.workflow.script import job; from foldwork.storage.atomic_write import write_text\n"
        newer += f"with job(N(rule='load_dataset', wildcards=['d'], log=[{snakemake.log[0]!r}], output=[])): write_text('data', 'new')"
        environment = {name: value for name, value in os.environ.items() if name != parent_process.VARIABLE}
        subprocess.run([sys.executable, "-c", newer], check=True, env=environment)
        write_text("data", "old again")
    assert (tmp_path / "data").read_text() == "new"
    write_text("data", "afterwards")
    assert not list(tmp_path.glob(".data.*"))


SNAKEMAKE = """
import subprocess, sys
from foldwork.engines.parent_process import record_snakemake
record_snakemake()
script = "from foldwork.engines.parent_process import end_snakemake_of_replaced_job as end; end()"
server = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {script!r}]); print('the server goes on', flush=True)"
subprocess.run([sys.executable, "-c", server])
print("Snakemake goes on")
"""


def said(**environment):
    words = [sys.executable, "-c", SNAKEMAKE]
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | environment, check=False, timeout=60)
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def test_in_a_batch_job_the_recorded_snakemake_is_ended_and_not_the_server_between_them():
    code, lines = said(SLURM_JOB_ID="7", SLURM_NNODES="1")
    assert code == -9 and "Snakemake goes on" not in lines


def test_elsewhere_snakemake_goes_on():
    assert said() == (0, ["the server goes on", "Snakemake goes on"])
