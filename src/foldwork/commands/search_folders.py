"""Find the folders of searches and clusterings; read the last request, the records and the state of the run in them."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.records.evaluation import Evaluation
from foldwork.records.kept_rounds import replayed
from foldwork.records.request import Request
from foldwork.records.requested import Requested
from foldwork.records.serving import Record
from foldwork.storage.atomic_write import read_json
from foldwork.storage.file_names import EVALUATED, LEDGER, REQUEST, RUNNING
from foldwork.study.messages import did_you_mean

STALE = 90.0
"""Age in seconds from which on running.json is ignored. A run writes it every few seconds."""

SECTIONS = ("searches", "clusterings", "curves")
"""Subfolders of the results folder, and sections of the config."""


def folders(results: Path, name: str | None = None) -> list[Path]:
    """Return the folders of all started searches and clusterings, or of those with one name.

    Parameters
    ----------
    results : Path
        The results folder.
    name : str, optional
        `digits-svc`, or `searches/digits-svc` if a clustering has the same name.

    Raises
    ------
    FoldworkError
        When none has that name.
    """
    found = [path.parent for section in SECTIONS for path in sorted((results / section).glob(f"*/{REQUEST}"))]
    if name is None:
        return found
    named = [folder for folder in found if name in (folder.name, f"{folder.parent.name}/{folder.name}")]
    if not named:
        known = dict.fromkeys(folder.name for folder in found)
        near = did_you_mean(name, known) or (f"; there is {', '.join(known)}" if known else "")
        raise FoldworkError(f"no search or clustering {name!r} has been started in {results}{near}")
    return named


def folder_of(results: Path, name: str) -> Path:
    """Return the folder of one search or clustering.

    Raises
    ------
    FoldworkError
        When none has that name, or a search and a clustering have.
    """
    named = folders(results, name)
    if len(named) > 1:
        raise FoldworkError(
            f"there are a search and a clustering {name!r}; write {' or '.join(f'{f.parent.name}/{f.name}' for f in named)}"
        )
    return named[0]


def request_of(folder: Path) -> Request:
    """Return the last request of a search or clustering.

    Raises
    ------
    FoldworkError
        When the file is missing or damaged.
    """
    try:
        return Request.from_json(read_json(folder / REQUEST))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FoldworkError(f"{folder / REQUEST}: cannot be read ({error}); snakemake writes it again") from error


def running(folder: Path) -> dict[str, Any] | None:
    """Return the content of running.json, None if no run is writing the ledger."""
    try:
        state = read_json(folder / RUNNING)
        age = time.time() - (folder / RUNNING).stat().st_mtime
        # Clocks of machines may differ, so a time far in the future is as stale as one far in the past.
        if abs(age) > STALE or (state["node"] == os.uname().nodename and not _lives(state["pid"])):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return state


def _lives(pid: int) -> bool:
    """Return whether a process with this id runs on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def recorded(folder: Path) -> Iterator[tuple[Evaluation, Record]]:
    """Yield (evaluation, record) for each requested evaluation that has a record."""
    return requested_of(folder).records(folder / LEDGER)


def requested_of(folder: Path) -> Requested:
    """Return the requested evaluations of a search or clustering, as far as its ledger tells; without those beyond its end by a rule of `stop`."""
    requested = replayed(request_of(folder), folder / LEDGER)
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        requested.cut(read_json(folder / EVALUATED)["stop"]["candidates"])
    return requested
