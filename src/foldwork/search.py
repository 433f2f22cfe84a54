"""Run a search or a clustering: what the evaluate job does, from what is asked to what is recorded."""

import contextlib
import csv
import json
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from foldwork import ledger, request, reuse, silhouette_time
from foldwork.engines.places import Place, leave_to_successor, submission
from foldwork.engines.session import CONNECT, RUN_VARIABLE, Borrowed, Session
from foldwork.errors import FoldworkError
from foldwork.failures import by_kind
from foldwork.farm import Farm, Result
from foldwork.files import replacing, write_json
from foldwork.layout import ASKED, ENGINES, LEDGER, RUN, RUNNING, STOP
from foldwork.leaving import Interrupted, Signals, TimeLeft
from foldwork.plan import Evaluation
from foldwork.progress import Best, Progress
from foldwork.recorded import Notes, Requested, made_in, unused
from foldwork.versions import names_in

APPEND_EVERY = 1.0
"""Seconds between two appends at least: a slow shared file system is not asked more often."""

PRELOADABLE = ("sklearn", "numpy", "scipy", "pandas")
"""Packages known to bear a fork after they are imported."""

TRACEBACKS = 100
"""Different errors whose tracebacks go to the log; the ledger has all."""

SAY_EVERY = 2.0
"""Seconds between two lines of the run about itself, for `foldwork status`."""


def run(
    asked: dict[str, Any],
    folder: Path,
    *,
    place: Place,
    engines: int,
    memory: int = 0,
    study: Path,
    log: IO[str],
    say: Any = None,
) -> dict[str, Any] | None:
    """Evaluate all that is asked for and not recorded.

    Parameters
    ----------
    asked : dict
        What `request.make` gave.
    folder : Path
        Where the ledger lies and the results will.
    place : Place
        Where the engines run.
    engines : int
        How many.
    memory : int
        Bytes of private memory that an engine may use; 0 for no bound.
    study : Path
        The study's directory, for the user's own modules.
    log : file
        The job's log.
    say : callable, optional
        Takes lines for the screen.

    Returns
    -------
    dict or None
        What belongs into evaluated.json: counts by fold, `state` ("complete" or "stopped") and `why`, and the request itself. None where another
        run has taken over, and has written it.

    Raises
    ------
    FoldworkError
        When it cannot go on; what has ended is recorded. `Interrupted` when it was told to leave or its time is up.
    """
    say = say or (lambda line: print(line, file=sys.stderr))
    job = _Job(asked, folder, study, log, say)
    sweep(folder)
    write_json(folder / ASKED, asked)  # also where nothing is to do: `foldwork status` counts what was asked for last
    todo, best = job.look()
    if (folder / STOP).exists():
        todo = []
    if todo or job.reused:
        with Signals() as signals, ledger.Writer(job.path) as writer:
            try:
                writer.append(job.reused)
                if todo:
                    for line in silhouette_time.lines(asked):
                        job.tell(line)
                    job.evaluate(todo, best, writer, signals, place, engines, memory)
            except BaseException as error:
                if not writer.replaced():
                    raise
                leave_to_successor()
                # Snakemake deletes the output of a job that fails: if the other run has written it by now, this job must end well.
                if not isinstance(error, ledger.Replaced) or not (folder / "evaluated.json").exists() or job.missing():
                    raise
                job.tell("another run has taken over this ledger and finished the search")
                return None
    return job.account()


