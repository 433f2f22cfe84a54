"""Make evaluations again without sharing work, one after the other, each in a new process."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from foldwork.engines.engine import THREAD_VARIABLES
from foldwork.errors import FoldworkError
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.results.moved import described_fold
from foldwork.study.source_code import drop_bytecode
from foldwork.study.versions import files_behind, names_in


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
    description = {
        "parent": os.getpid(),
        "preload": sorted({n.rpartition(".")[0] for n in names_in(request.spec) if n.startswith("sklearn.")}),
        "threads": request.threads,
        "bundles": [_bundle(request, e, results) | ({"keep": keep} if keep else {}) for e in evaluations],
    }
    # As in the host of engines, libraries are loaded with one thread, and each evaluation then sets the threads of an engine.
    drop_bytecode(files_behind(request.spec, results.parent))
    printed = tempfile.TemporaryFile()  # noqa: SIM115 - what estimators print would bury the result
    process = subprocess.Popen(
        [sys.executable, "-m", "foldwork.commands.fresh_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=printed,
        text=True,
        cwd=results.parent,
        env=os.environ | dict.fromkeys(THREAD_VARIABLES, "1"),
    )
    with printed, process:
        try:
            with contextlib.suppress(BrokenPipeError):  # the process has ended: reading its answer shows that
                process.stdin.write(json.dumps(description) + "\n")
                process.stdin.flush()
            for _ in evaluations:
                line = process.stdout.readline()
                found = json.loads(line) if line else {"error": f"{request.name}: {_why_ended(printed)}"}
                if "error" in found:
                    raise FoldworkError(found["error"])
                yield found
        finally:
            process.terminate()


def _why_ended(printed: IO[bytes]) -> str:
    """Return why the evaluating process has ended, with the last line that it has printed."""
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - 2000))
    lines = [line for line in printed.read().decode(errors="replace").splitlines() if line.strip()]
    return "the evaluating process has ended" + (f": {lines[-1][:200]}" if lines else "")


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
