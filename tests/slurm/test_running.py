"""What can be seen of a search while it runs on two nodes: who works, what is open to whom, what it does to the file system."""

import contextlib
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import zmq
from command import refused
from slurm_study import await_true, results, timestamp


def foldwork(study, *arguments):
    """Run the command `foldwork` in a study and return what it says."""
    command = [sys.executable, "-m", "foldwork.commands.cli", *map(str, arguments)]
    return study.slurm.run(*command, cwd=study.folder)


def pids_of(slurm, word):
    """Return the Python processes on all nodes whose command lines hold the word."""
    found = []
    for pid in slurm.strays():
        with contextlib.suppress(OSError):
            program, *arguments = Path("/proc", str(pid), "cmdline").read_bytes().decode().split("\0")
            if "python" in program and any(word in argument for argument in arguments):
                found.append(pid)
    return found


def pids_of_node(slurm, node, word):
    """Return the Python processes of a node whose command lines hold the word."""
    return set(pids_of(slurm, word)) & slurm.pids(node)


def listens_at(pid):
    """Return the IPv4 addresses at which a process listens, in whatever network namespace it is; "IPv6" for any of that."""
    inodes = set()
    for link in Path("/proc", str(pid), "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(link)))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc", str(pid), "net", table).read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == "0A" and inode in inodes:
                raw = bytes.fromhex(local.partition(":")[0])
                found.add(socket.inet_ntoa(raw[::-1]) if table == "tcp" else "IPv6")
    return found


def handshakes(address, port, key):
    """Return whether a CurveZMQ client of a server's key gets through to it, within 3 s."""
    context = zmq.Context()
    client = context.socket(zmq.DEALER)
    if key is not None:
        public, secret = zmq.curve_keypair()
        client.curve_publickey, client.curve_secretkey, client.curve_serverkey = public, secret, key
    monitor = client.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    client.connect(f"tcp://{address}:{port}")
    try:
        return bool(monitor.poll(3000))
    finally:
        client.disable_monitor()
        for each in (monitor, client):
            each.close(linger=0)  # and the context is left: to end it could wait for a handshake for ever


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_search_on_two_nodes_is_closed_and_quiet_takes_engines_in_and_outlives_a_node(
    naps, local_naps, slurm_namespaces
):
    assert shutil.which("strace"), "strace is not installed; `sh tests/slurm/install.sh` installs it"
    slurm = slurm_namespaces
    study = naps(slurm)
    study.pace(1)
    study.edit_profile(resources={"tasks": 4}, retries=0)  # three on the first node, one on the second
    process = study.start()
    job = study.await_state("RUNNING")
    study.await_records("naps", 8)

    # Closed: the keys lie in files of the user's alone, and without them nobody gets in.
    (own,) = study.search("naps").glob(".run-*")
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    connections = sorted(own.glob("security/*.json"))
    assert [path.name for path in connections] == ["ipcontroller-client.json", "ipcontroller-engine.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in connections} == {0o600}
    connection = json.loads(connections[0].read_text())
    (batch,) = [node for node in slurm.nodes if pids_of_node(slurm, node, "foldwork.engines.controller")]
    address = slurm.address(batch)
    assert connection["curve_serverkey"] and connection["location"] == address
    assert handshakes(address, connection["registration"], connection["curve_serverkey"].encode())
    assert not handshakes(address, connection["registration"], zmq.curve_keypair()[0])
    assert not handshakes(address, connection["registration"], None)

    # It listens at the node's address, and on no other interface.
    owners = pids_of(slurm, "foldwork.engines.controller") + pids_of(slurm, "foldwork.engines.host")
    listening = set().union(*map(listens_at, owners))
    assert address in listening
    assert listening <= {address, "127.0.0.1"}

    # Quiet: a look at the shared file system once a second, and a number of files that does not grow.
    before = len(files(study.folder))
    touched = opened(study, pids_of(slurm, ".evaluate.py")[-1], seconds=8)
    assert sum(touched.values()) > 0
    assert max(touched.values()) <= 8 + 1, touched
    assert abs(len(files(study.folder)) - before) <= 1  # one that is being written

    # Nobody takes records away from under it.
    assert "naps is running" in refused("forget", "naps", cwd=study.folder)

    # Engines join while it runs, with what its own job has, and leave.
    said = foldwork(study, "engines", "add", "naps", "-n", 2)
    guests = int(re.search(r"Slurm job (\d+)", said)[1])
    await_true(lambda: slurm.jobs()[guests]["state"] == "RUNNING", 30, "the job of the engines that join")
    of_guests, of_search = (slurm.job(number) for number in (guests, job))
    for name in ("Partition", "TimeLimit", "MinMemoryCPU", "Account", "QOS"):
        assert of_guests.get(name) == of_search.get(name)
    when = time.time()
    old = {record["pid"] for record in study.records("naps")}
    await_true(lambda: len({r["pid"] for r in study.records("naps")} - old) == 2, 30, "work of engines that joined")
    new = {record["pid"] for record in study.records("naps")} - old
    started = [timestamp(record["started"]) for record in study.records("naps") if record["pid"] in new]
    assert min(started) < when + 15
    slurm.run("scancel", guests)

    # A node goes; what its engines were at goes to the others, in the same job.
    other = next(node for node in slurm.nodes if node != batch)
    assert {record["node"] for record in study.records("naps")} == set(slurm.nodes)
    study.pace(3)
    slurm.kill_slurmd(other)
    when = time.time()
    log = study.folder / "logs/evaluate/naps.log"
    await_true(lambda: f"Node failure on {other}" in log.read_text(), 60, "Slurm to give the node up")
    study.await_records("naps", len(study.records("naps")) + 6)
    assert study.jobs() == {job: "RUNNING"}
    study.pace(0)
    study.finish(process)
    assert study.jobs() == {job: "COMPLETED"}
    late = [record for record in study.records("naps") if timestamp(record["started"]) > when]
    assert late and {record["node"] for record in late} == {batch}
    assert [record["status"] for record in study.records("naps")] == ["ok"] * 200
    assert results(study.folder) == results(local_naps.folder)
    assert study.leftovers() == []
    study.await_no_strays()


def opened(study, pid, seconds):
    """Count which paths of a study a process opens or looks at in so many seconds."""
    trace = study.folder.parent / "trace"
    command = ["timeout", str(seconds), "strace", "-f", "-e", "trace=%file", "-o", str(trace), "-p", str(pid)]
    subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
    paths = re.findall(r'^\d+ +\w+\((?:AT_FDCWD, )?"([^"]+)"', trace.read_text(), re.MULTILINE)
    inside = [os.path.join(study.folder, path) for path in paths]
    return Counter(path for path in inside if path.startswith(str(study.folder)) and not path.endswith(".part"))
