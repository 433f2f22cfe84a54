"""Append the results of engines to the ledger as records."""

import time
from typing import IO, Any

from foldwork.execution.farm import Result
from foldwork.execution.progress import Progress
from foldwork.execution.source_guard import SourceGuard
from foldwork.records.error_kinds import TIMEOUT
from foldwork.records.request import Request
from foldwork.storage import ledger

APPEND_EVERY = 1.0
"""Minimum seconds between two appends, for the sake of slow shared file systems."""

TRACEBACKS = 100
"""Maximum number of distinct errors whose traceback is written to the log. The ledger has all tracebacks."""


class Recorder:
    """Collects records, and appends them to the ledger at most once a second.

    Parameters
    ----------
    request : Request
    writer : ledger.Writer
    guard : SourceGuard
        Raises before an append if a source file has changed.
    progress : Progress
        Counts finished evaluations.
    log : file
        Log of the job: gets failures, and one traceback for each distinct error.

    Attributes
    ----------
    progress : Progress
    failure : str or None
        The first failed evaluation of this run, with its error.
    appended : float
        Time of the last append (`time.monotonic()`); 0 before the first.
    """

    def __init__(
        self, request: Request, writer: ledger.Writer, guard: SourceGuard, progress: Progress, log: IO[str]
    ) -> None:
        self.failure: str | None = None
        self.appended = 0.0
        self.progress = progress
        self._request, self._writer, self._guard, self._log = request, writer, guard, log
        self._lines: list[str] = []
        self._traced: set[str] = set()

    def add(self, result: Result) -> None:
        """Add a finished evaluation."""
        evaluation, error = result.evaluation, result.error
        if error == TIMEOUT:
            error = self._timeout()
        line = result.line or ledger.encode(self._not_final(result, error))
        self._lines.append(line)
        self.progress.add(failed=error is not None)
        if error is None:
            return
        where = f"{evaluation.model} {evaluation.params} on {self._request.folds[evaluation.fold].label}"
        self._log.write(f"failed: {where}: {error}\n")
        if error not in self._traced and len(self._traced) < TRACEBACKS:
            self._traced.add(error)
            self._log.write(((ledger.decode(line.encode()) or {}).get("traceback") or "") + "\n")
        self.failure = self.failure or f"{where} failed: {error}"

    def append_if_due(self) -> None:
        """Append the collected records if the last append was at least APPEND_EVERY seconds ago."""
        if time.monotonic() - self.appended >= APPEND_EVERY:
            self.append()

    def append(self) -> None:
        """Append the collected records."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._guard.check()
            self._writer.append(lines)
            self.appended = time.monotonic()

    def _timeout(self) -> str:
        limit = self._request.spec.get("timeout")
        return (
            f"{TIMEOUT}: took longer than {limit:g} s" if limit else "ended its engine by SIGALRM, a timer of its own"
        )

    def _not_final(self, result: Result, error: str | None) -> dict[str, Any]:
        """Return the record of an evaluation that timed out or ended its engines. It is not final: it depends on the machine."""
        evaluation = result.evaluation
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        return {
            "key": evaluation.key,
            "made": self._request.made[evaluation.model]["id"],
            "model": evaluation.model,
            "params": evaluation.params,
            **self._request.folds[evaluation.fold].numbers,
            **({} if evaluation.resource is None else {"resource": evaluation.resource}),
            "status": "failed",
            "test": {},
            "train": None,
            "fit_time": None,
            "score_time": None,
            "error": error,
            "final": False,
            "started": now,
            "finished": now,
            "attempts": result.pending.attempts,
        }
