"""Where engines run: on this machine, or on the nodes of the Slurm job that this process is in. Two small siblings, one interface."""

import contextlib
import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ADDRESS = "FOLDWORK_ADDRESS"
"""Environment variable: the address that the controller listens on, or the name of a network interface; "*" for every interface."""


STEP = ("--cpu-bind=none", "--kill-on-bad-exit=0", "--wait=0", "--no-kill")
"""Options of the `srun` that starts engines: tasks that leave at once, or a node that fails, are no reason to end the others."""


class Place(Protocol):
    """What a search must know of the place where its engines run."""

    def launch(self, engines: int) -> list[str]:
        """Return what stands before the host's command line, so that hosts start where the engines are to be."""
        ...

    def environment(self) -> dict[str, str]:
        """Return what the hosts need in their environment beside what is there."""
        ...

    def address(self) -> str:
        """Return the address that the controller listens on."""
        ...

    def end_time(self) -> float | None:
        """Return when this place closes (seconds since the epoch), or None."""
        ...


@dataclass
class Local:
    """Engines on this machine, controller on the loopback interface."""

    def launch(self, engines: int) -> list[str]:
        """Return nothing: the host is a child of this process."""
        return []

    def environment(self) -> dict[str, str]:
        """Return nothing: the host inherits what it needs."""
        return {}

    def address(self) -> str:
        """Return the loopback address."""
        return told_address() or "127.0.0.1"

    def end_time(self) -> float | None:
        """Return the end of the Slurm job where there is one (a job of one task starts its engines like this), else None."""
        return job_end() if "SLURM_JOB_ID" in os.environ else None


@dataclass
class Slurm:
    """Engines on all nodes of this job's allocation, started by `srun` (or what the profile's `mpi` says) from its batch step."""

    starter: str = "srun"

    def launch(self, engines: int) -> list[str]:
        """Return the `srun` that counts one task for every engine; hosts take the place of each node's tasks."""
        return [*self.starter.split(), "--ntasks", str(engines), *STEP]

    def environment(self) -> dict[str, str]:
        """Return the word by which a host knows that srun's count of tasks is the count of engines."""
        return {"FOLDWORK_SRUN": "1"}

    def address(self) -> str:
        """Return the address of this node as Slurm knows it: the one that the other nodes can reach."""
        return told_address() or node_address()

    def end_time(self) -> float | None:
        """Return the end of this job's time limit."""
        return job_end()


def told_address() -> str | None:
    """Return the address that `FOLDWORK_ADDRESS` says, None where it is not set. An interface (`ib0`) stands for its address on this node."""
    said = os.environ.get(ADDRESS)
    if said:
        import psutil

        for address in psutil.net_if_addrs().get(said, ()):
            if address.family == socket.AF_INET:
                return address.address
    return said or None


def node_address() -> str:
    """Return the address of this node: Slurm's NodeAddr of it where there is one, else what its name resolves to."""
    name = os.environ.get("SLURMD_NODENAME", "")
    if name and shutil.which("scontrol"):
        said = subprocess.run(
            ["scontrol", "show", "node", "-o", name], capture_output=True, text=True, check=False
        ).stdout
        if found := re.search(r"NodeAddr=(\S+)", said):
            name = found[1]
    return socket.gethostbyname(name or socket.gethostname())


def job_end() -> float | None:
    """Ask Slurm when this job ends.

    Returns
    -------
    float or None
        Seconds since the epoch; None where the job has no limit or Slurm does not say.
    """
    try:
        return time.mktime(time.strptime(_job().get("EndTime", ""), "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return None


@functools.cache
def _job() -> dict[str, str]:
    """Ask Slurm about this job, once; empty where it does not say."""
    try:
        said = subprocess.run(
            ["scontrol", "show", "job", "-o", os.environ["SLURM_JOB_ID"]],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return dict(re.findall(r"(\S+?)=(\S*)", said))


SUBMISSION = {
    "Partition": "partition",
    "Account": "account",
    "QOS": "qos",
    "Reservation": "reservation",
    "MinMemoryCPU": "mem-per-cpu",
    "MinMemoryNode": "mem",
    "TimeLimit": "time",
}
"""What Slurm says of a job, and the options of `sbatch` that ask for the same."""


def submission() -> dict[str, str] | None:
    """Return the options of `sbatch` with which another job gets what this one has, or None outside of Slurm."""
    if "SLURM_JOB_ID" not in os.environ:
        return None
    said = _job()
    return {
        option: said[name] for name, option in SUBMISSION.items() if said.get(name, "(null)") not in ("(null)", "0")
    }


def leave_to_successor() -> None:
    """End the Snakemake that waits for this process in a Slurm job whose work another attempt has taken over.

    It may have outlived its job with this process. It would then see a job that failed and delete the outputs, which are the successor's.
    """
    parent = os.getppid()
    with contextlib.suppress(OSError):
        if "SLURM_JOB_ID" in os.environ and b"snakemake" in Path(f"/proc/{parent}/cmdline").read_bytes():
            os.kill(parent, signal.SIGKILL)


def here(mpi: str | None, engines: int) -> tuple[Place, int]:
    """Return the place for a job and how many engines it holds.

    Parameters
    ----------
    mpi : str or None
        The job's resource `mpi`: how engines are started over an allocation of more than one task.
    engines : int
        How many are asked for. In an allocation Slurm's own count of tasks stands: a retry may have asked for more than it has.
    """
    if not mpi or engines < 2 or "SLURM_JOB_ID" not in os.environ:
        return Local(), engines
    tasks = int(_job().get("NumTasks") or engines)
    return (Slurm(mpi), tasks) if tasks > 1 else (Local(), 1)
