"""Evaluate a bundle: this is what runs on an engine, and nothing else of foldwork does.

An evaluation does what `GridSearchCV` does for one candidate and one split, in the same order and with public scikit-learn calls: clone,
set the parameters, fit on the train part, score the test part (then the train part). What it finds becomes one line of the ledger.
"""

import contextlib
import datetime
import json
import os
import re
import resource
import signal
import sys
import time
import traceback
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from foldwork.data import fold_files
from foldwork.errors import MOST_LETTERS, one_line, printable
from foldwork.evaluation import engine_slot, ensembles, shared_prefix
from foldwork.evaluation.intermediates import Intermediates
from foldwork.evaluation.process_state import Surroundings
from foldwork.evaluation.step_key import public_path
from foldwork.storage import ledger
from foldwork.study import objects
from foldwork.study.versions import SHARING

slot: memoryview | None = None
"""Where this engine writes what it is at (`engine_slot.Slot`), for its host to read. Set by the host."""

threads = int(os.environ.get("OMP_NUM_THREADS") or 0)
"""Threads of this engine, as its host set them."""

_ERROR_LINES = 60
_MOST_WARNINGS = 1000


class Task:
    """What is the same for all evaluations of a search: estimators, scorers, and how to call them. Built once per engine.

    Parameters
    ----------
    description : dict
        `kind` ("search" or "clustering"), `models` (name to estimator spec), `scoring` or `metrics`, `train_scores`, `share`, `timeout`.
    """

    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description
        self.kind: str = description["kind"]
        self.timeout: float | None = description.get("timeout")
        self.text = json.dumps(description)
        self.rank: str | None = description.get("rank")
        self.models = {name: objects.build_estimator(spec) for name, spec in description["models"].items()}
        if self.kind == "search":
            scoring = description["scoring"]
            self.metrics = [objects.metric_name(metric) for metric in scoring] or ["score"]
            self.scorers = {name: objects.build_scorer(model, scoring) for name, model in self.models.items()}
            self.shares = bool(description.get("share"))
            self.also = {public_path(objects.locate(name)): name for name in description.get("also") or []}

    def candidate(self, model: str, params: dict[str, Any]) -> Any:
        """Return an unfitted estimator with these parameters, as `GridSearchCV` makes it."""
        from sklearn.base import clone

        estimator = clone(self.models[model])
        if params:
            estimator.set_params(**clone({name: objects.build(value) for name, value in params.items()}, safe=False))
        return estimator


_tasks: OrderedDict[str, Task] = OrderedDict()


def _task(text: str) -> Task:
    if text not in _tasks:
        _tasks[text] = Task(json.loads(text))
        while len(_tasks) > 4:
            _tasks.popitem(last=False)
    return _tasks[text]


def run(bundle: dict[str, Any]) -> dict[str, Any]:
    """Run the evaluations of a bundle one after another.

    Parameters
    ----------
    bundle : dict
        `number`; `study` (the folder that holds the user's own modules); `task` (JSON text of a `Task`'s description); `fold` (`index`,
        `path`, `sha256`, in a ring `train` and `test`); `evaluations`, a list of `(key, made, model, params, attempts)`.

    Returns
    -------
    dict
        `number`; `results`, one `(line, score, seconds, failed)` an evaluation: its ledger line, the value of the metric that ranks, how long it
        took in seconds, and an error's text or None; `memory` and `who` of this engine.

    Raises
    ------
    FoldworkError
        When the fold's file is missing or damaged.
    """
    if bundle["study"] not in sys.path:
        sys.path.insert(0, bundle["study"])
    fold = bundle["fold"]
    # An interrupt from outside ends this engine, as any other signal does; a KeyboardInterrupt is the estimator's own.
    interrupted = signal.signal(signal.SIGINT, signal.SIG_DFL)
    who = identity()
    results = []
    began = time.perf_counter()
    try:
        for position, (key, made, model, params, attempts) in enumerate(bundle["evaluations"]):
            _note(bundle=bundle["number"], at=position, begun=_at.begun + 1, deadline=0.0)
            record = {"key": key, "made": made, "model": model, "params": params, "fold": bundle["fold"]["index"]}
            outcome, seconds = _evaluate(bundle["task"], model, params, fold)
            record |= outcome | who | {"attempts": attempts}
            score = _rank_score(bundle["task"], outcome["test"])
            results.append((ledger.encode(record), score, seconds, outcome["error"]))
    finally:
        signal.signal(signal.SIGINT, interrupted)
        last_fit.clear()  # it may be large, and no bundle goes on where another ended
        with contextlib.suppress(OSError, ValueError):  # an estimator may have closed it
            sys.stdout.flush()  # half a line, too
    _note(bundle=-1, at=-1, deadline=0.0)
    return {
        "number": bundle["number"],
        "results": results,
        "memory": memory(),
        "who": who,
        "busy": time.perf_counter() - began,
    }


_at = engine_slot.Slot()


