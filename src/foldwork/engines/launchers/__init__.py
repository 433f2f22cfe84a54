"""Where engines run: on this machine, or on the nodes of a batch job. A batch system is one module of this package, named in `BATCH_SYSTEMS`."""

from foldwork.engines.launchers.launcher import JoiningEngines, Launcher
from foldwork.engines.launchers.local import Local
from foldwork.engines.launchers.slurm import Slurm

BATCH_SYSTEMS: tuple[type[Launcher], ...] = (Slurm,)

__all__ = [
    "JoiningEngines",
    "Launcher",
    "Local",
    "Slurm",
    "engines_on_this_node",
    "in_batch_job",
    "launcher_of_job",
    "named",
    "starts_host",
    "submission",
]


def _this() -> type[Launcher]:
    return next((system for system in BATCH_SYSTEMS if system.is_here()), Local)


def in_batch_job() -> bool:
    """Return whether this process belongs to a job of a batch system."""
    return _this() is not Local


def launcher_of_job(mpi: str | None, engines: int) -> tuple[Launcher, int]:
    """Return how the engines of this job are started, and how many it holds.

    Parameters
    ----------
    mpi : str or None
        The job's resource `mpi`: the program that starts processes on all nodes of a job with more than one task.
    engines : int
        How many are requested.
    """
    return _this().of_job(mpi, engines)


def named(name: str) -> type[Launcher]:
    """Return the launcher of this name."""
    return next(kind for kind in (Local, *BATCH_SYSTEMS) if kind.name == name)


def submission() -> dict[str, object]:
    """Return what `named` and `JoiningEngines` need to start further engines as those of this job: `launcher`, `options`."""
    return {"launcher": _this().name, "options": _this().submission()}


def starts_host() -> bool:
    """Return whether this process, of several that a batch system has started on this node, is the one that starts the host."""
    return _this().starts_host()


def engines_on_this_node(requested: int) -> int:
    """Return how many engines the host of this node starts, of those that the host's command line requests."""
    return _this().engines_on_this_node(requested)
