"""State of a run in running.json and engines.csv, for `foldwork status` and `foldwork engines`."""

import contextlib
import csv
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foldwork.engines.launchers import submission
from foldwork.engines.session import RUN_VARIABLE, Borrowed, Session
from foldwork.execution.farm import Farm
from foldwork.execution.progress import Progress
from foldwork.records.request import Request
from foldwork.storage.atomic_write import replacing, write_json
from foldwork.storage.file_names import ENGINES, RUNNING

WRITE_EVERY = 2.0
"""Seconds between two writes of running.json."""

ENGINE_COLUMNS = ["host", "node", "pid", "evaluations", "busy", "first", "last", "peak", "unshared", "shared", "free"]
"""Columns of engines.csv, before `ended`: how an engine ended, if it ended before the run."""


class RunState:
    """Writes running.json every few seconds, and engines.csv at the end of the run.

    Parameters
    ----------
    folder : Path
        Results folder of the search or clustering.
    request : Request
    memory : int
        Bytes of private memory that an engine may use.
    session : Session or Borrowed
    farm : Farm
    progress : Progress
    """

    def __init__(
        self, folder: Path, request: Request, memory: int, session: Session | Borrowed, farm: Farm, progress: Progress
    ) -> None:
        self._folder, self._session, self._farm, self._progress = folder, session, farm, progress
        self._constant = {
            "run": os.environ.get(RUN_VARIABLE),
            "node": os.uname().nodename,
            "pid": os.getpid(),
            "threads": request.threads,
            "memory": memory,
            "slurm_job": os.environ.get("SLURM_JOB_ID"),
            "job": submission(),
        }
        self._written = -WRITE_EVERY

    def write(self) -> None:
        """Write running.json if the last write was at least WRITE_EVERY seconds ago."""
        now = time.monotonic()
        if now - self._written < WRITE_EVERY:
            return
        self._written = now
        state = self._constant | {
            "seconds": self._progress.seconds(),
            "done": self._progress.done,
            "in_flight": self._farm.in_flight(),
            "connection": self._session.connection_file(),
            "engines": [engine for engine in self._farm.engines.values() if "ended" not in engine],
        }
        with contextlib.suppress(OSError):  # a full disk is reported when the ledger is written
            write_json(self._folder / RUNNING, state)

    def end(self) -> None:
        """Remove running.json, and write engines.csv."""
        (self._folder / RUNNING).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            write_engines(self._folder / ENGINES, self._farm.engines.values())


def write_engines(path: Path, engines: Iterable[dict[str, Any]]) -> None:
    """Write engines.csv, one row for each engine that has made evaluations.

    Parameters
    ----------
    path : Path
        The file.
    engines : iterable of dict
        Members as in ENGINE_COLUMNS: times in seconds since the epoch, memory in bytes.
    """
    rows = sorted((each for each in engines if each["evaluations"]), key=lambda engine: (engine["node"], engine["pid"]))
    with replacing(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, [*ENGINE_COLUMNS, "ended"], extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
