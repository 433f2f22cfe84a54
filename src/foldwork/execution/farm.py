"""Schedule bundles on engines: keep some in flight, receive results, and handle engines that die or do not answer."""

import queue
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from foldwork.engines import ipyparallel_private, watchdog
from foldwork.engines.session import PATIENCE, Borrowed, Session
from foldwork.errors import FoldworkError
from foldwork.execution.exit_reason import exit_reason
from foldwork.execution.plan import Pending, Plan
from foldwork.records.error_kinds import TIMEOUT, ended_engines
from foldwork.records.evaluation import Evaluation

KILLS = 3
"""Number of ended engines after which an evaluation is recorded as failed."""

KILLS_FROM_OUTSIDE = 10
"""The same, if engines are killed from outside, whatever they evaluate."""

OUTSIDE = 5
"""Number of evaluations with an unexplained SIGKILL from which on engines count as killed from outside."""


@dataclass(slots=True)
class Result:
    """A finished evaluation.

    Attributes
    ----------
    pending : Pending
    line : str or None
        Its line for the ledger. None if it ended its engines or timed out.
    score : float
        By the metric that ranks; NaN if it failed.
    seconds : float
        Duration on the engine.
    error : str or None
        The error of a failed evaluation.
    """

    pending: Pending
    line: str | None
    score: float
    seconds: float
    error: str | None

    @property
    def evaluation(self) -> Evaluation:
        """The evaluation of `pending`."""
        return self.pending.evaluation


@dataclass(slots=True)
class _Flight:
    bundle: list[Pending]
    future: Any


def _run(bundle: dict[str, Any]) -> dict[str, Any]:
    from foldwork.evaluation.bundle import run

    return run(bundle)


