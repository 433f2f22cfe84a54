"""How far searches and clusterings are, read from their ledgers alone: while they run, and from any machine that sees the folder."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from foldwork.engines import slurm_queue
from foldwork.errors import FoldworkError
from foldwork.records import in_words
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.error_kinds import kind_of
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.records.requested import Requested
from foldwork.storage import ledger
from foldwork.storage.atomic_write import read_json
from foldwork.storage.file_names import LEDGER, REQUEST, RUNNING, STOP
from foldwork.study.messages import did_you_mean

STALE = 90.0
"""Seconds after which a run that has said nothing counts as ended: it says something every few seconds."""

SECTIONS = ("searches", "clusterings")


@dataclass
class Fold:
    """Counts of one fold."""

    fold: int
    asked: int = 0
    done: int = 0
    failed: int = 0
    running: int = 0

    @property
    def missing(self) -> int:
        """Evaluations that have no record and are not with an engine."""
        return self.asked - self.done - self.running


@dataclass
class Status:
    """How far one search or clustering is.

    `done` counts failed ones too; `rate` is evaluations a second, `left` seconds, `best` a model with its `params`, mean `score`, and whether
    that is over all folds (`whole`). `slurm` has the id of its Slurm job (`job`) and that job's `state`.
    """

    name: str
    state: str
    asked: int
    done: int
    failed: int
    running: int
    rate: float | None = None
    left: float | None = None
    best: dict[str, Any] | None = None
    failures: dict[str, int] = field(default_factory=dict)
    folds: list[Fold] = field(default_factory=list)
    slurm: dict[str, str | None] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        folds = [asdict(fold) | {"missing": fold.missing} for fold in self.folds]
        return asdict(self) | {"missing": self.asked - self.done - self.running, "folds": folds}


def folders(results: Path, name: str | None = None) -> list[Path]:
    """Return the folders of all searches and clusterings that have been started, or those of one name.

    Parameters
    ----------
    results : Path
        The results folder.
    name : str, optional
        `digits-svc`, or `searches/digits-svc` where a clustering has the same name.

    Raises
    ------
    FoldworkError
        When there is none of that name.
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
        When there is none of that name, or there are two.
    """
    named = folders(results, name)
    if len(named) > 1:
        raise FoldworkError(
            f"there are a search and a clustering {name!r}; say {' or '.join(f'{f.parent.name}/{f.name}' for f in named)}"
        )
    return named[0]


def request_of(folder: Path) -> Request:
    """Return the last request of a search or clustering.

    Raises
    ------
    FoldworkError
        When the file is damaged.
    """
    try:
        return Request.from_json(read_json(folder / REQUEST))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FoldworkError(f"{folder / REQUEST}: cannot be read ({error}); snakemake writes it again") from error


def running(folder: Path) -> dict[str, Any] | None:
    """Return what the run that owns the ledger said last, None where none runs."""
    try:
        said = read_json(folder / RUNNING)
        age = time.time() - (folder / RUNNING).stat().st_mtime
        # Another machine's clock may be ahead, or this one's have been set back: what is far in the future is as stale as what is far in the past.
        if abs(age) > STALE or (said["node"] == os.uname().nodename and not _lives(said["pid"])):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return said


def _lives(pid: int) -> bool:
    """Return whether there is such a process on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def recorded(folder: Path) -> Iterator[tuple[Evaluation, dict[str, Any]]]:
    """Yield every asked evaluation that has a record, with it."""
    return Requested(request_of(folder)).records(folder / LEDGER)


def status(folder: Path, queue: list[slurm_queue.Job] | None = None) -> Status:
    """Return how far the search or clustering in `folder` is; `queue` is what `slurm_queue.jobs` gave."""
    request = request_of(folder)
    rank, lower_is_better = request.ranking
    best = BestSoFar(len(request.folds), lower_is_better=lower_is_better)
    requested = Requested(request)
    folds = [Fold(fold, asked=count) for fold, count in enumerate(requested.different_by_fold())]
    failures: Counter[str] = Counter()
    for evaluation, record in requested.records(folder / LEDGER):
        fold = folds[evaluation.fold]
        fold.done += 1
        best.add(evaluation, ledger.score(record["test"], rank))
        if record["status"] != "ok":
            fold.failed += 1
            failures[kind_of(record["error"])] += 1
    live = running(folder)
    slurm = slurm_queue.of(folder, live, queue or [])
    for index, count in (live or {}).get("in_flight", {}).items():
        folds[int(index)].running = min(count, folds[int(index)].asked - folds[int(index)].done)
    sums = {name: sum(getattr(fold, name) for fold in folds) for name in ("asked", "done", "failed", "running")}
    rate = live["done"] / max(1e-9, live["seconds"]) if live and live["done"] else None
    left = (sums["asked"] - sums["done"]) / rate if rate else None
    if sums["done"] == sums["asked"]:
        state = "complete"
    elif live:
        state = "stopping" if (folder / STOP).exists() else "running"
    elif slurm:
        state = "queued" if slurm["state"] == "PENDING" else "starting"
    else:
        state = "stopped" if (folder / STOP).exists() else "waiting for snakemake"
    return Status(
        folder.name,
        state,
        **sums,
        rate=rate,
        left=left,
        best=best.found(),
        failures=dict(failures),
        folds=folds,
        slurm=slurm,
    )


def queued(results: Path, queue: list[slurm_queue.Job]) -> list[Status]:
    """Return the searches and clusterings that have a Slurm job and have never been started."""
    return [
        Status(name, "queued" if slurm["state"] == "PENDING" else "starting", 0, 0, 0, 0, slurm=slurm)
        for section in SECTIONS
        for name, slurm in slurm_queue.names(results / section, queue).items()
        if not (results / section / name / REQUEST).exists()
    ]


def as_text(found: list[Status]) -> str:
    """Return the table that `foldwork status` prints."""
    lines = []
    for one in found:
        parts = [f"{one.name}: {one.state}"] + [f"{one.done:,} of {one.asked:,} done"] * bool(one.asked)
        parts += [f"{one.running:,} running"] * bool(one.running) + [f"{one.failed:,} failed"] * bool(one.failed)
        if one.rate and one.state == "running":
            parts += [f"{one.rate:.3g}/s", f"{in_words.duration(one.left)} left"]
        if one.slurm:
            parts.append(" ".join(filter(None, ["Slurm job", one.slurm["job"], one.slurm["state"]])))
        lines.append(" · ".join(parts))
        if one.best:
            lines.append(f"  {in_words.best(one.best)}")
        elif one.failed:
            lines.append("  nothing has succeeded so far")
        if one.folds:
            lines.append(f"  {'fold':>6} {'done':>9} {'running':>9} {'failed':>9} {'missing':>9}")
        lines += [f"  {f.fold:>6} {f.done:>9,} {f.running:>9,} {f.failed:>9,} {f.missing:>9,}" for f in one.folds]
        lines += [f"  failed, {count:,} times: {kind}" for kind, count in one.failures.items()]
    return "\n".join(lines) or "nothing has been started here"


def as_json(found: list[Status]) -> str:
    """Return what `foldwork status --json` prints."""
    return json.dumps([one.as_dict() for one in found], indent=2)
