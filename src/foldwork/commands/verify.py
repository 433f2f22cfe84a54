"""`foldwork verify`: repeat a sample of recorded evaluations without sharing work, in fresh processes, and compare the scores bit by bit."""

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foldwork.commands import fresh_run
from foldwork.commands.search_folders import folder_of, request_of, requested_of
from foldwork.errors import FoldworkError
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.records.serving import Record, differences
from foldwork.storage import ledger
from foldwork.storage.file_names import LEDGER
from foldwork.study.versions import EVALUATION, dependencies

HELP = "Repeat a sample of the recorded evaluations without sharing work, and compare the scores bit by bit."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")
    parser.add_argument("--sample", type=int, default=20, metavar="N", help="number of evaluations (default: 20)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="seed of the choice of evaluations (default: 0)"
    )


def run(options: argparse.Namespace) -> int:
    """Print the differences. Return 1 if there are any."""
    if options.sample < 1:
        raise FoldworkError(f"--sample {options.sample}: must be at least 1")
    folder = folder_of(options.results, options.search)
    chosen = sample(folder, options.sample, options.seed)
    if changed := changes(request_of(folder), folder.resolve().parents[2]):
        print(f"since {folder.name} was evaluated: {', '.join(changed)}")
    differing = 0
    for comparison in repeat(folder, chosen):
        if comparison.differences:
            differing += 1
            print(comparison, flush=True)
    print(f"{len(chosen) - differing:,} of {len(chosen):,} equal")
    return int(differing > 0)


@dataclass(frozen=True)
class Comparison:
    """Comparison of a recorded evaluation with its repetition.

    Attributes
    ----------
    evaluation : Evaluation
    differences : list of str
        A phrase for each value that is not bitwise equal.
    unseeded : list of str
        Its classes that draw random numbers without a seed: for these differences are expected.
    """

    evaluation: Evaluation
    differences: list[str]
    unseeded: list[str]

    def __str__(self) -> str:
        why = f" ({', '.join(self.unseeded)} has no random_state: a difference is expected)" if self.unseeded else ""
        return f"{self.evaluation}: {'; '.join(self.differences)}{why}"


def sample(folder: Path, size: int, seed: int) -> list[tuple[Evaluation, Record]]:
    """Draw recorded evaluations of a search or clustering at random.

    Evaluations that ended their engines or timed out are not drawn: these results depend on the machine.

    Parameters
    ----------
    folder : Path
        Results folder of the search or clustering.
    size : int
        Maximum number of evaluations.
    seed : int
        The same records and seed give the same sample.

    Returns
    -------
    list of (Evaluation, record)

    Raises
    ------
    FoldworkError
        When nothing is recorded.
    """
    requested = requested_of(folder)
    records = {e.key: r for e, r in requested.records(folder / LEDGER) if r.get("final") is not False}
    recorded = [(e, records[key]) for key, e in requested.unique.items() if key in records]
    if not recorded:
        raise FoldworkError(f"{folder.name}: no recorded evaluation can be repeated")
    chosen = random.Random(seed).sample(range(len(recorded)), min(size, len(recorded)))
    return [recorded[index] for index in sorted(chosen)]


def changes(request: Request, study: Path) -> list[str]:
    """Return what has changed since the request: versions of packages, and the user's code."""
    found: list[str] = []
    for model, made in request.made.items():
        now = dependencies([request.spec["models"][model], made["how"]], study, files=True)
        found += differences(made, {**made, "versions": now, "evaluation": EVALUATION})
    return list(dict.fromkeys(found))


def repeat(folder: Path, chosen: list[tuple[Evaluation, Record]]) -> Iterator[Comparison]:
    """Repeat evaluations one after the other, and compare each with its record.

    Parameters
    ----------
    folder : Path
        Results folder of the search or clustering.
    chosen : list of (Evaluation, record)

    Yields
    ------
    Comparison

    Raises
    ------
    FoldworkError
        When a fold is missing or damaged.
    """
    request = request_of(folder)
    evaluations = [evaluation for evaluation, _ in chosen]
    found = fresh_run.evaluate(request, evaluations, folder.resolve().parents[1])
    for (evaluation, record), answer in zip(chosen, found, strict=True):
        yield _compare(request, evaluation, record, answer)


def _compare(request: Request, evaluation: Evaluation, record: Record, found: dict[str, Any]) -> Comparison:
    if "died" in found:
        return Comparison(evaluation, [f"its process ended {found['died']}"], [])
    new = ledger.decode(found["record"].encode())
    found_differences = []
    if record["status"] != new["status"]:
        found_differences.append(f"recorded as {_outcome(record)}, now {_outcome(new)}")
    names = request.metrics
    if not record["test"].keys() >= set(names):  # a scorer that returns several scores
        names = list(record["test"])
    for part in ("test", "train") if request.train_scores else ("test",):
        for name in names:
            old, now = (float((each.get(part) or {}).get(name, "nan")) for each in (record, new))
            if old.hex() != now.hex():
                found_differences.append(f"{part} {name} recorded {old!r}, found {now!r}, difference {now - old:.3g}")
    for name in ("labels", "importances"):
        if record.get(name) != new.get(name):
            found_differences.append(f"{name} differ")
    if record.get("dispersion") != new.get("dispersion"):
        found_differences.append(f"dispersion recorded {record.get('dispersion')}, found {new.get('dispersion')}")
    return Comparison(evaluation, found_differences, found["unseeded"])


def _outcome(record: Record) -> str:
    return "ok" if record["status"] == "ok" else f"failed ({record['error']})"
