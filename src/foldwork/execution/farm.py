"""Keep the engines busy: a window of bundles in flight, results as they come, and what to do when an engine dies."""

import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from foldwork.engines import ipyparallel_private, watchdog
from foldwork.engines.session import PATIENCE, Borrowed, Session
from foldwork.errors import FoldworkError
from foldwork.execution.plan import Pending, Plan
from foldwork.records.error_kinds import TIMEOUT, ended_engines
from foldwork.records.evaluation import Evaluation

KILLS = 3
"""An evaluation that has ended so many engines is recorded as failed."""

KILLS_FROM_OUTSIDE = 10
"""The same, where somebody or something ends engines whatever they do."""

OUTSIDE = 5
"""So many different evaluations hit by an unexplained SIGKILL, and it is not the evaluations' doing."""

SIGKILL, SIGALRM = 9, 14
SIGNALS = {
    4: "illegal instruction",
    6: "abort",
    7: "bus error",
    8: "floating point error",
    9: "killed, perhaps for want of memory",
    11: "segmentation fault",
}


@dataclass(slots=True)
class Result:
    """An evaluation that has ended: its ledger line, or (`line` None) what its engines died of."""

    pending: Pending
    line: str | None
    score: float
    seconds: float
    error: str | None

    @property
    def evaluation(self) -> Evaluation:
        """What was evaluated."""
        return self.pending.evaluation


@dataclass(slots=True)
class _Flight:
    bundle: list[Pending]
    future: Any


def _run(bundle: dict[str, Any]) -> dict[str, Any]:
    from foldwork.evaluation.bundle import run

    return run(bundle)


