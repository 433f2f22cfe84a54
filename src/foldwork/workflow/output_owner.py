"""Keep outputs that another run has made: Snakemake deletes the outputs of a failed job, even if a later run has written them."""

import os
import secrets
from pathlib import Path
from typing import Any

VARIABLE = "FOLDWORK_RUNS"
"""Environment variable with the ids of the Snakemake processes above this one, outermost first (on Slurm also the one in the job)."""

WRITERS = Path(".snakemake/foldwork/writers")
"""Folder with one file for each job: the run that last started it."""

_own = secrets.token_hex(8)


def note(*, main: bool) -> None:
    """Store the id of this Snakemake process in the environment for the processes that it starts. The Snakefile calls this."""
    above = "" if main else os.environ.get(VARIABLE, "")
    if _own not in above.split("/"):
        os.environ[VARIABLE] = f"{above}/{_own}" if above else _own


def runs() -> str:
    """Return the ids of the Snakemake processes above this one."""
    return os.environ.get(VARIABLE, "")


def writer(rule: str, wildcards: Any) -> Path:
    """Return the file with the run that last started this job."""
    return WRITERS / "-".join([rule, *map(str, wildcards)])


def is_ours(rule: str, wildcards: Any) -> bool:
    """Return whether this Snakemake process has last started the job, or no other has."""
    try:
        return writer(rule, wildcards).read_text().startswith(f"{runs()}/")
    except OSError:
        return True


def keep_what_others_made() -> None:
    """Patch Snakemake so that it does not delete outputs of a failed job that another Snakemake has started again in the meantime.

    That one may have finished: on Slurm it takes minutes until Snakemake detects a failed job.
    """
    from snakemake.jobs import Job, logger

    remove = Job.cleanup
    if getattr(remove, "keeps", False):
        return

    async def cleanup(self: Any, *args: Any, **options: Any) -> None:
        if is_ours(self.rule.name, self.wildcards):
            await remove(self, *args, **options)
        else:
            logger.info(f"{self} was last started by another run: its output files are kept.")

    cleanup.keeps = True  # type: ignore[attr-defined]
    Job.cleanup = cleanup
