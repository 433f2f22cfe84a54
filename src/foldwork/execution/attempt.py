"""One attempt at a search or clustering: evaluate what is requested and not recorded."""

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
from foldwork.records import reuse
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Made, Request, made_line
from foldwork.records.requested import Requested
from foldwork.records.serving import Notes, Record, made_in, unused
from foldwork.storage import ledger
from foldwork.storage.atomic_write import write_json
from foldwork.storage.file_names import EVALUATED, LEDGER, REQUEST, RUN, RUNNING, STOP
from foldwork.study.versions import names_in

PRELOADABLE = ("sklearn", "numpy", "scipy", "pandas")
"""Packages known to bear a fork after they are imported."""


def run(
    request: Request,
    folder: Path,
    allocation: Allocation,
    *,
    study: Path,
    log: IO[str],
    say: Callable[[str], None] | None = None,
) -> dict[str, Any] | None:
    """Evaluate all that is requested and not recorded.

    Parameters
    ----------
    request : Request
    folder : Path
        Where the ledger lies and the results will.
    allocation : Allocation
    study : Path
        The study's directory, for the user's own modules.
    log : file
        The job's log.
    say : callable, optional
        Takes lines for the screen.

    Returns
    -------
    dict or None
        The content of evaluated.json: counts by fold, `state` ("complete" or "stopped") and `why`, and the request itself. None where another
        run has taken over, and has written it.

    Raises
    ------
    FoldworkError
        When it cannot go on; what has ended is recorded. `Interrupted` when a signal or the end of the job's time stops it.
    """
    attempt = _Attempt(request, folder, allocation, study, log, say or (lambda line: print(line, file=sys.stderr)))
    remove_leftovers(folder)
    write_json(folder / REQUEST, request.as_json())  # also where nothing is to do: `foldwork status` reads it
    todo = attempt.look()
    if (folder / STOP).exists():
        todo = []
    if (todo or attempt.reused) and not _evaluate(attempt, todo):
        return None
    return attempt.completion().evaluated(folder, attempt.tell)


def _evaluate(attempt: "_Attempt", todo: list[Evaluation]) -> bool:
    """Evaluate as the one writer of the ledger; return False if another run has taken over and has finished."""
    with Signals() as signals, ledger.Writer(attempt.path) as writer:
        try:
            writer.append(attempt.reused)
            if todo:
                for line in silhouette_time.lines(attempt.request):
                    attempt.tell(line)
                attempt.evaluate(todo, writer, signals)
        except BaseException as error:
            if not writer.replaced():
                raise
            end_snakemake_of_replaced_job()
            # Snakemake deletes the output of a job that fails: if the other run has written it by now, this job must succeed.
            finished = (attempt.folder / EVALUATED).exists() and not attempt.completion().missing
            if not isinstance(error, ledger.Replaced) or not finished:
                raise
            attempt.tell("another run has taken over this ledger and finished the search")
            return False
    return True


