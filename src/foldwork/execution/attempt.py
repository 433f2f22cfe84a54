"""Run a search or clustering: evaluate everything that is requested and not recorded."""

import contextlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from foldwork.engines.allocation import Allocation
from foldwork.engines.orphans import end_abandoned_session
from foldwork.engines.parent_process import end_snakemake_of_replaced_job
from foldwork.engines.session import CONNECT, Borrowed, Session
from foldwork.errors import FoldworkError
from foldwork.execution import silhouette_time
from foldwork.execution.completion import Completion
from foldwork.execution.farm import Farm
from foldwork.execution.grouping import Grouping
from foldwork.execution.interruption import Interrupted, Signals, TimeLeft
from foldwork.execution.plan import Pending
from foldwork.execution.progress import Progress
from foldwork.execution.recorder import Recorder
from foldwork.execution.run_state import RunState
from foldwork.execution.source_guard import SourceGuard
from foldwork.records import reuse
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Made, Request, made_line
from foldwork.records.requested import Requested
from foldwork.records.serving import ReadReport, Record, read_made, report_unused
from foldwork.storage import ledger
from foldwork.storage.atomic_write import write_json
from foldwork.storage.file_names import EVALUATED, LEDGER, REQUEST, RUN, RUNNING, STOP
from foldwork.study.versions import names_in

PRELOADABLE = ("sklearn", "numpy", "scipy", "pandas")
"""Packages that can safely be imported before a fork."""


def run(
    request: Request,
    folder: Path,
    allocation: Allocation,
    *,
    study: Path,
    log: IO[str],
    show: Callable[[str], None] | None = None,
) -> dict[str, Any] | None:
    """Evaluate everything that is requested and not recorded.

    Parameters
    ----------
    request : Request
    folder : Path
        Results folder of the search or clustering, with its ledger.
    allocation : Allocation
        Number of engines, and where they run.
    study : Path
        Directory of the study, from which the user's modules are imported.
    log : file
        Log of the job.
    show : callable, optional
        Shows a line on the screen. Default: print to standard error.

    Returns
    -------
    dict or None
        Content of evaluated.json: counts for each fold, `state` ("complete" or "stopped") and `why`, and the request. None if another run has
        taken over and has written evaluated.json.

    Raises
    ------
    FoldworkError
        When the run cannot continue. Finished evaluations are recorded.
    Interrupted
        When a signal or the end of the job's time stops the run. Finished evaluations are recorded.
    """
    attempt = _Attempt(request, folder, allocation, study, log, show or (lambda line: print(line, file=sys.stderr)))
    remove_leftovers(folder)
    write_json(folder / REQUEST, request.as_json())  # even if nothing is missing: `foldwork status` reads it
    missing = attempt.find_missing()
    if (folder / STOP).exists():
        missing = []
    if (missing or attempt.reused) and not _evaluate(attempt, missing):
        return None
    return attempt.completion().evaluated(folder, attempt.report)


def _evaluate(attempt: "_Attempt", missing: list[Evaluation]) -> bool:
    """Evaluate as the only writer of the ledger. Return False if another run has taken over and has finished."""
    with Signals() as signals, ledger.Writer(attempt.path) as writer:
        try:
            writer.append(attempt.reused)
            if missing:
                for line in silhouette_time.lines(attempt.request):
                    attempt.report(line)
                attempt.evaluate(missing, writer, signals)
        except BaseException as error:
            if not writer.replaced():
                raise
            end_snakemake_of_replaced_job()
            # Snakemake deletes the output of a failed job: if the other run has written it by now, this job must succeed.
            finished = (attempt.folder / EVALUATED).exists() and not attempt.completion().missing
            if not isinstance(error, ledger.Replaced) or not finished:
                raise
            attempt.report("another run has taken over this ledger and finished the search")
            return False
    return True


