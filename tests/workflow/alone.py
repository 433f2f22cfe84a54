"""Engines and what a client does with them, without snakemake around it: `python alone.py FOLDER CLASS SPACE` evaluates a few candidates."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import joblib
import numpy as np

from foldwork.data import fold_files
from foldwork.engines.launchers import Local
from foldwork.engines.session import Session
from foldwork.execution.farm import Farm
from foldwork.execution.plan import Pending
from foldwork.records.evaluation import Evaluation


def messages(folder: Path, name: str) -> Callable[[int, list[Pending]], dict]:
    """Write a fold, and return what makes the messages for engines: evaluations of a class on that fold."""
    path = folder / "fold.joblib"
    X, y = np.arange(6.0).reshape(6, 1), np.arange(6) % 2
    joblib.dump({"X_train": X, "y_train": y, "X_test": X, "y_test": y}, path)
    fold = {"index": 0, "path": str(path), "sha256": fold_files.file_sha256(path)}
    task = {"kind": "search", "models": {"m": {"class": name}}, "scoring": [], "train_scores": False, "rank": "score"}

    def describe(number, bundle):
        evaluations = [
            (p.evaluation.key, "made", p.evaluation.model, p.evaluation.params, p.attempts, None) for p in bundle
        ]
        message = {"number": number, "study": str(folder), "task": json.dumps(task), "fold": fold}
        return {**message, "evaluations": evaluations}

    return describe


@contextlib.contextmanager
def farm(folder: Path, name: str, candidates: list[dict], preload: tuple[str, ...] = ()) -> Iterator[Farm]:
    """Start two engines and yield a farm that is to evaluate candidates of a class on one fold; end them.

    Parameters
    ----------
    folder : Path
        Holds the study's own modules; fold and log are written here.
    name : str
        The estimator's class.
    candidates : list of dict
    preload : tuple of str
        Modules that the host imports.
    """
    describe = messages(folder, name)
    with open(folder / "log", "w") as log:
        session = Session(folder / ".run-1", Local(), 2, preload=["sklearn.metrics", *preload], log=log)
        try:
            farm = Farm(session, describe)
            farm.requested = [
                Pending(Evaluation(f"{number:064}", "m", number, params, 0)) for number, params in enumerate(candidates)
            ]
            for pending in farm.requested:
                farm.plan.add(pending)
            farm.connect()
            yield farm
        finally:
            session.close()


if __name__ == "__main__":
    with farm(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])) as running:
        for results in running.run():
            for result in results:
                print(result.error, flush=True)
