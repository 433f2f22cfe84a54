"""Run a search or clustering: evaluate everything that is requested and not recorded."""

import contextlib
import json
import math
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
from foldwork.execution import running_time
from foldwork.execution.completion import Completion
from foldwork.execution.farm import Farm
from foldwork.execution.grouping import Grouping
from foldwork.execution.growing import Growing
from foldwork.execution.interruption import Interrupted, Signals, TimeLeft
from foldwork.execution.keeping import Keeping, size_line
from foldwork.execution.outstanding import Outstanding
from foldwork.execution.plan import Pending
from foldwork.execution.progress import Progress
from foldwork.execution.recorder import Recorder
from foldwork.execution.run_state import RunState
from foldwork.execution.source_guard import SourceGuard
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.evaluation import Evaluation
from foldwork.records.kept_rounds import keep_rounds, replayed
from foldwork.records.request import Request
from foldwork.records.requested import Requested
from foldwork.records.stored_predictions import remove_unused
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
    if (missing or attempt.outstanding.copied) and not _evaluate(attempt, missing):
        return None
    return attempt.completion().evaluated(folder, attempt.report)


def _evaluate(attempt: "_Attempt", missing: list[Evaluation]) -> bool:
    """Evaluate as the only writer of the ledger. Return False if another run has taken over and has finished."""
    with Signals() as signals, ledger.Writer(attempt.path) as writer:
        try:
            writer.append(attempt.outstanding.take_lines())
            remove_unused(attempt.folder)
            if missing:
                if attempt.request.kind == "clustering":
                    from foldwork.execution import silhouette_time

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
        self.stop_rule: str | None = None
        """The rule of `stop` that has ended the search."""
        self._log, self._show = log, show
        self._requested = Requested(request)
        self._best = BestSoFar.of(request)
        self._grouping = Grouping(request)
        self._task = json.dumps(request.task())
        self.outstanding = Outstanding(self._requested, folder, self._best)
        self._keeping = Keeping(request, folder, self.outstanding, allocation.engines)
        self._ran_before: float | None = None
        self._progress: Progress | None = None
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
        missing, lines = self.outstanding.find()
        for line in lines:
            self.report(line)
        if self._seconds_left() <= 0:
            self.stop_rule = "seconds"
        missing = [] if self._is_over() else missing
        if line := size_line(self.request, missing):
            self.report(line)
        return missing

    def _is_over(self) -> bool:
        """Return whether a rule of `stop` has ended the search."""
        if self.stop_rule is None and (reached := self.outstanding.reached()):
            self.stop_rule = reached[1]
        return self.stop_rule is not None

    def _seconds_left(self) -> float:
        """Return how many seconds the search may still run by its rule `seconds`."""
        if (limit := self.outstanding.rules.seconds) == math.inf:
            return math.inf
        if self._ran_before is None:
            self._ran_before = running_time.seconds(self.path)
        return limit - self._ran_before - (self._progress.seconds() if self._progress else 0.0)

    def evaluate(self, missing: list[Evaluation], writer: ledger.Writer, signals: Signals) -> None:
        """Evaluate round after round, and append the records to the ledger."""
        if (end := self.allocation.launcher.end_time()) is not None:
            self._time_left = TimeLeft(end - time.time())
        guard = SourceGuard(self.request, self.study)  # before any engine imports the user's modules
        session = self._session(len(missing))
        farm = Farm(session, self._message)
        self._growing = Growing(self._requested, self._grouping, session)
        self._progress = progress = Progress(self.request.name, self._best, self._log)
        recorder = Recorder(self.request, writer, guard, progress, self._log)
        state = RunState(self.folder, self.request, self.allocation.memory, session, farm, progress)
        try:
            self._plan(farm, missing)
            state.write()
            farm.connect(lambda: self._check_stop(farm, signals, recorder))
            progress.begin()
            self._drain(farm, signals, recorder, state, writer)
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

    def _plan(self, farm: Farm, missing: list[Evaluation]) -> None:
        self._progress.total += len(missing)
        while missing:  # moves them, so that the memory of finished evaluations is freed
            pending = self._grouping.pending(missing.pop())
            pending.rank = self.outstanding.rank(pending.evaluation)
            farm.plan.add(pending)

    def _drain(self, farm: Farm, signals: Signals, recorder: Recorder, state: RunState, writer: ledger.Writer) -> None:
        """Evaluate everything in the plan, round after round."""
        for results in farm.run():
            for result in results:
                recorder.add(result)
                self.outstanding.add_score(result.evaluation, result.score)
            if recorder.failure and self.request.spec.get("on_error") == "raise":
                farm.stop(recorder.failure)
            recorder.append_if_due()
            if results and self._requested.rounds.learns and not farm.stopping:
                self._next_round(farm, recorder, writer)
            recorder.progress.show()
            state.write()
            self._report_events(farm)
            self._check_stop(farm, signals, recorder)
        recorder.append()

    def _next_round(self, farm: Farm, recorder: Recorder, writer: ledger.Writer) -> None:
        """Plan the next round of each strategy whose round is complete; if engines would wait, evaluations that are likely to be in it."""
        self._plan(farm, self.outstanding.next_round())
        if lines := self.outstanding.take_lines():
            recorder.append()
            writer.append(lines)
        if not len(farm.plan):
            self._plan(farm, list(self.outstanding.likely(farm.room())))

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
        if self._requested.rounds.learns and self._requested.rounds.finished:
            keep_rounds(self._requested, self.folder)
        if self.stop_rule is None:
            # With `learns`, a search that was stopped at the end of a round has further candidates.
            learns = self._requested.rounds.learns
            return Completion(replayed(self.request, self.path) if learns else self._requested, self.path)
        rows, _ = self.outstanding.reached() or (self.outstanding.rules.whole(), "")
        requested = replayed(self.request, self.path).cut(rows)
        return Completion(requested, self.path, stop={"rule": self.stop_rule, "candidates": rows})

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
            self.allocation.engines if self._requested.rounds.learns else min(self.allocation.engines, evaluations),
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
                (e.key, made[e.model]["id"], e.model, e.params, pending.attempts, e.resource)
                for pending in bundle
                for e in [pending.evaluation]
            ],
            **self._keeping.members(pending.evaluation for pending in bundle),
            **self._growing.members(pending.evaluation for pending in bundle),
        }

    def _check_stop(self, farm: Farm, signals: Signals, recorder: Recorder) -> None:
        """Stop submitting, or raise, after a signal, a fatal failure, `foldwork stop`, or near the end of the job's time."""
        name = self.request.name
        if signals.seen:
            self._stop_reason = signals.seen
            raise Interrupted(
                f"{name}: stopped by {signals.seen}; finished evaluations are recorded, run snakemake again to continue"
            )
        if self._seconds_left() <= 0:
            self.stop_rule = "seconds"
        if self._is_over():
            farm.stop(f"stop: {self.stop_rule}")
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
