"""The host of a node's engines: `python -m foldwork.engines.host`, a process that starts engines, replaces those that die, and reports.

On Linux it imports once what engines need, and forks them: importing scikit-learn costs seconds and tens of megabytes, which all engines then share. It
keeps no thread and no socket, so that it can fork at any time. It reports on standard output, a line of JSON each. The end of its standard
input ends it and its engines; `srun` passes both pipes on from another node.
"""

import sys

from foldwork.engines import launchers

if __name__ == "__main__" and not launchers.starts_host():
    sys.exit(0)  # another process of this node does

import contextlib
import gc
import json
import mmap
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil  # engines inherit it; the client and the controller import it where they need it, for it takes 50 ms

from foldwork import platforms
from foldwork.engines.children import Children
from foldwork.engines.engine import THREAD_VARIABLES, preload
from foldwork.engines.host_command import RESTART, HostCommand, read_line
from foldwork.engines.run_liveness import RunLiveness
from foldwork.evaluation import engine_slot
from foldwork.records.error_kinds import TIMEOUT

TICK = 0.1
"""Seconds between two checks for engines that have ended."""

CHECK_EVERY = 0.3
"""Seconds between two checks of the engines' states and memory."""

IDLE_EVERY = 2.0
"""Seconds between two reports that no engine evaluates anything."""

LATE = 1.0
"""Seconds past its time limit after which an evaluation is ended that keeps its own alarm from doing so."""

STOPPED_FOR = 10.0
"""Seconds that an engine may be stopped (SIGSTOP) before it is replaced; the controller gives it up after as long."""

ENDS_WITHIN = 5.0
"""Seconds that the end of engines and of what they leave may take."""

QUICK_DEATHS = 20
"""Number of engines in a row that may end before their first evaluation, until the host reports failure."""


class _Engine:
    """What the host knows of an engine."""

    def __init__(self, pid: int, rank: int) -> None:
        self.pid = pid
        self.rank = rank
        self.started = time.monotonic()
        self.stopped_since: float | None = None
        self.cause: str | None = None


