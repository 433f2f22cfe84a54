"""Child processes that end with this one, together with all that they start.

On Linux a child is forked: it shares the pages of what its parent has imported. Elsewhere it is `python -m MODULE`, which reads what it is to do from
its standard input and ends when that does.

An estimator may start processes that outlive it (daemons). On Linux every child is a subreaper, and so is this process: when a child ends, what it leaves
becomes this process's child, and nobody else's does. Elsewhere `FOLDWORK_CHILD` in the environment tells which child a process comes from.
"""

import contextlib
import fcntl
import importlib
import json
import os
import secrets
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from foldwork import platforms
from foldwork.engines.orphans import kill, remove_shared, with_variable

CHILD = "FOLDWORK_CHILD"
"""Environment variable of a child that was not forked, and of all that it starts: a mark of its own."""

SHARED_FILE = 3
"""Descriptor under which such a child finds the file that it shares with its parent."""

Main = Callable[[dict[str, Any], int], None]
"""What a child does: takes a dict and the descriptor of a file that it shares with its parent."""


class Children:
    """Starts child processes, reaps them, and ends what they leave, in steps that never wait."""

    def __init__(self) -> None:
        self._adopts = platforms.adopt_orphans()
        self._token = secrets.token_hex(8)
        self._count = 0
        self._running: dict[int, tuple[str, int | None]] = {}  # mark, and the pipe that ends with this process
        self._ended: set[int] = set()
        self._ended_marks: set[str] = set()
        self._seen: dict[int, float] = {}

    def start(self, module: str, given: dict[str, Any], file: int) -> int:
        """Start a child, return its process id.

        Parameters
        ----------
        module : str
            The child calls its `main(given, file)`. As a program it calls `run_spawned(main)`.
        given : dict
            What JSON can hold.
        file : int
            Descriptor of a file that both processes use.
        """
        self._count += 1
        mark = f"{self._token}-{self._count}"
        sys.stdout.flush()
        # Python ignores what a signal handler raises in a function that is called at a fork: the signal waits until the child is known.
        signals = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            if platforms.start_method() == "fork":
                pid, pipe = _fork(module, given, file, signals), None
            else:
                pid, pipe = _spawn(module, given, file, mark, signals)
            self._running[pid] = mark, pipe
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        return pid

    def reap(self) -> Iterator[tuple[int, int]]:
        """Reap the children that have ended, adopted ones too; yield process id and status of each."""
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                self._note_end(found[0])
                yield found

    def wait(self, pid: int) -> int:
        """Wait for the end of a child, return its status."""
        _, status = os.waitpid(pid, 0)
        self._note_end(pid)
        return status

    def _note_end(self, pid: int) -> None:
        self._ended.add(pid)
        if pid in self._running:  # an adopted one is not
            mark, pipe = self._running.pop(pid)
            self._ended_marks.add(mark)
            if pipe is not None:
                os.close(pipe)

    def end_orphans(self) -> bool:
        """Kill what ended children have left; return whether nothing is left. Looks for nothing before a child has ended."""
        import psutil

        if not self._ended:
            return True
        left = [child for child in psutil.Process().children() if child.pid not in self._running]
        if not self._adopts:
            left += with_variable(CHILD, self._ended_marks.__contains__)
        if left:
            kill(left, self._seen)
            self._ended |= {process.pid for process in left}
            return False
        remove_shared(self._ended)
        self._ended.clear()
        self._ended_marks.clear()
        self._seen.clear()
        return True

    def end_all(self, within: float) -> None:
        """End all children and what they leave, in so many seconds at most."""
        deadline = time.monotonic() + within
        for mark, pipe in self._running.values():
            self._ended_marks.add(mark)
            if pipe is not None:
                os.close(pipe)
        self._running.clear()
        self._ended.add(os.getpid())
        while time.monotonic() < deadline:
            for _ in self.reap():
                pass
            if self.end_orphans():
                return
            time.sleep(0.01)


def _fork(module: str, given: dict[str, Any], file: int, signals: set[int]) -> int:
    """Fork; return the child's process id to the parent, call `main` of the module in the child."""
    parent = os.getpid()
    if (pid := os.fork()) != 0:
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, signals)
    _close_standard_streams()
    _run(lambda: importlib.import_module(module).main, parent, None, given, file)


def _spawn(module: str, given: dict[str, Any], file: int, mark: str, signals: set[int]) -> tuple[int, int]:
    """Start `python -m module`; return its process id and the pipe to its standard input."""
    theirs, ours = os.pipe()
    source = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, SHARED_FILE + 1)  # never the number that it is copied to
    copies = [(os.POSIX_SPAWN_DUP2, old, new) for old, new in ((theirs, 0), (2, 1), (source, SHARED_FILE))]
    try:
        words = [sys.executable, "-m", module]
        pid = os.posix_spawn(sys.executable, words, os.environ | {CHILD: mark}, file_actions=copies, setsigmask=signals)
    finally:
        os.close(theirs)
        os.close(source)
    line = memoryview(json.dumps(given).encode() + b"\n")
    with contextlib.suppress(BrokenPipeError):  # it has ended already, which its status tells
        while line:
            line = line[os.write(ours, line) :]
    return pid, ours


def run_spawned(main: Main) -> None:
    """Be a child that was not forked: read what to do from standard input, and do it."""
    parent = os.getppid()
    if not (line := sys.stdin.readline()):
        return  # the parent has ended
    pipe = os.dup(0)
    os.set_inheritable(SHARED_FILE, False)
    _close_standard_streams()
    _run(lambda: main, parent, pipe, json.loads(line), SHARED_FILE)


def _close_standard_streams() -> None:
    """Let what a child prints go to standard error: standard output has the parent's answers. It reads nothing."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)


def _run(get_main: Callable[[], Main], parent: int, pipe: int | None, given: dict[str, Any], file: int) -> NoReturn:
    """Do what a child does, and end without what Python does at exit: that is the parent's, after a fork."""
    code = 0
    try:
        platforms.end_with_parent(parent, pipe)
        os.setsid()  # an estimator that ends its own process group ends itself alone
        platforms.adopt_orphans()
        get_main()(given, file)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        code = 1
    os._exit(code)
