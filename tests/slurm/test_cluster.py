"""The Slurm that the other tests in this folder run on is a real one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cluster import FREEZER, SlurmCluster


def alive(pid):
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_every_node_is_idle(slurm):
    assert [slurm.node_state(node) for node in slurm.nodes] == ["idle", "idle"]


def test_a_step_spreads_over_both_nodes(slurm):
    nodes = slurm.run("srun", "-N2", "-n4", "sh", "-c", "echo $SLURMD_NODENAME").split()
    assert len(nodes) == 4
    assert set(nodes) == {"n1", "n2"}


def test_a_batch_job_runs_and_stays_in_the_table(slurm, tmp_path):
    job = slurm.sbatch("--output", tmp_path / "log", "--wrap", "echo on $SLURMD_NODENAME; exit 3")
    slurm.wait_for(lambda: slurm.jobs()[job]["state"] == "FAILED", what="the job's end")
    assert (tmp_path / "log").read_text() in ("on n1\n", "on n2\n")
    assert slurm.job(job)["ExitCode"] == "3:0"


def test_an_srun_inside_a_job_finds_this_slurm_without_slurm_conf(slurm, tmp_path):
    job = slurm.sbatch(
        "-N2", "-n2", "-o", tmp_path / "log", "--wrap", "unset SLURM_CONF; srun sh -c 'echo $SLURMD_NODENAME'"
    )
    slurm.wait_for(lambda: slurm.jobs()[job]["state"] == "COMPLETED", what="the job's end")
    assert sorted((tmp_path / "log").read_text().split()) == ["n1", "n2"]


def test_a_held_job_waits_and_a_drained_node_takes_none(slurm):
    slurm.drain("n1")
    job = slurm.sbatch("-o", "/dev/null", "--hold", "--wrap", "sleep 60")
    assert slurm.jobs()[job]["state"] == "PENDING"
    slurm.release(job)
    slurm.wait_for(lambda: slurm.jobs()[job]["state"] == "RUNNING", what="the job's start")
    assert slurm.jobs()[job]["nodes"] == "n2"
    slurm.resume("n1")
    slurm.wait_for(lambda: slurm.node_state("n1") == "idle", what="n1 back in service")


def test_a_job_in_main_takes_the_place_of_one_in_low(slurm):
    low = slurm.sbatch("-p", "low", "-N2", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 600")
    slurm.wait_for(lambda: slurm.jobs()[low]["state"] == "RUNNING", what="the first job's start")
    main = slurm.sbatch("-N2", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 600")
    slurm.wait_for(lambda: slurm.jobs()[main]["state"] == "RUNNING", what="the second job's start")
    assert slurm.job(low)["Restarts"] == "1"


def test_a_killed_node_takes_its_processes_with_it_goes_down_and_comes_back(slurm, tmp_path):
    pidfile = tmp_path / "pid"
    # A process that leaves its session and its parent, as a daemon does, is still the node's.
    script = f"setsid sh -c 'echo $$ >{pidfile}; exec sleep 600' & sleep 600"
    job = slurm.sbatch("-w", "n2", "--no-requeue", "-o", "/dev/null", "--wrap", script)
    slurm.wait_for(lambda: pidfile.exists() and pidfile.read_text(), what="the job's process")
    escaped = int(pidfile.read_text())
    assert escaped in slurm.pids("n2")

    slurm.kill_slurmd("n2")
    assert not alive(escaped)
    slurm.wait_for(lambda: slurm.node_state("n2").startswith("down"), 60, "n2 down")
    assert slurm.jobs()[job]["state"] == "NODE_FAIL"

    slurm.start_slurmd("n2")
    assert slurm.run("srun", "-w", "n2", "sh", "-c", "echo $SLURMD_NODENAME") == "n2"


def test_a_process_that_outlives_its_job_is_found_and_does_not_outlive_the_test(slurm):
    job = slurm.sbatch("-o", "/dev/null", "--wrap", "(trap '' TERM; exec sleep 600) & sleep 600")
    slurm.wait_for(lambda: len(slurm.strays()) == 3, what="the shell and two sleeps")
    slurm.run("scancel", job)
    slurm.wait_for(lambda: slurm.jobs()[job]["state"] == "CANCELLED", what="the job's end")
    slurm.wait_for(lambda: len(slurm.strays()) == 1, what="one process that is left")
    slurm.reset()
    slurm.wait_for(lambda: not slurm.strays(), what="none")


@pytest.mark.parametrize("how", [signal.SIGKILL, None], ids=["killed", "down"])
def test_nothing_is_left_of_a_cluster(how, tmp_path):
    script = (
        "from cluster import SlurmCluster; c = SlurmCluster(nodes=1).up();"
        "c.sbatch('-o', '/dev/null', '--wrap', 'sleep 600'); c.wait_for(lambda: 'RUNNING' in str(c.jobs()));"
        "pids = c.pids('n1') | {k.pid for k in c._keepers.values()};"
        "print(c.directory, *pids, flush=True); input(); c.down()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    directory, *pids = owner.stdout.readline().split()
    assert len(pids) >= 5
    if how:
        owner.kill()
        owner.wait()
        owner.stdin.close()
    else:
        owner.communicate("\n", timeout=30)
    owner.stdout.close()
    end = time.monotonic() + 10
    while time.monotonic() < end and (os.path.exists(directory) or any(map(alive, pids))):
        time.sleep(0.1)
    assert [pid for pid in pids if alive(pid)] == []
    assert not os.path.exists(directory)


def test_nodes_in_namespaces_reach_each_other_at_addresses_of_their_own(slurm_namespaces):
    slurm = slurm_namespaces
    listen = "import socket; s = socket.create_server(('', 9)); c, a = s.accept(); print(socket.gethostname(), a[0])"
    call = f"until echo >/dev/tcp/{slurm.address('n1')}/9; do sleep 0.1; done"
    listener = subprocess.Popen(
        ["srun", "-w", "n1", sys.executable, "-c", listen], env=slurm.environment(), stdout=subprocess.PIPE, text=True
    )
    slurm.run("srun", "-w", "n2", "timeout", "30", "bash", "-c", call, timeout=60)
    assert listener.communicate(timeout=30)[0].split() == ["n1", slurm.address("n2")]

    job = slurm.sbatch("-N2", "-n2", "-o", "/dev/null", "--wrap", "srun hostname")
    slurm.wait_for(lambda: slurm.jobs()[job]["state"] == "COMPLETED", what="a step from one node that runs on both")

    slurm.kill_slurmd("n2")
    slurm.start_slurmd("n2")
    assert sorted(slurm.run("srun", "-N2", "-n2", "hostname").split()) == ["n1", "n2"]


@pytest.mark.skipif(not FREEZER.is_dir(), reason="no freezer of cgroup v1")
def test_with_cgroups_whatever_a_step_leaves_behind_is_killed(tmp_path):
    with SlurmCluster(nodes=1, proctrack="cgroup") as slurm:
        script = f"setsid sh -c 'echo $$ >{tmp_path}/pid; exec sleep 600 >/dev/null 2>&1' & sleep 1"
        slurm.run("srun", "sh", "-c", script)
        pid = int((tmp_path / "pid").read_text())
        slurm.wait_for(lambda: not alive(pid), 10, "the end of a process in a session of its own")
    assert not (FREEZER / "slurm_n1").exists()


@pytest.mark.accounting
def test_sacct_knows_jobs_when_there_is_accounting(slurm_accounting):
    slurm = slurm_accounting
    job = slurm.sbatch("-o", "/dev/null", "--wrap", "exit 3")

    def failed():
        text = slurm.run("sacct", "-XnP", "-j", job, "-o", "State,ExitCode,Account")
        return "FAILED" in text and text

    assert slurm.wait_for(failed, what="the job in sacct") == "FAILED|3:0|tests"
