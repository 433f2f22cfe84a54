"""End what estimators leave behind: processes that outlive their engine, and what is theirs in shared memory.

Every engine is a subreaper: a process that its estimators have started and that loses its parent (a daemon) becomes its child. The host is one,
too, so all of these come to the host when their engine ends, and nobody else's do. Those whose host was killed are known by their environment.
"""

import contextlib
import ctypes
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

PR_SET_CHILD_SUBREAPER = 36

MARK = "FOLDWORK_SESSION"
"""Environment variable of hosts, and so of all that engines start: the run's folder."""

TRACKERS_HAVE = 1.0
"""Seconds that a resource tracker has to remove what its process had shared, once that process and its workers have ended."""

TRACKER = "resource_tracker"
"""What stands in the command line of one, be it Python's or loky's."""

LOOK_EVERY = 0.05
"""Seconds between two looks for what is left."""


def adopt() -> None:
    """Become the parent of every descendant whose own parent ends. A no-op where the kernel has no such call."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Orphans:
    """What engines that have ended leave to this process, their host: ended in steps, so that the host never waits for it."""

    def __init__(self) -> None:
        self._gone: set[int] = set()
        self._seen: dict[int, float] = {}

    def reaped(self, pid: int) -> None:
        """Take note that a child has ended, an engine or what it has left."""
        self._gone.add(pid)

    def end(self, own: Iterable[int]) -> bool:
        """Kill the children that are not this process's `own`; return whether none is left. Nothing is looked for before a child has ended."""
        if not self._gone:
            return True
        known = set(own)
        left = [child for child in psutil.Process().children() if child.pid not in known]
        if left:
            _kill(left, self._seen)
            return False
        remove_shared(self._gone)
        self._gone.clear()
        self._seen.clear()
        return True

    def clear(self, within: float) -> None:
        """End all children of this process and all that these leave, in so many seconds at most."""
        deadline = time.monotonic() + within
        self._gone.add(os.getpid())
        while time.monotonic() < deadline:
            for pid, _ in ended_children():
                self.reaped(pid)
            if self.end(()):
                return
            time.sleep(0.01)


def ended_children() -> Iterator[tuple[int, int]]:
    """Reap this process's children that have ended; yield the process id and the status of each."""
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            yield found


def end_marked(session: str, patience: float = 0.0) -> None:
    """Kill all processes of this machine that belong to a session.

    Parameters
    ----------
    session : str
        The value of `FOLDWORK_SESSION`.
    patience : float
        Seconds that they have to end by themselves.
    """
    deadline = time.monotonic() + patience
    while marked(session) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
    gone: set[int] = set()
    seen: dict[int, float] = {}
    deadline = time.monotonic() + 3 * TRACKERS_HAVE
    while (left := marked(session)) and time.monotonic() < deadline:
        _kill(left, seen)
        gone |= set(seen)
        time.sleep(LOOK_EVERY)
    if gone:
        remove_shared(gone)


def end_left(session: str) -> None:
    """Kill what a session has left on this machine, unless its controller lives, which would do so itself."""
    name = Path(session).name
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or ()
        if "foldwork.engines.controller" in words and any(name in word for word in words):
            return
    end_marked(session)


def marked(session: str) -> list[psutil.Process]:
    """Return the processes of this machine that belong to a session."""
    mark, found = f"{MARK}={session}".encode(), []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            if pid != os.getpid() and mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(psutil.Process(pid))
    return found


def _kill(processes: list[psutil.Process], seen: dict[int, float]) -> None:
    """Kill processes; resource trackers only after a while, for they end by themselves. `seen` keeps when each was first met."""
    now = time.monotonic()
    for process in processes:
        with contextlib.suppress(psutil.Error):
            since = seen.setdefault(process.pid, now)
            if now - since > TRACKERS_HAVE or not any(TRACKER in word for word in process.cmdline()):
                process.kill()


def remove_shared(pids: set[int]) -> None:
    """Remove what joblib and loky name after these processes, which have ended: memory-mapped arrays and semaphores."""
    for folder in {Path("/dev/shm"), Path(tempfile.gettempdir())}:
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                if _owner(path.name) in pids:
                    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _owner(name: str) -> int | None:
    """Return the process that a name of joblib's or loky's says, None where it is no such name."""
    for prefix, separator in (("joblib_memmapping_folder_", "_"), ("sem.loky-", "-"), ("loky-", "-")):
        if name.startswith(prefix):
            pid = name.removeprefix(prefix).partition(separator)[0]
            return int(pid) if pid.isdecimal() else None
    return None
