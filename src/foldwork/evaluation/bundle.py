"""Run a bundle: evaluations of one fold that an engine gets as one message. Nothing else of foldwork is called on an engine.

Each evaluation becomes one line of the ledger, and what it raises becomes the line's error.

Members of a record are filled in here, apart from the scores, times, route and labels (`fit_and_score`, `clustering`). docs/results.md documents each,
under "Members of a record". A new member of the same name in `results.tables.Evaluations` is a column of evaluations.csv.
"""

import contextlib
import datetime
import json
import os
import signal
import sys
import time
import warnings
from typing import Any, NamedTuple

import numpy as np

from foldwork.data import fold_files
from foldwork.errors import one_line
from foldwork.evaluation import engine_slot, fit_and_score
from foldwork.evaluation.engine_usage import identity, memory
from foldwork.evaluation.fold_arrays import arrays_of
from foldwork.evaluation.growing import Growth
from foldwork.evaluation.inner_rows import numbers_of_fold
from foldwork.evaluation.keep import Keeper
from foldwork.evaluation.process_state import ProcessState
from foldwork.evaluation.rescoring import rescored
from foldwork.evaluation.task import Task, task_of
from foldwork.evaluation.tracebacks import current_traceback
from foldwork.storage import ledger

WARNINGS, WARNING_LENGTH, WARNINGS_READ = 5, 300, 1000
"""Different warnings that a record keeps, characters of each, and how many are looked at."""


def run(bundle: dict[str, Any]) -> dict[str, Any]:
    """Run the evaluations of a bundle one after another.

    Parameters
    ----------
    bundle : dict
        `number`; `study` (the folder that holds the user's own modules); `task` (JSON text of a `Task`'s description); `fold` (`index`,
        `path`, `sha256`; if one file holds all folds also the row ranges `train` and `test`; of an inner fold also `inner`); `evaluations`, a list
        of `(key, made, model, params, attempts, resource)`. To store predictions also `keep` (see `keep.Keeper`), and to score stored ones `sources`, a dict
        of key to source (see `rescoring.rescored`), and `again`, keys of evaluations that have a record, and are made again for their predictions. To
        continue fits `grow` (see `growing.Growth`).

    Returns
    -------
    dict
        `number`; `results`, for each evaluation `(line, score, seconds, error)`: its ledger line, the value of the metric that ranks, its
        duration, and an error's text or None; `memory` (see `engine_usage.memory`) and `who` (`engine_usage.identity`) of this engine;
        `busy`, the seconds of the bundle.

    Raises
    ------
    FoldworkError
        If the fold's file is missing or damaged.
    """
    if bundle["study"] not in sys.path:
        sys.path.insert(0, bundle["study"])
    fold = bundle["fold"]
    # A SIGINT from outside ends this engine, as any other signal does; a KeyboardInterrupt is one that the estimator raises.
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    who = identity()
    keeper, sources, again = Keeper(bundle.get("keep")), bundle.get("sources", {}), set(bundle.get("again", ()))
    growth, last_fit = Growth(bundle.get("grow")), fit_and_score.last_fit
    results = []
    began = time.perf_counter()
    try:
        for position, evaluation in enumerate(bundle["evaluations"]):
            begun = engine_slot.current().begun + 1
            engine_slot.update(bundle=bundle["number"], at=position, begun=begun, deadline=0.0)
            work = _Work(*evaluation, fold, sources.get(evaluation[0]))
            last_fit.begin(growth.shorter(work.key))
            found = _evaluate(bundle["task"], work, keeper)
            growth.finish(work.key, found.record, last_fit)
            record = work.names(ledger.PREDICTIONS if work.key in again else "")
            record |= found.record | who | {"attempts": work.attempts}
            results.append((ledger.encode(record), found.score, found.seconds, found.record["error"]))
        keeper.flush()
    finally:
        signal.signal(signal.SIGINT, handler)
        last_fit.clear()  # it may be large, and no bundle continues another
        with contextlib.suppress(OSError, ValueError):  # an estimator may have closed it
            sys.stdout.flush()  # an incomplete line, too
    engine_slot.update(bundle=-1, at=-1, deadline=0.0)
    return {
        "number": bundle["number"],
        "results": results,
        "memory": memory(),
        "who": who,
        "busy": time.perf_counter() - began,
    }