def _note(**changed: float) -> None:
    """Tell the host what this engine is at."""
    global _at
    _at = _at._replace(**changed)
    if slot is not None:
        engine_slot.write(slot, _at)


def _evaluate(text: str, model: str, params: dict[str, Any], fold: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Make one evaluation, return its record and its seconds; what it raises becomes the record's error."""
    file = fold_files.open_file(fold["path"], fold["sha256"])
    pid = os.getpid()
    started = time.time()  # says when; how long, a clock that nobody sets
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
    timeout = around = None
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            task = _task(text)
            around = Surroundings()  # after the import of the study's modules, which may set what they like
            timeout = task.timeout
            if timeout:
                # The signal's default action ends the process, even inside compiled code; the host tells why. It ends it itself if that fails.
                _note(deadline=time.monotonic() + timeout)
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, timeout)
            if task.kind == "clustering":
                from foldwork.evaluation.clustering import cluster

                cluster(task, model, params, file.fresh(), record)
            else:
                arrays = fold_files.slices(file.fresh(), fold)
                fit_and_score(task, model, params, arrays, record, f"{fold['sha256']}-{fold['index']}")
    except BaseException as error:  # an exit, an interrupt that the estimator raises itself
        record["status"] = "failed"
        record["error"] = one_line(error)
        record["traceback"] = _trace()
    finally:
        if os.getpid() != pid:
            os._exit(0)  # the estimator has forked, and this is the child: it must not go on as an engine
        if timeout:
            signal.setitimer(signal.ITIMER_REAL, 0)
            _note(deadline=0.0)
        if around is not None:
            around.put_back()
    if caught:
        record["warnings"] = sorted({_warning(each)[:300] for each in caught[:_MOST_WARNINGS]})[:5]
    seconds = time.perf_counter() - began
    if not file.unchanged():  # written into meanwhile: unless its bytes are the same nothing of this may be recorded
        fold_files.open_file(fold["path"], fold["sha256"])
    record["started"], record["finished"] = timestamp(started), timestamp(started + seconds)
    return record, seconds


def _warning(caught: warnings.WarningMessage) -> str:
    return one_line(caught.message if isinstance(caught.message, Warning) else RuntimeWarning(caught.message))


def _trace() -> str:
    """Return the traceback of what is handled now, as far as it can be had."""
    try:
        lines = traceback.format_exc().splitlines()[-_ERROR_LINES:]
    except BaseException:  # other people's exceptions may do anything
        return ""
    return "\n".join(printable(line)[:MOST_LETTERS] for line in lines)


intermediates = Intermediates()
"""What evaluations of this engine share."""

last_fit = ensembles.LastFit()
"""The ensemble that it fitted last."""


def fit_and_score(
    task: Task, model: str, params: dict[str, Any], arrays: dict[str, Any], record: dict[str, Any], fold: str = ""
) -> None:
    """Fit one candidate on a fold and score it; fill `record` as far as it gets.

    Follows scikit-learn's `GridSearchCV` with `error_score=nan`: a fit that raises leaves NaN for every metric; a metric that raises among
    several leaves NaN for itself alone.

    Parameters
    ----------
    task : Task
    model : str
    params : dict
        The candidate's parameters, as the config has them.
    arrays : dict
        X_train, y_train, X_test, y_test.
    record : dict
        Gets `test`, `train`, `fit_time`, `score_time`, `route` ("plain" or "shared", then with the version of the code for it, `sharing`), and what
        failed.
    fold : str
        Key of the fold's content.
    """
    start = time.perf_counter()
    _blank(task, record)
    try:
        estimator = task.candidate(model, params)
    finally:
        record["fit_time"], record["score_time"] = time.perf_counter() - start, 0.0
    ready = shared_prefix.plain(estimator, arrays, fold)
    if task.shares:
        with contextlib.suppress(Exception):  # the plain route meets the same error, and it is scikit-learn's there
            ready = shared_prefix.prepare(
                estimator,
                arrays,
                fold,
                intermediates,
                also=frozenset(task.also),
                train_scores=task.description["train_scores"],
            )
    if ready.shared:
        found = dict(record)
        with contextlib.suppress(Exception):
            _fit_and_score(task, model, ready, arrays["y_test"], found, start)
            if found["status"] == "ok":
                record.update(found)
                return
        ready = shared_prefix.plain(estimator, arrays, fold)
    _fit_and_score(task, model, ready, arrays["y_test"], record, start)


def _blank(task: Task, record: dict[str, Any]) -> None:
    """Fill in what a record says before anything was fitted."""
    record["test"] = dict.fromkeys(task.metrics, "nan")
    record["train"] = dict.fromkeys(task.metrics, "nan") if task.description["train_scores"] else None
    record["route"] = "plain"


