"""A study's files made in process, and what a damaged one of them must lead to: a line for the person, or records that are passed over."""

import itertools
import json
from pathlib import Path

from foldwork.data import datasets, splits
from foldwork.errors import FoldworkError
from foldwork.evaluation.bundle import run
from foldwork.records.make_request import make_request
from foldwork.records.request import Request
from foldwork.records.requested import Requested
from foldwork.results.results import results_of
from foldwork.results.tables import cv_results
from foldwork.storage import ledger
from foldwork.storage.signed_json import read_signed, write_signed

SPEC = {
    "splits": "s",
    "models": {
        "tree": {
            "estimator": {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0},
            "space": {"max_depth": [1, 2, 3]},
        }
    },
    "scoring": ["accuracy"],
    "train_scores": True,
}
FILES = ("data.joblib", "dataset.json", "fold-0.joblib", "splits.json", "ledger.jsonl", "evaluated.json")


def make(folder: Path) -> list[dict]:
    """Make dataset, folds, ledger and evaluated.json in a folder; return the rows of scores.csv."""
    args = {"n_samples": 60, "n_features": 6, "random_state": 0}
    datasets.persist("d", {"load": "sklearn.datasets.make_classification", "args": args}, folder)
    splits.persist("s", {"dataset": "d", "cv": {"class": "KFold", "n_splits": 3}}, folder, folder)
    asked = make_request("search", "x", SPEC, folder / splits.MANIFEST, folder, 1)
    evaluations = list(Requested(asked).evaluations)
    with ledger.Writer(folder / "ledger.jsonl") as writer:
        writer.append(map(ledger.encode, asked.made_lines()))
        writer.append(evaluated(asked, evaluations))
    counts = {"state": "complete", "asked": 9, "recorded": 9, "failed": 0, "request": asked.as_json()}
    write_signed(folder / "evaluated.json", counts)
    return rows(folder)


def evaluated(asked: Request, evaluations: list) -> list[str]:
    """Return the ledger lines of evaluations, made as an engine makes them."""
    text = json.dumps(asked.task())
    lines = []
    for fold, group in itertools.groupby(sorted(evaluations, key=lambda e: e.fold), key=lambda e: e.fold):
        bundle = {"number": 0, "study": "/", "task": text, "fold": asked.folds[fold].for_engine()}
        bundle["evaluations"] = [(e.key, asked.made[e.model]["id"], e.model, e.params, 1, e.resource) for e in group]
        lines += [line for line, *_ in run(bundle)["results"]]
    return lines


def rows(folder: Path) -> list[dict]:
    """Return the rows of scores.csv as the workflow makes them."""
    return list(cv_results(results_of(folder / "evaluated.json"))[1])


def after(folder: Path, name: str) -> str:
    """Use all files in a folder, of which `name` is damaged, in the order of the workflow; return what became of it.

    Returns
    -------
    str
        "reported": one line names the file and what to do. "passed over": records are missing, and those that are read are sound.
        "harmless": nothing differs.
    """
    try:
        if name in ("data.joblib", "dataset.json"):
            splits.persist("s", {"dataset": "d", "cv": {"class": "KFold", "n_splits": 3}}, folder, folder / "again")
        elif name in ("fold-0.joblib", "splits.json"):
            asked = make_request("search", "x", SPEC, folder / splits.MANIFEST, folder, 1)
            evaluated(asked, list(Requested(asked).evaluations))
        elif name == "ledger.jsonl":
            return _ledger(folder)
        else:
            rows(folder)
    except FoldworkError as error:
        (line,) = str(error).splitlines()
        assert line.startswith(str(folder / name)), line
        assert " remove " in line and line.count("run snakemake again") == 1, line
        return "reported"
    return "harmless"


def _ledger(folder: Path) -> str:
    """Read a damaged ledger as the next run does, do what is missing, and look at what then is there."""
    path = folder / "ledger.jsonl"
    asked = Request.from_json(read_signed(folder / "evaluated.json", "it")["request"])
    wanted = {e.key: e for e in Requested(asked).evaluations}
    there = {record["key"] for record in ledger.read(path)} & set(wanted)
    missing = [e for key, e in wanted.items() if key not in there]
    try:
        rows(folder)
        assert not missing
    except FoldworkError as error:
        (line,) = str(error).splitlines()
        assert (
            line.startswith(f"{path}: {len(missing)} of 9 records are damaged, gone or not known to be right; remove ")
            and missing
        )
    with ledger.Writer(path) as writer:
        writer.append(evaluated(asked, missing))
    return "passed over" if missing else "harmless"
