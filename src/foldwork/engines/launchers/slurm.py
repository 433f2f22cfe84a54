"""Engines in a Slurm job: on all its nodes, started by `srun` from its batch step, or, in a job of one task, on its one node."""

import functools
import os
import re
import shlex
import shutil
import socket
import subprocess
import time

from foldwork.engines.launchers.launcher import JoiningEngines, Launcher, address_from_environment
from foldwork.errors import FoldworkError

JOB = "SLURM_JOB_ID"

BY_TASKS = "FOLDWORK_SRUN"
"""Environment variable: "1" in hosts that srun starts with one task for every engine."""

STEP = ("--cpu-bind=none", "--kill-on-bad-exit=0", "--wait=0", "--no-kill")
"""Options of the `srun` that starts engines: tasks that end at once, or a node that fails, are no reason to end the others."""

OPTIONS = {
    "Partition": "partition",
    "Account": "account",
    "QOS": "qos",
    "Reservation": "reservation",
    "MinMemoryCPU": "mem-per-cpu",
    "MinMemoryNode": "mem",
    "TimeLimit": "time",
}
"""What Slurm tells of a job, and the options of `sbatch` that request the same."""


class Slurm(Launcher):
    """Starts engines in a Slurm job.

    Parameters
    ----------
    starter : str or None
        What starts processes on all nodes of the job: `srun`, or what the profile's `mpi` says. None: engines run on this node.
    """

    name = "slurm"

    def __init__(self, starter: str | None = "srun") -> None:
        self.starter = starter

    @classmethod
    def is_here(cls) -> bool:
        """Return whether this process belongs to a Slurm job."""
        return JOB in os.environ

    @classmethod
    def of_job(cls, mpi: str | None, engines: int) -> tuple[Launcher, int]:
        """Return the launcher, and how many engines: in a job of several tasks Slurm's own count of them, as a retry may have requested more than it has."""
        if not mpi or engines < 2:
            return cls(None), engines
        tasks = int(_job().get("NumTasks") or engines)
        return (cls(mpi), tasks) if tasks > 1 else (cls(None), 1)

    def start_command(self, engines: int) -> list[str]:
        """Return the `srun` that counts one task for every engine; the first task of each node becomes the host."""
        return [*self.starter.split(), "--ntasks", str(engines), *STEP] if self.starter else []

    def environment(self) -> dict[str, str]:
        """Return the variable that tells hosts to start as many engines as srun has tasks on their node."""
        return {BY_TASKS: "1"} if self.starter else {}

    def address(self) -> str:
        """Return the address of this node that other nodes can reach, or the loopback address where there is no other node."""
        return address_from_environment() or (node_address() if self.starter else "127.0.0.1")

    def end_time(self) -> float | None:
        """Return the end of this job's time limit, None where it has none or Slurm does not tell."""
        try:
            return time.mktime(time.strptime(_job().get("EndTime", ""), "%Y-%m-%dT%H:%M:%S"))
        except ValueError:
            return None

    @classmethod
    def submission(cls) -> dict[str, str]:
        """Return the options of `sbatch` with which another job gets what this one has."""
        job = _job()
        return {option: job[name] for name, option in OPTIONS.items() if job.get(name, "(null)") not in ("(null)", "0")}

    @classmethod
    def starts_host(cls) -> bool:
        """Return whether this is the first task of its node: `srun` starts one for every engine, so that Slurm counts and binds them."""
        return os.environ.get("SLURM_LOCALID", "0") == "0"

    @classmethod
    def engines_on_this_node(cls, requested: int) -> int:
        """Return how many tasks `srun` has started on this node, or all that are requested where tasks do not count engines."""
        tasks = os.environ.get("SLURM_STEP_TASKS_PER_NODE") if os.environ.get("SLURM_STEP_ID") else None
        if not tasks or "SLURM_NODEID" not in os.environ or os.environ.get(BY_TASKS) != "1":
            return requested
        counts: list[int] = []
        for part in tasks.split(","):
            number, repeat = re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", part).groups()
            counts += [int(number)] * int(repeat or 1)
        return counts[int(os.environ["SLURM_NODEID"])]

    @classmethod
    def join(cls, engines: JoiningEngines) -> str:
        """Submit a job of further engines."""
        if not engines.options and not engines.more:
            name, count = engines.search, engines.count
            raise FoldworkError(
                f"{name}: Slurm does not tell what the search's own job requested; name it: "
                f"foldwork engines add {name} -n {count} -- --partition=… --mem-per-cpu=… --time=…"
            )
        command = ["sbatch", "--parsable", "--no-kill", f"--job-name=engines-{engines.search}"]
        command += [f"--ntasks={engines.count}", f"--cpus-per-task={engines.cpus}"]
        command += [f"--{option}={value}" for option, value in engines.options.items()]
        command += [f"--output={engines.log}/engines-%j.log", *engines.more]
        step = ["srun", f"--ntasks={engines.count}", *STEP, *engines.host]
        engines.log.mkdir(exist_ok=True)
        try:
            done = subprocess.run(
                [*command, f"--wrap={BY_TASKS}=1 {shlex.join(step)}"],
                capture_output=True,
                text=True,
                env=engines.environment,
                check=False,
            )
        except FileNotFoundError as error:
            raise FoldworkError(
                f"{engines.search} runs on Slurm, and there is no sbatch here; add engines where there is"
            ) from error
        if done.returncode:
            raise FoldworkError(f"sbatch: {' '.join(done.stderr.split())}")
        return f"{engines.count} engines join {engines.search} by Slurm job {done.stdout.strip()}; scancel it and they leave, nothing is lost"


def node_address() -> str:
    """Return the address of this node: Slurm's NodeAddr of it where there is one, else what its name resolves to."""
    name = os.environ.get("SLURMD_NODENAME", "")
    if name and shutil.which("scontrol"):
        shown = subprocess.run(
            ["scontrol", "show", "node", "-o", name], capture_output=True, text=True, check=False
        ).stdout
        if found := re.search(r"NodeAddr=(\S+)", shown):
            name = found[1]
    return socket.gethostbyname(name or socket.gethostname())


@functools.cache
def _job() -> dict[str, str]:
    """Return Slurm's description of this job, queried once; empty where Slurm has none."""
    try:
        shown = subprocess.run(
            ["scontrol", "show", "job", "-o", os.environ[JOB]],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return dict(re.findall(r"(\S+?)=(\S*)", shown))
