"""The engines of one node: `python -m foldwork.engines.host`, one process that imports once, forks the engines and looks after them.

Importing scikit-learn costs seconds and tens of megabytes; done once before the fork, every engine shares both. The host forks a new
engine for each that dies and says on standard output, a line of JSON each, what happened to it. It keeps no thread and no socket, so
that it can fork at any time. The end of its standard input ends it and its engines; `srun` passes both pipes on from
another node.
"""

import os
import sys

if __name__ == "__main__" and os.environ.get("SLURM_LOCALID", "0") != "0":
    # `srun -n` starts a process for every engine, so that Slurm counts and binds them; the first one of each node forks them all.
    sys.exit(0)

import argparse
import contextlib
import gc
import importlib
import json
import mmap
import re
import signal
import time
from pathlib import Path

from foldwork.engines.engine import THREAD_VARIABLES, run_engine, set_threads
from foldwork.engines.orphans import Orphans, adopt, ended_children
from foldwork.engines.parent_death import die_with_parent
from foldwork.engines.run_liveness import Lifeline
from foldwork.evaluation import engine_slot

TICK = 0.1
"""Seconds between two looks at the engines."""

WATCH = 0.3
"""Seconds between two looks at the engines' states and memory."""

IDLE_EVERY = 2.0
"""Seconds between two reports that no engine is at work."""

LATE = 1.0
"""Seconds past its time limit after which an evaluation is ended that keeps its own alarm from doing so."""

TIMEOUT = "timeout"
"""What an engine's end is put down to then."""

STOPPED_FOR = 10.0
"""Seconds that an engine may be stopped (SIGSTOP) before it is replaced; the controller gives it up after as long."""

ENDS_WITHIN = 5.0
"""Seconds that the end of engines and of what they leave may take."""

START_ANEW = b"start anew"
"""The line on standard input at which all engines are replaced."""

QUICK_DEATHS = 20
"""So many engines one after another that end before they did anything, and the host gives up."""


class _Engine:
    """One forked engine, as its host sees it."""

    def __init__(self, pid: int, rank: int, started: float) -> None:
        self.pid = pid
        self.rank = rank
        self.started = started
        self.stopped_since: float | None = None
        self.cause: str | None = None


class Host:
    """Forks engines, replaces those that die, and reports.

    Parameters
    ----------
    connection : dict
        What ipyparallel's engine needs to connect (the content of its connection file).
    count : int
        Number of engines.
    cpus : int
        CPUs, and so threads, of each engine.
    memory : int or None
        Bytes of private memory that an engine may use before it is ended; None for no bound.
    """

    def __init__(self, connection: dict, count: int, cpus: int, memory: int | None) -> None:
        self.connection = connection
        self.count = count
        self.cpus = cpus
        self.memory = memory
        self.slots = memoryview(
            mmap.mmap(-1, max(1, count) * engine_slot.SIZE)
        )  # shared with the engines, which are forked
        self.orphans = Orphans()
        self.engines: dict[int, _Engine] = {}
        self.quick_deaths = 0
        self._begun = 0
        self._worked = self._said = time.monotonic()
        mask = sorted(os.sched_getaffinity(0))
        # Only a mask that is exactly ours may be dealt out: without one, CPUs 0 … n may be another job's.
        self.cpu_sets = [mask[i * cpus : (i + 1) * cpus] for i in range(count)] if len(mask) == count * cpus else None

    def slot(self, rank: int) -> memoryview:
        """Return the memory in which the engine of this rank says what it is at."""
        return self.slots[rank * engine_slot.SIZE : (rank + 1) * engine_slot.SIZE]

    def fork(self, rank: int) -> None:
        """Start the engine of this rank."""
        engine_slot.write(self.slot(rank), engine_slot.Slot())
        parent = os.getpid()
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            try:
                die_with_parent(parent)
                os.setsid()  # an estimator that ends its own process group ends itself alone
                adopt()
                self._be_engine(rank)
            except SystemExit as end:
                os._exit(end.code if isinstance(end.code, int) else 1)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        self.engines[pid] = _Engine(pid, rank, time.monotonic())
        report(event="forked", pid=pid, rank=rank)

    def _be_engine(self, rank: int) -> None:
        """Become an ipyparallel engine; returns when the controller ends it."""
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(2, 1)  # standard output carries the host's reports
        os.close(null)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if self.cpu_sets:
            os.sched_setaffinity(0, self.cpu_sets[rank])
        set_threads(self.cpus)
        importlib.import_module("foldwork.evaluation.bundle")  # if that fails this engine ends, and the host says so
        engine_slot.attach(self.slot(rank))
        os.environ["IPP_CONNECTION_INFO"] = json.dumps(self.connection)
        run_engine()

    def look(self) -> None:
        """Reap what has ended, replace engines, end what they left."""
        for pid, status in ended_children():
            self.orphans.reaped(pid)
            engine = self.engines.pop(pid, None)
            if engine is not None:
                self._bury(engine, status)
        self.orphans.end(self.engines)

    def _bury(self, engine: _Engine, status: int) -> None:
        bundle, at, *_ = engine_slot.read(self.slot(engine.rank))
        code = os.waitstatus_to_exitcode(status)
        report(event="died", pid=engine.pid, rank=engine.rank, bundle=bundle, at=at, code=code, cause=engine.cause)
        lived = time.monotonic() - engine.started
        self.quick_deaths = self.quick_deaths + 1 if bundle == -1 and lived < 60 and code > 0 else 0
        if bundle == -1 and code == 0:
            return  # told to leave
        if self.quick_deaths >= QUICK_DEATHS:
            report(
                event="hopeless",
                message=f"{QUICK_DEATHS} engines ended before their first evaluation, with exit code {code}",
            )
            return
        self.fork(engine.rank)

    def watch(self) -> None:
        """End engines that are stopped for long, past their time limit, or whose private memory is over the bound."""
        for engine in self.engines.values():
            if process_state(engine.pid) == "T":
                engine.stopped_since = engine.stopped_since or time.monotonic()
                if time.monotonic() - engine.stopped_since > STOPPED_FOR:
                    engine.cause = f"stopped answering for {STOPPED_FOR:g} s"
                    os.kill(engine.pid, signal.SIGKILL)
                continue
            engine.stopped_since = None
            deadline = engine_slot.read(self.slot(engine.rank)).deadline
            if deadline and time.monotonic() > deadline + LATE:
                engine.cause = TIMEOUT
                os.kill(engine.pid, signal.SIGKILL)
            elif self.memory and (used := private_memory(engine.pid)) > self.memory:
                engine.cause = f"used {used / 1e9:.2f} GB of memory, over its share of {self.memory / 1e9:.2f} GB"
                os.kill(engine.pid, signal.SIGKILL)

    def end(self) -> None:
        """End every engine and what they leave."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.orphans.clear(ENDS_WITHIN)

    def start_anew(self) -> None:
        """End every engine; others take their places."""
        for engine in self.engines.values():
            engine.cause = "nothing came back from it; it is started anew"
            os.kill(engine.pid, signal.SIGKILL)

    def say_idle(self) -> None:
        """Report for how long no engine has been at work, while that is so."""
        seen = [engine_slot.read(self.slot(rank)) for rank in range(self.count)]
        begun = sum(slot.begun for slot in seen)
        now = time.monotonic()
        if begun != self._begun or any(slot.bundle >= 0 for slot in seen):
            self._begun, self._worked, self._said = begun, now, now
        elif now - self._said > IDLE_EVERY:
            self._said = now
            report(event="idle", host=os.getpid(), seconds=now - self._worked)


def process_state(pid: int) -> str:
    """Return the kernel's letter for a process's state ("T": stopped), or "" where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def private_memory(pid: int) -> int:
    """Return the anonymous resident memory of a process in bytes (0 where it is gone)."""
    try:
        found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def report(**event: object) -> None:
    """Say one thing to the client: a line of JSON on standard output."""
    event.setdefault("node", node_name())
    with contextlib.suppress(BrokenPipeError, OSError):
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


