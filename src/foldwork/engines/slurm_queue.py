"""Which Slurm job a search or clustering has, and in which state it is."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RULES = {"searches": "evaluate", "clusterings": "evaluate_clustering", "curves": "evaluate_curve"}
"""Sections of the results, and the rules whose jobs make them."""

PATIENCE = 10.0
"""Seconds that Slurm has to answer."""


@dataclass(frozen=True)
class Job:
    """A job that waits or runs: its id, its state, what Snakemake's plugin says it is for, and where its output goes."""

    id: str
    state: str
    comment: str
    output: str


def jobs() -> list[Job]:
    """Return this user's jobs that wait or run; none where there is no Slurm or it does not answer."""
    columns = "JobID:|,State:|,Comment:|,STDOUT:|"
    try:
        done = subprocess.run(
            ["squeue", "--me", "--noheader", f"--Format={columns}"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = [line.split("|") for line in done.stdout.splitlines()]
    return [Job(*(field.strip() for field in row[:4])) for row in rows if len(row) >= 4]


def of(folder: Path, live: dict[str, Any] | None, queue: list[Job]) -> dict[str, str | None] | None:
    """Return the job of a search or clustering, None where it has none.

    Parameters
    ----------
    folder : Path
        Of its results.
    live : dict or None
        What the run that is at it says of itself.
    queue : list of Job
        What `jobs` gave.

    Returns
    -------
    dict or None
        `job`, the id, and `state`, None where Slurm does not know the job (any more), or cannot be queried from here.
    """
    if live and live.get("slurm_job"):
        states = {job.id: job.state for job in queue}
        return {"job": live["slurm_job"], "state": states.get(live["slurm_job"])}
    return names(folder.parent, queue).get(folder.name)


def names(section: Path, queue: list[Job]) -> dict[str, dict[str, str | None]]:
    """Return the searches or clusterings that have a job, each with `job` and `state`, by their names.

    Parameters
    ----------
    section : Path
        `results/searches` or `results/clusterings`.
    queue : list of Job
        What `jobs` gave.
    """
    study = f"{section.resolve().parents[1]}{os.sep}"
    comment = f"rule_{RULES[section.name]}_wildcards_"
    ours = [job for job in queue if job.comment.startswith(comment) and job.output.startswith(study)]
    return {job.comment.removeprefix(comment): {"job": job.id, "state": job.state} for job in ours}
