"""What a job may use: from the resources of its rule to engines, CPUs and memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foldwork.engines.launchers import Launcher, launcher_of_job


@dataclass(frozen=True)
class Allocation:
    """What one evaluate job may use.

    Attributes
    ----------
    launcher : Launcher
        Starts the engines.
    engines : int
        How many.
    cpus : int
        CPUs (threads) of each engine.
    memory : int
        Bytes of private memory that an engine may use; 0 for no bound.
    """

    launcher: Launcher
    engines: int
    cpus: int = 1
    memory: int = 0


def allocation(resources: Mapping[str, Any], threads: int) -> Allocation:
    """Return what a job may use.

    Parameters
    ----------
    resources : mapping
        The job's resources, as Snakemake names them: `mpi`, `tasks`, `nodes`, `tasks_per_node`, `cpus_per_task`, `mem_mb_per_cpu`, `mem_mb`.
    threads : int
        The job's threads: of a local run these are the CPUs of all engines.
    """
    cpus, nodes = resources.get("cpus_per_task") or 1, resources.get("nodes") or 1
    tasks = resources.get("tasks") or nodes * (resources.get("tasks_per_node") or 0)
    launcher, engines = launcher_of_job(resources.get("mpi"), tasks or max(1, threads // cpus))
    per_cpu, total = resources.get("mem_mb_per_cpu"), resources.get("mem_mb")
    megabytes = per_cpu * cpus if per_cpu else total * nodes / engines if total else 0
    return Allocation(launcher, engines, cpus, int(megabytes * 1_000_000))