class Host:
    """Starts engines, replaces those that die, and reports.

    Parameters
    ----------
    connection : dict
        The content of the engines' connection file.
    options : HostCommand
    """

    def __init__(self, connection: dict[str, Any], options: HostCommand) -> None:
        self.engines: dict[int, _Engine] = {}
        self._options = options
        self._count = launchers.engines_on_this_node(options.engines)
        self._given = {
            "connection": connection,
            "profile": options.profile,
            "preload": list(options.preload),
            "cpus": options.cpus,
        }
        self._slots_file = platforms.shared_file(engine_slot.size(self._count))
        self._slots = memoryview(mmap.mmap(self._slots_file, 0))
        self._children = Children()
        self._quick_deaths = 0
        self._begun = 0
        self._worked = self._reported = time.monotonic()
        # Only a set of CPUs that is exactly ours may be dealt out: without one, CPUs 0 … n may be another job's.
        found = platforms.cpus()
        self._cpus = found if len(found) == self._count * options.cpus else []

    def start_all(self) -> None:
        """Start every engine."""
        for rank in range(self._count):
            self._start(rank)

    def _start(self, rank: int) -> None:
        engine_slot.write(self._slot(rank), engine_slot.Slot())
        cpus = self._options.cpus
        given = {**self._given, "rank": rank, "bound_to": self._cpus[rank * cpus : (rank + 1) * cpus]}
        pid = self._children.start("foldwork.engines.engine", given, self._slots_file)
        self.engines[pid] = _Engine(pid, rank)
        report(event="started", pid=pid, rank=rank)

    def _slot(self, rank: int) -> memoryview:
        return engine_slot.part(self._slots, rank)

    def replace_ended(self) -> None:
        """Reap what has ended, replace engines, end what they left."""
        for pid, status in self._children.reap():
            engine = self.engines.pop(pid, None)
            if engine is not None:
                self._replace(engine, status)
        self._children.end_orphans()

    def _replace(self, engine: _Engine, status: int) -> None:
        bundle, at, *_ = engine_slot.read(self._slot(engine.rank))
        code = os.waitstatus_to_exitcode(status)
        report(event="died", pid=engine.pid, rank=engine.rank, bundle=bundle, at=at, code=code, cause=engine.cause)
        lived = time.monotonic() - engine.started
        self._quick_deaths = self._quick_deaths + 1 if bundle == -1 and lived < 60 and code > 0 else 0
        if bundle == -1 and code == 0:
            return  # the controller has ended it
        if self._quick_deaths >= QUICK_DEATHS:
            report(
                event="hopeless",
                message=f"{QUICK_DEATHS} engines ended before their first evaluation, with exit code {code}",
            )
            return
        self._start(engine.rank)

    def check(self) -> None:
        """End engines that are stopped for long, past their time limit, or whose private memory is over the bound."""
        memory = self._options.memory
        for engine in self.engines.values():
            if _is_stopped(engine.pid):
                engine.stopped_since = engine.stopped_since or time.monotonic()
                if time.monotonic() - engine.stopped_since > STOPPED_FOR:
                    self._kill(engine, f"stopped answering for {STOPPED_FOR:g} s")
                continue
            engine.stopped_since = None
            deadline = engine_slot.read(self._slot(engine.rank)).deadline
            if deadline and time.monotonic() > deadline + LATE:
                self._kill(engine, TIMEOUT)
            elif memory and (used := platforms.private_memory(engine.pid)) > memory:
                self._kill(engine, f"used {used / 1e9:.2f} GB of memory, over its share of {memory / 1e9:.2f} GB")

    def restart_all(self) -> None:
        """End every engine; others take their places."""
        for engine in self.engines.values():
            self._kill(engine, "nothing came back from it; it is started anew")

    def _kill(self, engine: _Engine, cause: str) -> None:
        engine.cause = cause
        os.kill(engine.pid, signal.SIGKILL)

    def end(self) -> None:
        """End every engine and what they leave."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._children.end_all(ENDS_WITHIN)

    def report_idle(self) -> None:
        """Report for how long no engine has evaluated anything, while that is so."""
        slots = [engine_slot.read(self._slot(rank)) for rank in range(self._count)]
        begun = sum(slot.begun for slot in slots)
        now = time.monotonic()
        if begun != self._begun or any(slot.bundle >= 0 for slot in slots):
            self._begun, self._worked, self._reported = begun, now, now
        elif now - self._reported > IDLE_EVERY:
            self._reported = now
            report(event="idle", host=os.getpid(), seconds=now - self._worked)


def _is_stopped(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False


def report(**event: object) -> None:
    """Report an event to the client: a line of JSON on standard output."""
    event.setdefault("node", platforms.node_name())
    with contextlib.suppress(BrokenPipeError, OSError):
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


def main(argv: list[str] | None = None) -> None:
    """Keep engines running until the run has ended."""
    options = HostCommand.parse(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for variable in THREAD_VARIABLES:  # a library that is loaded with one thread starts none, and so forks well
        os.environ[variable] = "1"
    if platforms.start_method() == "fork":
        gc.disable()  # imports create many objects and no garbage
        preload(options.preload)
        gc.freeze()  # the collector never looks at these objects again, in engines neither, so their pages stay shared
        gc.enable()

    if options.connection:
        connection, pipe = json.loads(Path(options.connection).read_text()), None
    elif line := read_line(0):
        connection, pipe = json.loads(line), 0
    else:
        return

    host = Host(connection, options)
    host.start_all()
    checked = time.monotonic()
    run = RunLiveness(pipe, connection)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while run.wait(TICK) and host.engines:
            host.replace_ended()
            if run.received(RESTART):
                host.restart_all()
            if time.monotonic() - checked > CHECK_EVERY:
                host.check()
                host.report_idle()
                checked = time.monotonic()
    finally:
        host.end()


if __name__ == "__main__":
    main()