class _Job:
    """One attempt at a search."""

    def __init__(self, asked: dict[str, Any], folder: Path, study: Path, log: IO[str], say: Any) -> None:
        self.asked, self.folder, self.study, self.log, self.say = asked, folder, study, log, say
        self.name = asked["name"]
        self.path = folder / LEDGER
        self.why: str | None = None
        self.reused: list[str] = []
        """Lines of other ledgers that serve this search, to be copied."""
        self._lines: list[str] = []
        self._appended = 0.0
        self._said = -SAY_EVERY
        self._traced: set[str] = set()
        self._memory = 0
        self._time: TimeLeft | None = None
        self._submission = submission()
        self.rank, self.lower_is_better = request.ranking(asked)
        self.task = json.dumps(request.task(asked))

    def tell(self, line: str) -> None:
        """Say a line about this search on the screen and in the log."""
        self.say(f"{self.name}: {line}")
        self.log.write(f"{self.name}: {line}\n")
        self.log.flush()

    def look(self) -> tuple[list[Evaluation], Best]:
        """Compare what is asked with what is recorded, here and by others; say what there is to do."""
        best = Best(request.fold_count(self.asked), lower_is_better=self.lower_is_better)
        requested, made, notes = Requested(self.asked), made_in(self.path), Notes()
        missing = dict(requested.different)

        def take(evaluation: Evaluation, record: dict[str, Any]) -> None:
            del missing[evaluation.key]
            best.add(evaluation, ledger.score(record["test"], self.rank))

        for evaluation, record in requested.records(self.path, made=made, notes=notes):
            take(evaluation, record)
        found = reuse.find(requested, missing, self.folder, made)
        for evaluation, record in found.records:
            take(evaluation, record)
        self.reused = found.lines
        sources = ", ".join(f"{count:,} from {name}" for name, count in found.sources.items())
        recorded = f"{len(requested.different) - len(missing):,} recorded{f' ({sources})' if sources else ''}"
        self.tell(f"{len(requested.evaluations):,} evaluations, {recorded}, {len(missing):,} to do")
        if notes.damaged:
            self.tell(f"{notes.damaged:,} damaged lines in {self.path} are passed over")
        for line in unused(notes, made, self.asked):
            self.tell(line)
        self.unwritten = [m for m in self.asked["made"].values() if m["id"] not in made]
        return list(missing.values()), best

    def describe(self, number: int, bundle: list[Evaluation]) -> dict[str, Any]:
        """Return the message for an engine."""
        fold = self.asked["folds"][bundle[0].fold]
        return {
            "number": number,
            "study": str(self.study),
            "task": self.task,
            "fold": {name: fold[name] for name in ("index", "path", "sha256", "train", "test") if name in fold},
            "evaluations": [(e.key, self.asked["made"][e.model]["id"], e.model, e.params, e.attempts) for e in bundle],
        }

    def evaluate(
        self,
        todo: list[Evaluation],
        best: Best,
        writer: ledger.Writer,
        signals: Signals,
        place: Place,
        engines: int,
        memory: int,
    ) -> None:
        """Run what is to do; append records as they come."""
        if (end := place.end_time()) is not None:
            self._time = TimeLeft(end - time.time())
        engines = max(1, min(engines, len(todo)))
        self._memory = memory
        preload = sorted(
            {n.rpartition(".")[0] for n in names_in(self.asked["spec"]) if n.partition(".")[0] in PRELOADABLE}
        )
        if name := os.environ.get(CONNECT):
            session: Session | Borrowed = Borrowed(name)
        else:
            session = Session(
                self.folder / f"{RUN}-{secrets.token_hex(4)}",
                place,
                engines,
                cpus=self.asked["threads"],
                memory=memory,
                preload=[*preload, "sklearn.metrics"],
                log=self.log,
            )
        farm = Farm(session, self.describe)
        progress = Progress(self.name, len(todo), best, self.log)
        try:
            while todo:  # the plan has them now, and lets go of each that ends
                farm.plan.add(todo.pop())
            if self.unwritten:
                writer.append(ledger.encode({"key": request.MADE + made["id"], **made}) for made in self.unwritten)
            self._say(farm, progress, session)
            farm.connect(lambda: self._reasons_to_stop(farm, signals))
            progress.begin()
            for results in farm.run():
                for result in results:
                    self._record(result, farm, progress)
                if self._lines and time.monotonic() - self._appended >= APPEND_EVERY:
                    self._append(writer)
                progress.show()
                self._say(farm, progress, session)
                for death in farm.deaths:
                    self.log.write(death + "\n")
                farm.deaths.clear()
                self._reasons_to_stop(farm, signals)
            if signals.seen or self.why == "time":
                raise Interrupted(f"{self.name}: {self._left(progress)}")
        finally:
            try:
                self._append(writer)
            finally:
                session.close()
                if not writer.replaced():
                    (self.folder / RUNNING).unlink(missing_ok=True)
                    write_engines(self.folder, farm.engines.values())
                progress.close()  # last: a terminal that has been closed refuses it

    def _left(self, progress: Progress) -> str:
        reason = "the job's time is nearly up" if self.why == "time" else f"told to stop ({self.why})"
        return f"{reason}; {progress.done:,} of {progress.total:,} evaluations of this run are recorded, run snakemake again to go on"

    def _record(self, result: Result, farm: Farm, progress: Progress) -> None:
        evaluation = result.evaluation
        error = result.error
        if error == "timeout":
            limit = self.asked["spec"].get("timeout")
            error = (
                f"timeout: took longer than {limit:g} s" if limit else "ended its engine by SIGALRM, a timer of its own"
            )
        line = result.line or ledger.encode(self._failure(evaluation, error))
        self._lines.append(line)
        progress.add(error is not None)
        progress.best.add(evaluation, result.score)
        if error is not None:
            self.log.write(f"failed: {evaluation.model} {evaluation.params} on fold {evaluation.fold}: {error}\n")
            if error not in self._traced and len(self._traced) < TRACEBACKS:
                self._traced.add(error)
                self.log.write(((ledger.decode(line.encode()) or {}).get("traceback") or "") + "\n")
            if self.asked["spec"].get("on_error") == "raise":
                self.why = f"{evaluation.model} {evaluation.params} on fold {evaluation.fold} failed: {error}"
                farm.stop(self.why)

    def _failure(self, evaluation: Evaluation, error: str) -> dict[str, Any]:
        """Return the record of an evaluation that no engine survived. It is not final: `foldwork forget --failed` asks for it again."""
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        return {
            "key": evaluation.key,
            "made": self.asked["made"][evaluation.model]["id"],
            "model": evaluation.model,
            "params": evaluation.params,
            "fold": evaluation.fold,
            "status": "failed",
            "test": {},
            "train": None,
            "fit_time": None,
            "score_time": None,
            "error": error,
            "final": False,
            "started": now,
            "finished": now,
            "attempts": evaluation.attempts,
        }

    def _say(self, farm: Farm, progress: Progress, session: Session | Borrowed) -> None:
        """Tell `foldwork status` and `foldwork engines` how things stand."""
        now = time.monotonic()
        if now - self._said < SAY_EVERY:
            return
        self._said = now
        said = {
            "run": os.environ.get(RUN_VARIABLE),
            "node": os.uname().nodename,
            "pid": os.getpid(),
            "seconds": progress.seconds(),
            "done": progress.done,
            "in_flight": farm.in_flight(),
            "connection": session.connection_file(),
            "threads": self.asked["threads"],
            "memory": self._memory,
            "slurm": self._submission,
            "engines": [engine for engine in farm.engines.values() if "ended" not in engine],
        }
        with contextlib.suppress(OSError):  # a full disk is the ledger's to complain of
            write_json(self.folder / RUNNING, said)

    def _append(self, writer: ledger.Writer) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            writer.append(lines)
            self._appended = time.monotonic()

    def _reasons_to_stop(self, farm: Farm, signals: Signals) -> None:
        if signals.seen:
            self.why = signals.seen
            raise Interrupted(
                f"{self.name}: told to stop ({signals.seen}); what has ended is recorded, run snakemake again to go on"
            )
        if self.why and self.asked["spec"].get("on_error") == "raise" and farm.stopping:
            raise FoldworkError(f"{self.name}: {self.why}")
        if self._time is not None and (left := self._time.left()) < self._time.margin:
            self.why = "time"
            farm.stop("the job's time is nearly up")
            if left < 15:
                raise Interrupted(
                    f"{self.name}: the job's time is up; what has ended is recorded, run snakemake again to go on"
                )
        if self._appended != getattr(self, "_looked", None):
            self._looked = self._appended
            if (self.folder / STOP).exists():
                self.why = "foldwork stop"
                farm.stop(self.why)

    def missing(self) -> int:
        """Return how many evaluations have no record."""
        requested = Requested(self.asked)
        return len(requested.different) - sum(1 for _ in requested.records(self.path))

    def account(self) -> dict[str, Any]:
        """Count what is recorded of what is asked, by fold, and what of that others have evaluated."""
        requested = Requested(self.asked)
        folds = [{"fold": f["index"], "asked": 0, "recorded": 0, "failed": 0} for f in self.asked["folds"]]
        for evaluation in requested.different.values():
            folds[evaluation.fold]["asked"] += 1
        reused: Counter[str] = Counter()
        errors: Counter[str] = Counter()
        scored = False
        for evaluation, record in requested.records(self.path):
            folds[evaluation.fold]["recorded"] += 1
            if record["status"] != "ok":
                folds[evaluation.fold]["failed"] += 1
                errors[record["error"]] += 1
            scored = scored or record["status"] == "ok" or any(value != "nan" for value in record["test"].values())
            reused.update([record["from"]] if "from" in record else [])
        sums = {name: sum(fold[name] for fold in folds) for name in ("asked", "recorded", "failed")}
        complete = sums["asked"] == sums["recorded"]
        if not complete and not (self.folder / STOP).exists():
            raise FoldworkError(
                f"{self.name}: {sums['asked'] - sums['recorded']:,} evaluations have no record; run snakemake again"
            )
        if complete and not scored:
            said = "; ".join(f"{count:,} × {error}" for error, count in errors.most_common(3))
            more = f"; {len(errors) - 3:,} other errors" if len(errors) > 3 else ""
            raise FoldworkError(
                f"{self.name}: all {sums['asked']:,} evaluations failed: {said}{more}; foldwork failed {self.name} lists them"
            )
        if sums["failed"]:
            self.tell(
                f"{sums['failed']:,} of {sums['asked']:,} evaluations failed; foldwork failed {self.name} lists them"
            )
            if self.asked["spec"].get("on_error") == "raise":
                raise FoldworkError(
                    f"{self.name}: {sums['failed']:,} evaluations failed and on_error is raise; foldwork failed {self.name} lists them"
                )
        if not complete:
            self.tell(
                f"stopped with {sums['recorded']:,} of {sums['asked']:,} evaluations; foldwork resume {self.name}, then snakemake, goes on"
            )
        state = {"state": "complete", "why": None} if complete else {"state": "stopped", "why": "foldwork stop"}
        return {
            self.asked["kind"]: self.name,
            **state,
            "began": began(),
            **sums,
            "failures": by_kind(errors),
            "reused": dict(sorted(reused.items())),
            "folds": folds,
            "request": self.asked,
        }


def began() -> float:
    """Return when this process started, in seconds since the epoch, to a hundredth of a second (Linux)."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")


def sweep(folder: Path) -> None:
    """Remove what a killed run left: its folder, where its controller was killed too, and files that it was writing."""
    import shutil

    for left in folder.glob(f"{RUN}-*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.glob(".*.part"):
        left.unlink(missing_ok=True)


def write_engines(folder: Path, engines: Iterable[dict[str, Any]]) -> None:
    """Write engines.csv: who worked, where, how much, the memory of each (bytes), and how it ended where it did before the run."""
    columns = [
        "host",
        "node",
        "pid",
        "evaluations",
        "busy",
        "first",
        "last",
        "peak",
        "unshared",
        "shared",
        "free",
        "ended",
    ]
    rows = sorted((each for each in engines if each["evaluations"]), key=lambda engine: (engine["node"], engine["pid"]))
    with (
        contextlib.suppress(OSError),
        replacing(folder / ENGINES) as temporary,
        open(temporary, "w", newline="") as file,
    ):
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