class _Attempt:
    """The state of one attempt."""

    def __init__(
        self,
        request: Request,
        folder: Path,
        allocation: Allocation,
        study: Path,
        log: IO[str],
        say: Callable[[str], None],
    ) -> None:
        self.request, self.folder, self.allocation, self.study = request, folder, allocation, study
        self.path = folder / LEDGER
        self.reused: list[str] = []
        """Lines of other ledgers that serve this search, to be copied."""
        self._log, self._say = log, say
        self._requested = Requested(request)
        self._best = BestSoFar(len(request.folds), lower_is_better=request.ranking[1])
        self._grouping = Grouping(request)
        self._task = json.dumps(request.task())
        self._scores: dict[str, float] = {}
        """By key; kept only where candidates depend on them."""
        self._why: str | None = None
        self._time: TimeLeft | None = None
        self._looked_for_stop = 0.0

    def tell(self, line: str) -> None:
        """Write a line about this search to the screen and to the log."""
        self._say(f"{self.request.name}: {line}")
        self._log.write(f"{self.request.name}: {line}\n")
        self._log.flush()

    def look(self) -> list[Evaluation]:
        """Compare what is requested with what is recorded, here and by others; return what is to do, and report it."""
        made, notes = made_in(self.path), Notes()
        missing, found = self._missing(made, notes)
        sources, lines = found.sources, [*unused(notes, made, self.request), *found.unused]
        while not missing and self._requested.next_round(self._scores):
            missing, found = self._missing(made)
            sources += found.sources
        said = ", ".join(f"{count:,} from {name}" for name, count in sources.items())
        recorded = f"{len(self._requested.own) - len(missing):,} recorded{f' ({said})' if said else ''}"
        self.tell(f"{len(self._requested):,} evaluations, {recorded}, {len(missing):,} to do")
        if notes.damaged:
            self.tell(f"{notes.damaged:,} damaged lines in {self.path} are passed over")
        for line in lines:
            self.tell(line)
        self._unwritten = [m for m in self.request.made.values() if m["id"] not in made]
        return missing

    def _missing(self, made: dict[str, Made], notes: Notes | None = None) -> tuple[list[Evaluation], reuse.Reused]:
        """Return the requested evaluations that have no record, here or elsewhere, and what was found elsewhere."""
        missing = {key: e for key, e in self._requested.different.items() if key not in self._scores}

        def take(evaluation: Evaluation, record: Record) -> None:
            if missing.pop(evaluation.key, None):
                self._note_score(evaluation, ledger.score(record["test"], self.request.ranking[0]))

        for evaluation, record in self._requested.records(self.path, made=made, notes=notes):
            take(evaluation, record)
        found = reuse.find(self._requested, missing, self.folder, made)
        for evaluation, record in found.records:
            take(evaluation, record)
        self.reused += found.lines
        return list(missing.values()), found

    def _note_score(self, evaluation: Evaluation, score: float) -> None:
        self._best.add(evaluation, score)
        if self._requested.learns:
            self._scores[evaluation.key] = score

    def _next_round(self, writer: ledger.Writer) -> list[Evaluation]:
        """Tell the strategy the scores of its last round; return what is to do of the next, nothing when the search is finished."""
        while self._requested.next_round(self._scores):
            self.reused = []
            missing, _ = self._missing(made_in(self.path))
            writer.append(self.reused)
            if missing:
                return missing
        return []

    def evaluate(self, todo: list[Evaluation], writer: ledger.Writer, signals: Signals) -> None:
        """Evaluate, round after round; append records as they come."""
        if (end := self.allocation.launcher.end_time()) is not None:
            self._time = TimeLeft(end - time.time())
        session = self._session(len(todo))
        farm = Farm(session, self._message)
        progress = Progress(self.request.name, self._best, self._log)
        recorder = Recorder(self.request, writer, progress, self._log)
        state = RunState(self.folder, self.request, self.allocation.memory, session, farm, progress)
        try:
            self._plan(farm, todo, progress)
            if self._unwritten:
                writer.append(ledger.encode(made_line(made)) for made in self._unwritten)
            state.write()
            farm.connect(lambda: self._check_stop(farm, signals, recorder))
            progress.begin()
            while True:
                self._drain(farm, signals, recorder, state)
                recorder.append()
                if farm.stopping or not (todo := self._next_round(writer)):
                    break
                self._plan(farm, todo, progress)
            if signals.seen or self._why == "time":
                raise Interrupted(f"{self.request.name}: {self._why_left(progress)}")
        finally:
            try:
                recorder.append()
            finally:
                session.close()
                if not writer.replaced():
                    state.end()
                progress.close()  # last: a terminal that has been closed refuses it

    def _plan(self, farm: Farm, todo: list[Evaluation], progress: Progress) -> None:
        progress.total += len(todo)
        while todo:  # the plan has them now, and lets go of each that ends
            farm.plan.add(self._grouping.pending(todo.pop()))

    def _drain(self, farm: Farm, signals: Signals, recorder: Recorder, state: RunState) -> None:
        """Evaluate all that is planned."""
        for results in farm.run():
            for result in results:
                recorder.add(result)
                self._note_score(result.evaluation, result.score)
            if recorder.failure and self.request.spec.get("on_error") == "raise":
                farm.stop(recorder.failure)
            recorder.append_if_due()
            recorder.progress.show()
            state.write()
            self._report(farm)
            self._check_stop(farm, signals, recorder)

    def _report(self, farm: Farm) -> None:
        """Write what the farm has met since the last time: deaths to the log, what a person should know to the screen, too."""
        for death in farm.deaths:
            self._log.write(death + "\n")
        farm.deaths.clear()
        for line in farm.said:
            self.tell(line)
        farm.said.clear()

    def completion(self) -> Completion:
        """Compare what is requested with what is recorded now."""
        return Completion(self._requested, self.path)

    def _session(self, evaluations: int) -> Session | Borrowed:
        """Start the engines, or return the cluster that someone else has started."""
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
        """Return the message for an engine."""
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
        """Stop or leave where there is a reason to: a signal, a failure that is fatal, the end of the job's time, `foldwork stop`."""
        name = self.request.name
        if signals.seen:
            self._why = signals.seen
            raise Interrupted(
                f"{name}: told to stop ({signals.seen}); what has ended is recorded, run snakemake again to go on"
            )
        if recorder.failure and farm.stopping == recorder.failure:
            raise FoldworkError(f"{name}: {recorder.failure}")
        if self._time is not None and (left := self._time.left()) < self._time.margin:
            self._why = "time"
            farm.stop("the job's time is nearly up")
            if left < 15:
                raise Interrupted(
                    f"{name}: the job's time is up; what has ended is recorded, run snakemake again to go on"
                )
        if recorder.appended != self._looked_for_stop:  # no more often than the file system is written to
            self._looked_for_stop = recorder.appended
            if (self.folder / STOP).exists():
                self._why = "foldwork stop"
                farm.stop(self._why)

    def _why_left(self, progress: Progress) -> str:
        reason = "the job's time is nearly up" if self._why == "time" else f"told to stop ({self._why})"
        return f"{reason}; {progress.done:,} of {progress.total:,} evaluations of this run are recorded, run snakemake again to go on"


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed run left: its folder and processes, running.json, and files that it was writing."""
    for left in folder.glob(f"{RUN}-*"):
        end_abandoned_session(str(left.absolute()))
        shutil.rmtree(left, ignore_errors=True)
    for left in [*folder.glob(".*.part"), folder / RUNNING]:
        with contextlib.suppress(OSError):
            left.unlink()