class Farm:
    """Scheduler that runs the evaluations of a plan in bundles on the engines of a session.

    Parameters
    ----------
    session : Session or Borrowed
        Started, not yet connected.
    message : callable
        `message(number, bundle)` returns the message to an engine for a bundle, a list of `Pending` of one fold.

    Attributes
    ----------
    plan : Plan
        The evaluations to run; the caller adds them.
    stopping : str or None
        Reason given to `stop`.
    engines : dict
        (node, pid) to a dict with the node, process id, number of evaluations, busy seconds, times and memory of an engine.
    deaths : list of str
        Lines about engines that died. The caller clears the list.
    messages : list of str
        Lines for the screen. The caller clears the list.
    """

    def __init__(self, session: Session | Borrowed, message: Callable[[int, list[Pending]], dict[str, Any]]) -> None:
        self.session = session
        self.plan = Plan()
        self.stopping: str | None = None
        self.engines: dict[tuple[str, int], dict[str, Any]] = {}
        self.deaths: list[str] = []
        self.messages: list[str] = []
        self._message = message
        self._idle = watchdog.Idleness()
        self._flights: dict[int, _Flight] = {}
        self._hosts_gone = False
        self._number = 0
        self._killed: set[str] = set()
        self._epoch = time.time() - time.monotonic()  # read once, as the system clock may be set
        self._ids: dict[tuple[str, int], int] = {}
        self._view: Any = None
        self._client: Any = None

    def stop(self, reason: str) -> None:
        """Submit no further bundles. Those in flight may finish."""
        self.stopping = self.stopping or reason

    def connect(self, check: Callable[[], None] = lambda: None) -> None:
        """Connect to the controller, and wait for the first engine.

        Parameters
        ----------
        check : callable
            Called repeatedly while waiting. It may raise to stop waiting.

        Raises
        ------
        FoldworkError
            When no engine registers in time, or engines end right after they start.
        """
        self._client = self.session.connect()
        self._view = self._client.load_balanced_view(retries=0)
        ipyparallel_private.warm_up(_run)  # now, while the engines still start
        deadline = time.monotonic() + PATIENCE
        while not self._client.ids:
            check()
            if time.monotonic() > deadline:
                raise FoldworkError(
                    f"no engine has registered within {PATIENCE:g} s; the job's log has the engines' own messages"
                )
            try:
                self._handle(*self.session.events.get(timeout=0.01), results=[])
            except queue.Empty:
                continue
            self._expect_engines()

    def run(self, tick: float = 0.5) -> Iterator[list[Result]]:
        """Yield lists of results until nothing is planned or in flight.

        After `stop`, only bundles in flight are waited for. Close the iterator to abandon these, too.

        Parameters
        ----------
        tick : float
            Seconds after which an empty list is yielded if there is no result.

        Yields
        ------
        list of Result

        Raises
        ------
        FoldworkError
            When the controller or all engines have ended, or an engine cannot run a bundle.
        """
        while True:
            self._fill()
            if not self._flights and (self.stopping or not len(self.plan)):
                return
            results: list[Result] = []
            try:
                event = self.session.events.get(timeout=tick)
                while True:
                    self._handle(*event, results=results)
                    event = self.session.events.get_nowait()
            except queue.Empty:
                pass
            except FoldworkError:
                yield results  # those received before the error
                raise
            yield results
            self._expect_engines()
            self._expect_answers()

    def _expect_answers(self) -> None:
        """Restart the engines if they are registered and have bundles, but have not begun any of them for a long time."""
        waiting = sum(len(flight.bundle) for flight in self._flights.values())
        if not waiting or not self._idle.too_long(len(self._client.ids)):
            return
        if self._idle.restarts >= watchdog.RESTARTS:
            versions = ", ".join(f"{name} {version(name)}" for name in ("ipyparallel", "ipykernel", "pyzmq"))
            raise FoldworkError(
                f"engines are registered, but return no results, not even after {watchdog.RESTARTS} restarts; are these versions compatible: {versions}?"
            )
        self.messages.append(
            f"no engine has begun any of {waiting:,} evaluations within {watchdog.TOO_LONG:g} s; the engines are restarted"
        )
        for flight in self._flights.values():
            for pending in flight.bundle:
                self.plan.add(pending)
        self._flights.clear()  # late results of these are ignored
        self._idle.restarted()
        self.session.restart_engines()

    def _expect_engines(self) -> None:
        # Added engines may be left. The bundles of lost engines come back as errors when their heartbeats are missed.
        if self._hosts_gone and not self._client.ids:
            raise FoldworkError("all engines have ended; run snakemake again, what is recorded is kept")

    def in_flight(self) -> dict[int, int]:
        """Return the number of evaluations in flight for each fold."""
        counts: dict[int, int] = {}
        for flight in self._flights.values():
            fold = flight.bundle[0].evaluation.fold
            counts[fold] = counts.get(fold, 0) + len(flight.bundle)
        return counts

    def room(self) -> int:
        """Return how many more bundles fit into the window."""
        return self.plan.window(max(1, len(self._client.ids))) - len(self._flights)

    def _fill(self) -> None:
        """Submit bundles until the window is full."""
        if not self._flights:
            self._idle.given()
        engines = max(1, len(self._client.ids))
        while (
            not self.stopping and len(self._flights) < self.plan.window(engines) and (bundle := self.plan.next(engines))
        ):
            self._number += 1
            number = self._number
            for pending in bundle:
                pending.attempts += 1
            future = self._view.apply_async(_run, self._message(number, bundle))
            self._flights[number] = _Flight(bundle, future)
            future.add_done_callback(
                lambda done, number=number: self.session.events.put(("done", {"number": number, "future": done}))
            )

    def _handle(self, kind: str, event: dict[str, Any], results: list[Result]) -> None:
        """Handle an event of the session, or the end of a task; append finished evaluations to `results`."""
        if kind == "done":
            self._done(event["number"], event["future"], results)
        elif kind == "started":
            self._engine(event["node"], event["pid"])
            self._idle.engines.add((event["node"], event["pid"]))
        elif kind == "idle":
            self._idle.says(event["node"], event["host"], event["seconds"])
        elif kind == "died":
            self._died(event, results)
        elif kind == "hopeless":
            raise FoldworkError(f"node {event['node']}: {event['message']}; the job's log has their messages")
        elif kind == "controller gone":
            raise FoldworkError("the ipyparallel controller has ended; run snakemake again, what is recorded is kept")
        elif kind == "hosts gone":
            self._hosts_gone = True

    def _done(self, number: int, future: Any, results: list[Result]) -> None:
        """Handle the end of a task."""
        flight = self._flights.pop(number, None)
        error = future.exception()
        outcome = None if error is not None else future.result()
        engine_id = ipyparallel_private.engine_id(future)
        ipyparallel_private.drop_task(self._client, self._view, future)
        if flight is None:
            return  # the bundle was planned again after its engine was lost or replaced
        if error is not None:
            self._lost(flight.bundle, error, results)
            return
        self._idle.answered()
        identity = outcome["who"]
        name = (identity["node"], identity["pid"])
        if engine_id is not None:
            self._ids[name] = engine_id
        engine = self._engine(*name)
        if not engine["evaluations"]:
            engine["first"] = self._now() - outcome["busy"]
        engine.update(
            identity | outcome["memory"],
            last=self._now(),
            evaluations=engine["evaluations"] + len(flight.bundle),
            busy=engine["busy"] + outcome["busy"],
        )
        for pending, (line, score, seconds, failure) in zip(flight.bundle, outcome["results"], strict=True):
            self.plan.learn(pending.evaluation, seconds)
            results.append(Result(pending, line, score, seconds, failure))

    def _engine(self, node: str, pid: int) -> dict[str, Any]:
        """Return the entry of an engine in `engines`; create it if it is missing."""
        now = self._now()
        new = {"node": node, "pid": pid, "evaluations": 0, "busy": 0.0, "first": now, "last": now}
        return self.engines.setdefault((node, pid), new)

    def _now(self) -> float:
        return self._epoch + time.monotonic()

    def _died(self, event: dict[str, Any], results: list[Result]) -> None:
        """Handle the report of a host that an engine has ended, with its current evaluation and the cause."""
        how = event["cause"] or exit_reason(event["code"])
        self.deaths.append(f"engine {event['pid']} on {event['node']} ended: {how}")
        name = (event["node"], event["pid"])
        self._engine(*name)["ended"] = how
        self._idle.engines.discard(name)
        if (engine_id := self._ids.pop(name, None)) is not None:
            # Without this, the scheduler would send tasks to the engine until the Hub misses its heartbeats.
            ipyparallel_private.unregister(self._client, engine_id)
        flight = self._flights.pop(event["bundle"], None)
        if flight is None:
            return
        at = event["at"]
        for pending in flight.bundle[:at] + flight.bundle[at + 1 :]:
            pending.stages = None  # bundle them by expected time: one large bundle might end several engines
            self.plan.add(pending)
        suspect = flight.bundle[at]
        if event["code"] == -signal.SIGALRM or event["cause"] == TIMEOUT:
            results.append(Result(suspect, None, float("nan"), 0.0, TIMEOUT))
            return
        if event["code"] == -signal.SIGKILL and not event["cause"]:
            self._killed.add(suspect.evaluation.key)
        self._count_kill(suspect, how, results)

    def _lost(self, bundle: list[Pending], error: BaseException, results: list[Result]) -> None:
        """Handle a bundle that raised: its engine was lost, or could not run it."""
        name, text = ipyparallel_private.remote_error(error)
        if name == "FoldworkError":
            raise FoldworkError(text)
        if name != "EngineError":
            raise FoldworkError(f"an engine could not run a bundle: {name}: {text}")
        for pending in bundle:
            # It is not known which evaluation did it: each is run in a bundle of its own next time.
            self._count_kill(
                pending, "its engine was lost (a node that failed, or one that stopped answering)", results
            )

    def _count_kill(self, pending: Pending, how: str, results: list[Result]) -> None:
        """Count an ended engine for an evaluation. Plan it again, or fail it after too many."""
        pending.kills += 1
        limit = KILLS_FROM_OUTSIDE if len(self._killed) >= OUTSIDE else KILLS
        if pending.kills >= limit:
            error = ended_engines(pending.kills, how)
            results.append(Result(pending, None, float("nan"), 0.0, error))
        else:
            self.plan.add(pending, alone=True)
