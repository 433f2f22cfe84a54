"""`foldwork status`: progress of searches and clusterings. It reads files only, so it works on any machine that can read the results folder."""

import argparse
import json
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from foldwork.commands.search_folders import SECTIONS, folders, request_of, requested_of, running
from foldwork.engines import slurm_queue
from foldwork.errors import FoldworkError
from foldwork.records import formatting
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.error_kinds import kind_of
from foldwork.storage import ledger
from foldwork.storage.file_names import LEDGER, REQUEST, STOP

HELP = "Show the progress of searches: done, running, failed and missing evaluations, and the best candidate so far."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", nargs="?", metavar="SEARCH", help="name of a search or clustering")
    parser.add_argument("--watch", action="store_true", help="update until all are complete")
    parser.add_argument("--every", type=float, default=2.0, metavar="S", help="seconds between updates (default: 2)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> None:
    """Print the progress of searches and clusterings."""
    if not options.results.is_dir() and options.results != Path("results"):
        raise FoldworkError(f"there is no folder {options.results}")
    while True:
        queue = slurm_queue.jobs()
        found = [] if options.search else queued(options.results, queue)
        found += [status(folder, queue) for folder in folders(options.results, options.search)]
        if options.json:
            print(as_json(found))
        else:
            print(("\x1b[H\x1b[2J" if options.watch else "") + as_text(found), flush=True)
        if not options.watch or (found and all(one.state == "complete" for one in found)):
            return
        time.sleep(options.every)


@dataclass
class Fold:
    """Counts of evaluations of one fold; of an outer fold those of its inner folds, too."""

    fold: int
    asked: int = 0
    done: int = 0
    failed: int = 0
    running: int = 0

    @property
    def missing(self) -> int:
        """Number of evaluations without a record that are not in flight."""
        return self.asked - self.done - self.running


@dataclass
class Status:
    """Progress of one search or clustering.

    Attributes
    ----------
    name : str
    state : str
        As shown by `foldwork status`.
    asked, done, failed, running : int
        Number of requested, recorded, failed and submitted evaluations. `done` includes `failed`.
    rate : float or None
        Evaluations a second in the current run.
    left : float or None
        Expected seconds until the end.
    best : dict or None
        As returned by `BestSoFar.found`.
    failures : dict
        Kind of error to its count.
    folds : list of Fold
    slurm : dict or None
        `job`, the id of its Slurm job, and `state` of that job.
    round : int or None
        Number of the round in progress, if candidates depend on scores.
    budget : int or None
        The largest number of evaluations of all rounds, if candidates depend on scores.
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
    round: int | None = None
    budget: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-serialisable dict for `--json`."""
        folds = [asdict(fold) | {"missing": fold.missing} for fold in self.folds]
        return asdict(self) | {"missing": self.asked - self.done - self.running, "folds": folds}


def status(folder: Path, queue: list[slurm_queue.Job] | None = None) -> Status:
    """Return the progress of a search or clustering.

    Parameters
    ----------
    folder : Path
        Results folder of the search or clustering.
    queue : list of Job, optional
        Returned by `slurm_queue.jobs`.

    Returns
    -------
    Status
    """
    request = request_of(folder)
    rank = request.ranking[0]
    best = BestSoFar.of(request)
    requested = requested_of(folder)
    folds = [Fold(fold, asked=count) for fold, count in enumerate(requested.unique_by_fold())]
    failures: Counter[str] = Counter()
    for evaluation, record in requested.records(folder / LEDGER):
        fold = folds[request.folds[evaluation.fold].outer]
        fold.done += 1
        best.add(evaluation, ledger.score(record["test"], rank))
        if record["status"] != "ok":
            fold.failed += 1
            failures[kind_of(record["error"])] += 1
    live = running(folder)
    slurm = slurm_queue.of(folder, live, queue or [])
    for index, count in (live or {}).get("in_flight", {}).items():
        fold = folds[request.folds[int(index)].outer]
        fold.running = min(fold.running + count, fold.asked - fold.done)
    sums = {name: sum(getattr(fold, name) for fold in folds) for name in ("asked", "done", "failed", "running")}
    rate = live["done"] / max(1e-9, live["seconds"]) if live and live["done"] else None
    left = (sums["asked"] - sums["done"]) / rate if rate else None
    return Status(
        folder.name,
        _state(folder, sums["done"] == sums["asked"], live, slurm),
        **sums,
        rate=rate,
        left=left,
        best=best.found(),
        failures=dict(failures),
        folds=folds,
        slurm=slurm,
        round=requested.rounds.number or None if requested.rounds.learns else None,
        budget=requested.rounds.budget(requested.n_folds) if requested.rounds.learns else None,
    )


def _state(folder: Path, complete: bool, live: dict[str, Any] | None, slurm: dict[str, str | None] | None) -> str:
    """Return the state of a search."""
    if complete:
        return "complete"
    stopped = (folder / STOP).exists()
    if live:
        return "stopping" if stopped else "running"
    if slurm:
        return "queued" if slurm["state"] == "PENDING" else "starting"
    return "stopped" if stopped else "waiting for snakemake"


def queued(results: Path, queue: list[slurm_queue.Job]) -> list[Status]:
    """Return the searches and clusterings whose Slurm job is queued and that have never run."""
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
        parts += [f"round {one.round}"] * bool(one.round)
        if one.round and one.budget:
            parts.append(f"at most {one.budget:,} in all rounds")
        parts += [f"{one.running:,} running"] * bool(one.running) + [f"{one.failed:,} failed"] * bool(one.failed)
        if one.rate and one.state == "running":
            parts += [f"{one.rate:.3g}/s", f"{formatting.duration(one.left)} left"]
        if one.slurm:
            parts.append(" ".join(filter(None, ["Slurm job", one.slurm["job"], one.slurm["state"]])))
        lines.append(" · ".join(parts))
        if one.best:
            lines.append(f"  {formatting.best(one.best)}")
        elif one.failed:
            lines.append("  nothing has succeeded so far")
        if one.folds:
            lines.append(f"  {'fold':>6} {'done':>9} {'running':>9} {'failed':>9} {'missing':>9}")
        lines += [f"  {f.fold:>6} {f.done:>9,} {f.running:>9,} {f.failed:>9,} {f.missing:>9,}" for f in one.folds]
        lines += [f"  failed, {count:,} times: {kind}" for kind, count in one.failures.items()]
    return "\n".join(lines) or "no search has been started here"


def as_json(found: list[Status]) -> str:
    """Return what `foldwork status --json` prints."""
    return json.dumps([one.as_dict() for one in found], indent=2)
