"""Which run an output belongs to. Snakemake deletes the outputs of a job that fails; another run may have made them since."""

import os
import secrets
from pathlib import Path
from typing import Any

VARIABLE = "FOLDWORK_RUNS"
"""Environment variable: the ids of the Snakemakes that this process was started by, outermost first (on Slurm there is one on the node, too)."""

WRITERS = Path(".snakemake/foldwork/writers")
"""Where each job says that it is the one that writes its outputs."""

_own = secrets.token_hex(8)


def note(*, main: bool) -> None:
    """Let the processes that this Snakemake starts know whose they are. The Snakefile calls this."""
    above = "" if main else os.environ.get(VARIABLE, "")
    if _own not in above.split("/"):
        os.environ[VARIABLE] = f"{above}/{_own}" if above else _own


def runs() -> str:
    """Return the ids of the Snakemakes of this process."""
    return os.environ.get(VARIABLE, "")


def writer(rule: str, wildcards: Any) -> Path:
    """Return the file that names the run which started this job last."""
    return WRITERS / "-".join([rule, *map(str, wildcards)])


def is_ours(rule: str, wildcards: Any) -> bool:
    """Return whether the outputs of this job belong to the Snakemake of this process, or to nobody."""
    try:
        return writer(rule, wildcards).read_text().startswith(f"{runs()}/")
    except OSError:
        return True


def keep_what_others_made() -> None:
    """Let this Snakemake delete no output of a failed job that another Snakemake has started anew in the meantime.

    The other may have finished: on Slurm, minutes pass until Snakemake learns that a job has failed.
    """
    from snakemake.jobs import Job, logger

    remove = Job.cleanup
    if getattr(remove, "keeps", False):
        return

    async def cleanup(self: Any, *args: Any, **options: Any) -> None:
        if is_ours(self.rule.name, self.wildcards):
            await remove(self, *args, **options)
        else:
            logger.info(f"Another run has started {self} anew: its output files are kept.")

    cleanup.keeps = True  # type: ignore[attr-defined]
    Job.cleanup = cleanup