def node_name() -> str:
    """Return Slurm's name of this node, or the host's."""
    return os.environ.get("SLURMD_NODENAME") or os.uname().nodename


def preload(modules: list[str]) -> None:
    """Import what every engine will need; a module that is missing is the engine's to complain of."""
    # The kernel's own debugger, which nothing here can reach, takes a tenth of a second. Estimators may still import the package.
    sys.modules["debugpy"] = None
    _import(["ipyparallel.engine.app", "ipykernel.debugger"])
    del sys.modules["debugpy"]
    _import(["foldwork.evaluation.bundle", *modules])


def _import(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def engines_here(count: int) -> int:
    """Return how many engines this node forks: all of them, or as many tasks as `srun` put here."""
    tasks = os.environ.get("SLURM_STEP_TASKS_PER_NODE") if os.environ.get("SLURM_STEP_ID") else None
    if not tasks or "SLURM_NODEID" not in os.environ or os.environ.get("FOLDWORK_SRUN") != "1":
        return count
    counts: list[int] = []
    for part in tasks.split(","):
        number, repeat = re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", part).groups()
        counts += [int(number)] * int(repeat or 1)
    return counts[int(os.environ["SLURM_NODEID"])]


def main(argv: list[str] | None = None) -> None:
    """Fork engines as standard input tells (one line of JSON: the connection), until it ends."""
    parser = argparse.ArgumentParser(prog="foldwork.engines.host")
    parser.add_argument("--engines", type=int, default=1, help="how many (under srun: as many as it has tasks)")
    parser.add_argument("--cpus", type=int, default=1, help="CPUs of each")
    parser.add_argument(
        "--memory", type=int, default=0, help="bytes of private memory that an engine may use; 0 for no bound"
    )
    parser.add_argument("--preload", nargs="*", default=[], help="modules to import before the fork")
    parser.add_argument("--profile", required=True, help="a folder for ipyparallel's profile")
    parser.add_argument("--connection", help="a connection file; without it the first line of standard input is one")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["FOLDWORK_PROFILE"] = options.profile
    for variable in THREAD_VARIABLES:  # a library that is loaded with one thread starts none, and so forks well
        os.environ[variable] = "1"
    preload(options.preload)

    if options.connection:
        connection, pipe = json.loads(Path(options.connection).read_text()), None
    else:
        line = b""
        while not line.endswith(b"\n"):
            part = os.read(0, 1)
            if not part:
                return
            line += part
        connection, pipe = json.loads(line), 0

    adopt()
    host = Host(connection, engines_here(options.engines), options.cpus, options.memory or None)
    gc.collect()
    gc.freeze()  # what is there now is never looked at again, by engines neither, so the pages stay shared
    for rank in range(host.count):
        host.fork(rank)
    watched = time.monotonic()
    lifeline = Lifeline(pipe, connection)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while lifeline.holds(TICK) and host.engines:
            host.look()
            if lifeline.told(START_ANEW):
                host.start_anew()
            if time.monotonic() - watched > WATCH:
                host.watch()
                host.say_idle()
                watched = time.monotonic()
    finally:
        host.end()


if __name__ == "__main__":
    main()