def _fit_and_score(
    task: Task, model: str, ready: shared_prefix.Prepared, y_test: Any, record: dict[str, Any], start: float
) -> None:
    """Fit what is left of a candidate, score it, and fill in scores, times and route."""
    cut = False
    try:
        with _without_checks(ready.checked):
            if task.shares:
                fitted, cut = last_fit.fit(ready.data, ready.estimator, ready.X_train, ready.y_train)
            else:
                fitted = ready.estimator
                fitted.fit(ready.X_train) if ready.y_train is None else fitted.fit(ready.X_train, ready.y_train)
    finally:
        record["fit_time"], record["score_time"] = time.perf_counter() - start, 0.0
        if ready.shared or cut:
            record |= {"route": "shared", "sharing": SHARING} | (
                {"also": [task.also[path] for path in ready.also]} if ready.also else {}
            )
    start = time.perf_counter()
    scorer, scored = task.scorers[model], ready.scored(fitted)
    with _without_checks(ready.checked):
        record["test"] = _scores(task, lambda: _call(scorer, scored, ready.X_test, y_test), record)
        record["score_time"] = time.perf_counter() - start
        if task.description["train_scores"]:
            record["train"] = _scores(task, lambda: _call(scorer, scored, ready.X_again, ready.y_again), record)


def _without_checks(checked: bool) -> contextlib.AbstractContextManager[None]:
    """Skip scikit-learn's finiteness checks on matrices that libsvm would not have checked."""
    if not checked:
        return contextlib.nullcontext()
    import sklearn

    return sklearn.config_context(assume_finite=True)


def _call(scorer: Callable[..., Any], estimator: Any, X: Any, y: Any) -> Any:
    return scorer(estimator, X) if y is None else scorer(estimator, X, y)


def _scores(task: Task, call: Callable[[], Any], record: dict[str, Any]) -> dict[str, float | str]:
    """Call a scorer; return metric to number. An error of one metric is noted in the record and gives "nan" there."""
    try:
        found = call()
    except Exception as error:
        found = dict.fromkeys(task.metrics, _trace() or one_line(error))
    if not isinstance(found, dict):
        found = {task.metrics[0]: found}
    scores: dict[str, float | str] = {}
    # One scorer of the user's own may return several scores: then these are the metrics.
    for name, value in found.items():
        if isinstance(value, str):
            record["status"] = "failed"
            lines = [printable(line)[:MOST_LETTERS] for line in value.strip().splitlines()[-_ERROR_LINES:]]
            record["error"] = record["error"] or f"scoring {name}: {lines[-1]}"
            record["traceback"] = "\n".join(lines)
            value = np.nan
        scores[name] = ledger.finite(as_number(name, value))
    return scores


def as_number(name: str, value: Any) -> float | int:
    """Return a metric's value as a Python number, as scikit-learn reads it."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, (int, float)):
        raise ValueError(f"scoring must return a number, got {value!r} ({type(value).__name__}) instead ({name})")
    try:
        float(value)
    except OverflowError:
        raise ValueError(f"scoring must return a number that a float can hold ({name})") from None
    return value


def _rank_score(text: str, test: dict[str, Any]) -> float:
    """Return the value of the metric that ranks, NaN where there is none."""
    return ledger.score(test, _tasks[text].rank) if text in _tasks else np.nan


def timestamp(seconds: float) -> str:
    """Return a time as ISO 8601 in UTC, to the microsecond."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="microseconds")


_identity: dict[str, Any] = {}


def identity() -> dict[str, Any]:
    """Return who this engine is: `host`, `node` (Slurm's name of it, else the host's) and `pid`."""
    if _identity.get("pid") != os.getpid():
        host = os.uname().nodename
        _identity.update(host=host, node=os.environ.get("SLURMD_NODENAME") or host, pid=os.getpid())
    return dict(_identity)


LOOK_EVERY = 1.0
"""Seconds between two looks at an engine's memory at least: the kernel walks through all its pages for it, some milliseconds."""

_seen: dict[str, Any] = {"at": float("-inf")}


def memory() -> dict[str, int]:
    """Return this engine's memory in bytes: `peak` (resident), and as they were within the last second `unshared` (pages of its own), `shared` and `free` of its host."""
    now = time.monotonic()
    if now - _seen["at"] >= LOOK_EVERY:
        _seen.update(at=now, found=_look())
    return {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, **_seen["found"]}


def _look() -> dict[str, int]:
    found = {"unshared": 0, "shared": 0, "free": 0}
    try:
        with open("/proc/self/smaps_rollup") as file:
            sizes = {name: int(kb) * 1024 for name, kb in re.findall(r"^(\w+):\s+(\d+) kB", file.read(), re.MULTILINE)}
        found["unshared"] = sizes.get(
            "Private_Dirty", 0
        )  # a clean page of a file is free to be shared, even if nobody does
        found["shared"] = sizes.get("Shared_Clean", 0) + sizes.get("Shared_Dirty", 0)
        with open("/proc/meminfo") as file:
            free = re.search(r"MemAvailable:\s+(\d+) kB", file.read())
        found["free"] = int(free[1]) * 1024 if free else 0
    except OSError:
        pass
    return found