class _Work(NamedTuple):
    key: str
    made: str
    model: str
    params: dict[str, Any]
    attempts: int
    resource: dict[str, Any] | None
    fold: dict[str, Any]
    source: dict[str, Any] | None

    def names(self, prefix: str) -> dict[str, Any]:
        """Return the first members of its record; `prefix` is that of the key."""
        found = {"key": prefix + self.key, "made": self.made, "model": self.model, "params": self.params}
        found |= numbers_of_fold(self.fold["index"], self.fold.get("inner"))
        return found if self.resource is None else {**found, "resource": self.resource}


class _Evaluated(NamedTuple):
    record: dict[str, Any]
    score: float
    seconds: float


def _evaluate(text: str, work: _Work, keeper: Keeper) -> _Evaluated:
    """Run one evaluation. `text` describes the task; whatever the evaluation raises becomes its record's error."""
    fold = work.fold
    file = fold_files.open_file(fold["path"], fold["sha256"])
    pid = os.getpid()
    started = time.time()  # a date; durations come from a clock that nobody sets
    began = time.perf_counter()
    record: dict[str, Any] = {
        "status": "ok",
        "test": {},
        "train": None,
        "fit_time": None,
        "score_time": None,
        "error": None,
    }
    caught: list[warnings.WarningMessage] = []
    task = state = None
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            task = task_of(text)
            state = ProcessState()  # after the import of the study's modules: what they set stays
            if task.timeout:
                _start_timer(task.timeout)
            _fill(record, task, work, file, keeper)
    except BaseException as error:  # also SystemExit and KeyboardInterrupt of the estimator
        record["status"] = "failed"
        record["error"] = one_line(error)
        record["traceback"] = current_traceback()
        record.pop("predictions", None)
    finally:
        if os.getpid() != pid:
            os._exit(0)  # the estimator has forked, and this is the child: it must not continue as an engine
        if task is not None and task.timeout:
            signal.setitimer(signal.ITIMER_REAL, 0)
            engine_slot.update(deadline=0.0)
        if state is not None:
            state.restore()
    if caught:
        found = {_text(each)[:WARNING_LENGTH] for each in caught[:WARNINGS_READ]}
        record["warnings"] = sorted(found.union(record.get("warnings", ())))[:WARNINGS]
    seconds = time.perf_counter() - began
    if not file.unchanged():  # written meanwhile: unless its bytes are the same, the result must not be recorded
        fold_files.open_file(fold["path"], fold["sha256"])
    if "test" in (predicted := record.get("predictions") or {}) and "file" not in predicted:
        record["predictions"] = keeper.store(predicted)
    record["started"], record["finished"] = _timestamp(started), _timestamp(started + seconds)
    score = np.nan if task is None else ledger.score(record["test"], task.rank)
    return _Evaluated(record, score, seconds)


def _fill(record: dict[str, Any], task: Task, work: _Work, file: fold_files.ArrayFile, keeper: Keeper) -> None:
    """Evaluate one candidate and fill in its record."""
    fold = work.fold
    if task.kind == "clustering":
        from foldwork.evaluation.clustering import fit_clustering  # searches do without this import

        fit_clustering(task, work.model, work.params, file.fresh(), record, work.resource)
    else:
        arrays = arrays_of(file.fresh(), fold, work.resource)
        content = f"{fold['sha256']}-{fold['index']}"
        if work.resource is not None:
            content += json.dumps([work.resource, fold.get("groups")], sort_keys=True)
        if work.source is None or not rescored(task, work.model, work.source, arrays, record):
            fit_and_score.fit_and_score(task, work.model, work.params, arrays, record, content, keeper.wanted)


def _start_timer(seconds: float) -> None:
    """End this process after `seconds`: the default action of SIGALRM does it, in compiled code, too.

    The host reports why the engine ended. It ends the engine itself if the estimator has disabled the signal.
    """
    engine_slot.update(deadline=time.monotonic() + seconds)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _text(caught: warnings.WarningMessage) -> str:
    return one_line(caught.message if isinstance(caught.message, Warning) else RuntimeWarning(caught.message))


def _timestamp(seconds: float) -> str:
    """Return seconds since the epoch as ISO 8601 in UTC, to the microsecond."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="microseconds")