class _Attempt:
    """State of a run of a search or clustering.

    For the parameters see `run`.
    """

    def __init__(
        self,
        request: Request,
        folder: Path,
        allocation: Allocation,
        study: Path,
        log: IO[str],
        show: Callable[[str], None],
    ) -> None:
        self.request, self.folder, self.allocation, self.study = request, folder, allocation, study
        self.path = folder / LEDGER
        self.reused: list[str] = []
        """Lines from other ledgers to append to the ledger."""
        self._log, self._show = log, show
        self._requested = Requested(request)
        self._best = BestSoFar(len(request.folds), lower_is_better=request.ranking[1])
        self._grouping = Grouping(request)
        self._task = json.dumps(request.task())
        self._scores: dict[str, float] = {}
        """Key of an evaluation to its score. Empty unless further candidates depend on scores."""
        self._stop_reason: str | None = None
        self._time_left: TimeLeft | None = None
        self._checked_at_append = 0.0

    def report(self, line: str) -> None:
        """Write a line about this search to the screen and the log."""
        self._show(f"{self.request.name}: {line}")
        self._log.write(f"{self.request.name}: {line}\n")
        self._log.flush()

    def find_missing(self) -> list[Evaluation]:
        """Return the requested evaluations that no ledger has a record of, and report their number."""
        made, ledger_report = read_made(self.path), ReadReport()
        missing, found = self._missing(made, ledger_report)
        sources, lines = found.sources, [*report_unused(ledger_report, made, self.request), *found.skipped]
        while not missing and self._requested.next_round(self._scores):
            missing, found = self._missing(made)
            sources += found.sources
        reused = ", ".join(f"{count:,} from {name}" for name, count in sources.items())
        recorded = f"{len(self._requested.numbers) - len(missing):,} recorded{f' ({reused})' if reused else ''}"
        self.report(f"{len(self._requested):,} evaluations, {recorded}, {len(missing):,} to do")
        if ledger_report.damaged:
            self.report(f"{ledger_report.damaged:,} damaged lines in {self.path} are skipped")
        for line in lines:
            self.report(line)
        self._unwritten = [m for m in self.request.made.values() if m["id"] not in made]
        return missing

    def _missing(
        self, made: dict[str, Made], ledger_report: ReadReport | None = None
    ) -> tuple[list[Evaluation], reuse.Reused]:
        """Return the evaluations without a record in any ledger, and the records found in other ledgers."""
        missing = {key: e for key, e in self._requested.unique.items() if key not in self._scores}

        def mark_recorded(evaluation: Evaluation, record: Record) -> None:
            if missing.pop(evaluation.key, None):
                self._add_score(evaluation, ledger.score(record["test"], self.request.ranking[0]))

        for evaluation, record in self._requested.records(self.path, made=made, report=ledger_report):
            mark_recorded(evaluation, record)
        found = reuse.find(self._requested, missing, self.folder, made)
        for evaluation, record in found.records:
            mark_recorded(evaluation, record)
        self.reused += found.lines
        return list(missing.values()), found

    def _add_score(self, evaluation: Evaluation, score: float) -> None:
        self._best.add(evaluation, score)
        if self._requested.learns:
            self._scores[evaluation.key] = score

    def _next_round(self, writer: ledger.Writer) -> list[Evaluation]:
        """Pass the scores of the last round to the strategy. Return the missing evaluations of the next round; empty when the search is finished."""
        while self._requested.next_round(self._scores):
            self.reused = []
            missing, _ = self._missing(read_made(self.path))
            writer.append(self.reused)
            if missing:
                return missing
        return []

    def evaluate(self, missing: list[Evaluation], writer: ledger.Writer, signals: Signals) -> None:
        """Evaluate round after round, and append the records to the ledger."""
        if (end := self.allocation.launcher.end_time()) is not None:
            self._time_left = TimeLeft(end - time.time())
        guard = SourceGuard(self.request, self.study)  # before any engine imports the user's modules
        session = self._session(len(missing))
        farm = Farm(session, self._message)
        progress = Progress(self.request.name, self._best, self._log)
        recorder = Recorder(self.request, writer, guard, progress, self._log)
        state = RunState(self.folder, self.request, self.allocation.memory, session, farm, progress)
        try:
            self._plan(farm, missing, progress)
            if self._unwritten:
                writer.append(ledger.encode(made_line(made)) for made in self._unwritten)
            state.write()
            farm.connect(lambda: self._check_stop(farm, signals, recorder))
            progress.begin()
            while True:
                self._drain(farm, signals, recorder, state)
                recorder.append()
                if farm.stopping or not (missing := self._next_round(writer)):
                    break
                self._plan(farm, missing, progress)
            if signals.seen or self._stop_reason == "time":
                raise Interrupted(f"{self.request.name}: {self._interrupted_message(progress)}")
        finally:
            try:
                recorder.append()
            finally:
                session.close()
                if not writer.replaced():
                    state.end()
                progress.close()  # last, as it may raise if the terminal has been closed

    def _plan(self, farm: Farm, missing: list[Evaluation], progress: Progress) -> None:
        progress.total += len(missing)
        while missing:  # moves them, so that the memory of finished evaluations is freed
            farm.plan.add(self._grouping.pending(missing.pop()))

    def _drain(self, farm: Farm, signals: Signals, recorder: Recorder, state: RunState) -> None:
        """Evaluate everything in the plan."""
        for results in farm.run():
            for result in results:
                recorder.add(result)
                self._add_score(result.evaluation, result.score)
            if recorder.failure and self.request.spec.get("on_error") == "raise":
                farm.stop(recorder.failure)
            recorder.append_if_due()
            recorder.progress.show()
            state.write()
            self._report_events(farm)
            self._check_stop(farm, signals, recorder)

    def _report_events(self, farm: Farm) -> None:
        """Write new deaths of engines to the log, and new messages of the farm to the screen and the log."""
        for death in farm.deaths:
            self._log.write(death + "\n")
        farm.deaths.clear()
        for line in farm.messages:
            self.report(line)
        farm.messages.clear()

    def completion(self) -> Completion:
        """Return the counts of requested and of currently recorded evaluations."""
        return Completion(self._requested, self.path)

    def _session(self, evaluations: int) -> Session | Borrowed:
        """Start the engines, or use the existing cluster that the environment variable names."""
        if name := os.environ.get(CONNECT):
            return Borrowed(name)
        names = names_in(self.request.spec)
        modules = {name.rpartition(".")[0] for name in names if name.partition(".")[0] in PRELOADABLE}
        return Session(
            self.folder / f"{RUN}-{secrets.token_hex(4)}",
            self.allocation.launcher,
            # Later rounds may be larger than the first.
            self.allocation.engines if self._requested.learns else min(self.allocation.engines, evaluations),
            cpus=self.request.threads,
            memory=self.allocation.memory,
            preload=[*sorted(modules), "sklearn.metrics"],
            log=self._log,
        )

    def _message(self, number: int, bundle: list[Pending]) -> dict[str, Any]:
        """Return the message with a bundle for an engine."""
        fold = self.request.folds[bundle[0].evaluation.fold]
        made = self.request.made
        return {
            "number": number,
            "study": str(self.study),
            "task": self._task,
            "fold": fold.for_engine(),
            "evaluations": [
                (e.key, made[e.model]["id"], e.model, e.params, pending.attempts)
                for pending in bundle
                for e in [pending.evaluation]
            ],
        }

    def _check_stop(self, farm: Farm, signals: Signals, recorder: Recorder) -> None:
        """Stop submitting, or raise, after a signal, a fatal failure, `foldwork stop`, or near the end of the job's time."""
        name = self.request.name
        if signals.seen:
            self._stop_reason = signals.seen
            raise Interrupted(
                f"{name}: stopped by {signals.seen}; finished evaluations are recorded, run snakemake again to continue"
            )
        if recorder.failure and farm.stopping == recorder.failure:
            raise FoldworkError(f"{name}: {recorder.failure}")
        if self._time_left is not None and (left := self._time_left.left()) < self._time_left.margin:
            self._stop_reason = "time"
            farm.stop("the job's time is nearly up")
            if left < 15:
                raise Interrupted(
                    f"{name}: the job's time is up; finished evaluations are recorded, run snakemake again to continue"
                )
        if recorder.appended != self._checked_at_append:  # at most once for each append: this reads the file system
            self._checked_at_append = recorder.appended
            if (self.folder / STOP).exists():
                self._stop_reason = "foldwork stop"
                farm.stop(self._stop_reason)

    def _interrupted_message(self, progress: Progress) -> str:
        reason = "the job's time is nearly up" if self._stop_reason == "time" else f"stopped by {self._stop_reason}"
        return f"{reason}; {progress.done:,} of {progress.total:,} evaluations of this run are recorded, run snakemake again to continue"


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed run has left: processes, its folder, running.json and temporary files.

    Parameters
    ----------
    folder : Path
        Results folder of the search or clustering.
    """
    for run_folder in folder.glob(f"{RUN}-*"):
        end_abandoned_session(str(run_folder.absolute()))
        shutil.rmtree(run_folder, ignore_errors=True)
    for path in [*folder.glob(".*.part"), folder / RUNNING]:
        with contextlib.suppress(OSError):
            path.unlink()