class Farm:
    """Runs the evaluations of a plan on the engines of a session.

    Parameters
    ----------
    session : Session or Borrowed
        Started, not yet connected.
    describe : callable
        `describe(number, bundle)` gives the message for a list of evaluations of one fold.
    """

    def __init__(self, session: Session | Borrowed, describe: Callable[[int, list[Pending]], dict[str, Any]]) -> None:
        self.session = session
        self.plan = Plan()
        self.stopping: str | None = None
        self.engines: dict[tuple[str, int], dict[str, Any]] = {}
        self.deaths: list[str] = []
        self.said: list[str] = []
        """What a person should know at once."""
        self._describe = describe
        self._idle = watchdog.Idleness()
        self._flights: dict[int, _Flight] = {}
        self._hosts_gone = False
        self._number = 0
        self._hit: set[str] = set()
        self._epoch = time.time() - time.monotonic()  # one look at a clock that may be set
        self._ids: dict[tuple[str, int], int] = {}
        self._view: Any = None
        self._client: Any = None

    def stop(self, reason: str) -> None:
        """Give out nothing more; what is in flight may end."""
        self.stopping = self.stopping or reason

    def connect(self, look_up: Callable[[], None] = lambda: None) -> None:
        """Wait for the controller and for a first engine.

        Parameters
        ----------
        look_up : callable
            Called again and again meanwhile; what it raises ends the waiting.

        Raises
        ------
        FoldworkError
            When there is none in time, or engines end as soon as they start.
        """
        self._client = self.session.connect()
        self._view = self._client.load_balanced_view(retries=0)
        ipyparallel_private.warm_up(_run)  # now, while the engines still start
        deadline = time.monotonic() + PATIENCE
        while not self._client.ids:
            look_up()
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
        """Yield results as they come, and an empty list every `tick` seconds in which none did, until plan and flight are empty.

        After `stop`, only what is in flight is waited for. Abandon the iterator to leave that too.
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
                yield results  # what came before it is not lost
                raise
            yield results
            self._expect_engines()
            self._expect_answers()

    def _expect_answers(self) -> None:
        """Start the engines anew where they are there, have work, and none has begun any of it for long."""
        waiting = sum(len(flight.bundle) for flight in self._flights.values())
        if not waiting or not self._idle.too_long(len(self._client.ids)):
            return
        if self._idle.restarts >= watchdog.RESTARTS:
            versions = ", ".join(f"{name} {version(name)}" for name in ("ipyparallel", "ipykernel", "pyzmq"))
            raise FoldworkError(
                f"engines are there, but nothing comes back from them, not after {watchdog.RESTARTS} new starts either; do these fit together: {versions}?"
            )
        self.said.append(
            f"no engine has begun any of {waiting:,} evaluations within {watchdog.TOO_LONG:g} s; the engines are started anew"
        )
        for flight in self._flights.values():
            for pending in flight.bundle:
                self.plan.add(pending)
        self._flights.clear()  # what still comes of these is passed over
        self._idle.restarted()
        self.session.restart_engines()

    def _expect_engines(self) -> None:
        # Engines of other hosts may have joined: go on with them. What the lost ones had comes back as their heartbeats are missed.
        if self._hosts_gone and not self._client.ids:
            raise FoldworkError("all engines have ended; run snakemake again, what is recorded is kept")

    def in_flight(self) -> dict[int, int]:
        """Return how many evaluations of each fold are with the engines now."""
        counts: dict[int, int] = {}
        for flight in self._flights.values():
            fold = flight.bundle[0].evaluation.fold
            counts[fold] = counts.get(fold, 0) + len(flight.bundle)
        return counts

    def _fill(self) -> None:
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
            future = self._view.apply_async(_run, self._describe(number, bundle))
            self._flights[number] = _Flight(bundle, future)
            future.add_done_callback(
                lambda done, number=number: self.session.events.put(("done", {"number": number, "future": done}))
            )

    def _handle(self, kind: str, event: dict[str, Any], results: list[Result]) -> None:
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
            raise FoldworkError(f"node {event['node']}: {event['message']}; the job's log has what they said")
        elif kind == "controller gone":
            raise FoldworkError("the ipyparallel controller has ended; run snakemake again, what is recorded is kept")
        elif kind == "hosts gone":
            self._hosts_gone = True

    def _done(self, number: int, future: Any, results: list[Result]) -> None:
        flight = self._flights.pop(number, None)
        error = future.exception()
        outcome = None if error is not None else future.result()
        engine_id = ipyparallel_private.engine_id(future)
        ipyparallel_private.drop_task(self._client, self._view, future)
        if flight is None:
            return  # its engine was given up, and the bundle with it; an engine that came back may still answer
        if error is not None:
            self._lost(flight.bundle, None, error, results)
            return
        self._idle.answered()
        who = outcome["who"]
        name = (who["node"], who["pid"])
        if engine_id is not None:
            self._ids[name] = engine_id
        seen = self._engine(*name)
        if not seen["evaluations"]:
            seen["first"] = self._now() - outcome["busy"]
        seen.update(
            who | outcome["memory"],
            last=self._now(),
            evaluations=seen["evaluations"] + len(flight.bundle),
            busy=seen["busy"] + outcome["busy"],
        )
        for pending, (line, score, seconds, failure) in zip(flight.bundle, outcome["results"], strict=True):
            self.plan.learn(pending.evaluation, seconds)
            results.append(Result(pending, line, score, seconds, failure))

    def _engine(self, node: str, pid: int) -> dict[str, Any]:
        """Return what is known of an engine: who and where it is, how many evaluations it made, its memory."""
        now = self._now()
        new = {"node": node, "pid": pid, "evaluations": 0, "busy": 0.0, "first": now, "last": now}
        return self.engines.setdefault((node, pid), new)

    def _now(self) -> float:
        return self._epoch + time.monotonic()

    def _died(self, event: dict[str, Any], results: list[Result]) -> None:
        """A host says that an engine has ended: which evaluation it was at, and why."""
        how = event["cause"] or _how(event["code"])
        self.deaths.append(f"engine {event['pid']} on {event['node']} ended: {how}")
        name = (event["node"], event["pid"])
        self._engine(*name)["ended"] = how
        self._idle.engines.discard(name)
        if (engine_id := self._ids.pop(name, None)) is not None:
            # The Hub would find out by its heartbeat; told now, the scheduler gives it nothing more.
            ipyparallel_private.unregister(self._client, engine_id)
        flight = self._flights.pop(event["bundle"], None)
        if flight is None:
            return
        at = event["at"]
        for pending in flight.bundle[:at] + flight.bundle[at + 1 :]:
            pending.stages = None  # each for itself: one bundle of them all might end one engine after the other
            self.plan.add(pending)
        culprit = flight.bundle[at]
        if event["code"] == -SIGALRM or event["cause"] == TIMEOUT:
            results.append(Result(culprit, None, float("nan"), 0.0, TIMEOUT))
            return
        if event["code"] == -SIGKILL and not event["cause"]:
            self._hit.add(culprit.evaluation.key)
        self._blame(culprit, how, results)

    def _lost(
        self, bundle: list[Pending], culprit: Pending | None, error: BaseException, results: list[Result]
    ) -> None:
        """A bundle came back without results: its engine was lost, or could not run it at all."""
        name, text = ipyparallel_private.remote_error(error)
        if name == "FoldworkError":
            raise FoldworkError(text)
        if name != "EngineError":
            raise FoldworkError(f"an engine could not run a bundle: {name}: {text}")
        for pending in bundle:
            # Which of them was it? Each travels alone next time, and then it is known.
            self._blame(pending, "its engine was lost (a node that failed, or one that stopped answering)", results)

    def _blame(self, pending: Pending, how: str, results: list[Result]) -> None:
        pending.kills += 1
        limit = KILLS_FROM_OUTSIDE if len(self._hit) >= OUTSIDE else KILLS
        if pending.kills >= limit:
            error = ended_engines(pending.kills, how)
            results.append(Result(pending, None, float("nan"), 0.0, error))
        else:
            self.plan.add(pending, alone=True)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"signal {-code} ({SIGNALS.get(-code, 'ended by a signal')})"
