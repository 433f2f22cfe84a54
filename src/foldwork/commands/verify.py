"""`foldwork verify`: evaluate a sample of recorded evaluations again, by the plain route in fresh processes, and compare the scores bit by bit."""

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foldwork.commands.search_folders import folder_of, request_of
from foldwork.engines.engine import THREAD_VARIABLES
from foldwork.errors import FoldworkError
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.records.requested import Requested
from foldwork.records.serving import Record, differences
from foldwork.storage import ledger
from foldwork.storage.file_names import LEDGER
from foldwork.study.versions import EVALUATION, dependencies, names_in

HELP = "Evaluate a sample of what is recorded again, without sharing any work, and compare the scores bit by bit."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")
    parser.add_argument("--sample", type=int, default=20, metavar="N", help="how many evaluations (default: 20)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="choose others (default: 0)")


def run(options: argparse.Namespace) -> int:
    """Print what differs; return 1 if anything does."""
    if options.sample < 1:
        raise FoldworkError(f"--sample {options.sample}: must be at least 1")
    folder = folder_of(options.results, options.search)
    chosen = sample(folder, options.sample, options.seed)
    if changed := changes(request_of(folder), folder.resolve().parents[2]):
        print(f"since {folder.name} was evaluated: {', '.join(changed)}")
    differing = 0
    for one in again(folder, chosen):
        if one.differences:
            differing += 1
            print(one, flush=True)
    print(f"{len(chosen) - differing:,} of {len(chosen):,} equal")
    return int(differing > 0)


@dataclass(frozen=True)
class Comparison:
    """One evaluation, made again.

    Attributes
    ----------
    evaluation : Evaluation
    differences : list of str
        What is not equal to the last bit; empty where all is.
    unseeded : list of str
        Classes in it that draw random numbers without a seed, so that a difference is to be expected.
    """

    evaluation: Evaluation
    differences: list[str]
    unseeded: list[str]

    def __str__(self) -> str:
        why = f" ({', '.join(self.unseeded)} has no random_state: to be expected)" if self.unseeded else ""
        return f"{self.evaluation}: {'; '.join(self.differences)}{why}"


def sample(folder: Path, size: int, seed: int) -> list[tuple[Evaluation, Record]]:
    """Choose recorded evaluations of a search or clustering, the same ones for the same records and seed.

    Those that ended their engines or took too long are left out: they depend on the machine.

    Raises
    ------
    FoldworkError
        When there is none.
    """
    requested = Requested(request_of(folder))
    records = {e.key: r for e, r in requested.records(folder / LEDGER) if r.get("final") is not False}
    there = [(e, records[key]) for key, e in requested.different.items() if key in records]
    if not there:
        raise FoldworkError(f"{folder.name}: nothing is recorded that could be evaluated again")
    chosen = random.Random(seed).sample(range(len(there)), min(size, len(there)))
    return [there[index] for index in sorted(chosen)]


def changes(request: Request, study: Path) -> list[str]:
    """Return what is not as it was when the evaluations were asked for: versions of packages, the user's own code."""
    found: list[str] = []
    for model, made in request.made.items():
        now = dependencies([request.spec["models"][model], made["how"]], study)
        found += differences(made, {**made, "versions": now, "evaluation": EVALUATION})
    return list(dict.fromkeys(found))


def again(folder: Path, chosen: list[tuple[Evaluation, Record]]) -> Iterator[Comparison]:
    """Make evaluations again, one after the other, and compare each with its record.

    Parameters
    ----------
    folder : Path
        Of the search or clustering.
    chosen : list
        Evaluations with their records.

    Raises
    ------
    FoldworkError
        When a fold is gone or damaged.
    """
    request = request_of(folder)
    results = folder.resolve().parents[1]
    described = {
        "parent": os.getpid(),
        "preload": sorted({n.rpartition(".")[0] for n in names_in(request.spec) if n.startswith("sklearn.")}),
        "threads": request.threads,
        "bundles": [_bundle(request, e, results) for e, _ in chosen],
    }
    # Libraries are loaded with one thread, as the host of engines loads them; every evaluation then has those that an engine has.
    process = subprocess.Popen(
        [sys.executable, "-m", "foldwork.commands.fresh_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=results.parent,
        env=os.environ | dict.fromkeys(THREAD_VARIABLES, "1"),
    )
    with process:
        try:
            with contextlib.suppress(BrokenPipeError):  # it has ended, which its answer will show
                process.stdin.write(json.dumps(described) + "\n")
                process.stdin.flush()
            for evaluation, record in chosen:
                line = process.stdout.readline()
                found = json.loads(line) if line else {"error": f"{folder.name}: the process that evaluates has ended"}
                if "error" in found:
                    raise FoldworkError(found["error"])
                yield _compare(request, evaluation, record, found)
        finally:
            process.terminate()


def _bundle(request: Request, evaluation: Evaluation, results: Path) -> dict[str, Any]:
    """Return the message for one evaluation by the plain route; the fold is looked for in these results if they were moved."""
    fold = request.folds[evaluation.fold]
    section, name = ("splits", "splits") if request.kind == "search" else ("datasets", "dataset")
    here = results / section / request.spec[name] / fold.file
    path = fold.path if Path(fold.path).exists() else str(here)
    made = request.made[evaluation.model]["id"]
    return {
        "number": 0,
        "study": str(results.parent),
        "task": json.dumps({**request.task(), "share": False, "timeout": None}),
        "fold": {**fold.for_engine(), "path": path},
        "evaluations": [(evaluation.key, made, evaluation.model, evaluation.params, 0)],
    }


def _compare(request: Request, evaluation: Evaluation, record: Record, found: dict[str, Any]) -> Comparison:
    if "died" in found:
        return Comparison(evaluation, [f"its process ended {found['died']}"], [])
    new = ledger.decode(found["record"].encode())
    said = []
    if record["status"] != new["status"]:
        said.append(f"recorded as {_outcome(record)}, now {_outcome(new)}")
    names = request.metrics
    if not record["test"].keys() >= set(names):  # a scorer that returns several scores
        names = list(record["test"])
    for part in ("test", "train") if request.train_scores else ("test",):
        for name in names:
            old, now = (float((each.get(part) or {}).get(name, "nan")) for each in (record, new))
            if old.hex() != now.hex():
                said.append(f"{part} {name} recorded {old!r}, found {now!r}, difference {now - old:.3g}")
    if record.get("labels") != new.get("labels"):
        said.append("other labels")
    return Comparison(evaluation, said, found["unseeded"])


def _outcome(record: Record) -> str:
    return "ok" if record["status"] == "ok" else f"failed ({record['error']})"
