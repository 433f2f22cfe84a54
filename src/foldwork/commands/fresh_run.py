"""Make evaluations again without sharing work, one after the other, each in a new process."""

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from foldwork.engines.fresh_process import run_fresh
from foldwork.errors import FoldworkError
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.results.moved import described_fold
from foldwork.study.source_code import drop_bytecode
from foldwork.study.versions import files_behind, names_in

CHILD = "foldwork.commands.fresh_evaluation"
PRELOAD = ("foldwork.study.checks.randomness", "foldwork.evaluation.bundle")
"""The module that makes one evaluation, and what it imports."""


def evaluate(
    request: Request, evaluations: Sequence[Evaluation], results: Path, keep: dict[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Make evaluations.

    Parameters
    ----------
    request : Request
    evaluations : sequence of Evaluation
    results : Path
        The results folder.
    keep : dict, optional
        To store predictions: see `evaluation.keep.Keeper`.

    Yields
    ------
    dict
        For each evaluation `record`, a line of the ledger, and `unseeded`, its classes that draw random numbers without a seed; with `died` if its process
        ended early.

    Raises
    ------
    FoldworkError
        When a fold is missing or damaged.
    """
    # As in the host of engines, libraries are loaded with one thread, and each evaluation then sets the threads of an engine.
    drop_bytecode(files_behind(request.spec, results.parent))
    more = {"keep": keep} if keep else {}
    calls = [{"bundle": _bundle(request, e, results) | more, "threads": request.threads} for e in evaluations]
    named = {n.rpartition(".")[0] for n in names_in(request.spec) if n.startswith("sklearn.")}
    with tempfile.TemporaryFile() as printed:  # what estimators print would bury the result
        found = run_fresh(CHILD, calls, [*PRELOAD, *sorted(named)], results.parent, printed)
        with contextlib.closing(found):
            for one in found:
                if "error" in one:
                    raise FoldworkError(one["error"])
                yield one


def _bundle(request: Request, evaluation: Evaluation, results: Path) -> dict[str, Any]:
    """Return the message for one evaluation without sharing. If the results were moved, the fold is read from their new folder."""
    described = described_fold(request, request.folds[evaluation.fold], results)
    made = request.made[evaluation.model]["id"]
    return {
        "number": 0,
        "study": str(results.parent),
        "task": json.dumps({**request.task(), "share": False, "timeout": None}),
        "fold": described,
        "evaluations": [(evaluation.key, made, evaluation.model, evaluation.params, 0, evaluation.resource)],
    }
