"""End what estimators leave behind: processes that outlive their engine, and what is theirs in shared memory."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from foldwork import platforms

if TYPE_CHECKING:
    import psutil

SESSION = "FOLDWORK_SESSION"
"""Environment variable of hosts, and so of all that engines start: the run's folder."""

CONTROLLER = "foldwork.engines.controller"

TRACKERS_HAVE = 1.0
"""Seconds that a resource tracker has to remove what its process had shared, once that process and its workers have ended."""

TRACKER = "resource_tracker"
"""Part of the command line of every resource tracker, Python's or loky's."""

POLL_EVERY = 0.05
"""Seconds between two searches for processes."""


def end_session(session: str, patience: float = 0.0) -> None:
    """Kill all processes of this machine that belong to a session.

    Parameters
    ----------
    session : str
        The value of `FOLDWORK_SESSION`.
    patience : float
        Seconds that they have to end by themselves.
    """
    deadline = time.monotonic() + patience
    while in_session(session) and time.monotonic() < deadline:
        time.sleep(POLL_EVERY)
    killed: set[int] = set()
    seen: dict[int, float] = {}
    deadline = time.monotonic() + 3 * TRACKERS_HAVE
    while (left := in_session(session)) and time.monotonic() < deadline:
        kill(left, seen)
        killed |= set(seen)
        time.sleep(POLL_EVERY)
    if killed:
        remove_shared(killed)


def end_abandoned_session(session: str) -> None:
    """Kill the processes of a session on this machine, unless its controller runs, which would do so itself."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or ()
        if CONTROLLER in words and session in words:
            return
    end_session(session)


def in_session(session: str) -> list["psutil.Process"]:
    """Return the processes of this machine that belong to a session."""
    return with_variable(SESSION, lambda value: value == session)


def with_variable(name: str, accepts: Callable[[str], bool]) -> list["psutil.Process"]:
    """Return the other processes of this machine that have an environment variable with an accepted value."""
    import psutil

    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            process = psutil.Process(pid)
            if pid != os.getpid() and (value := process.environ().get(name)) is not None and accepts(value):
                found.append(process)
    return found


def kill(processes: list["psutil.Process"], seen: dict[int, float]) -> None:
    """Kill processes; resource trackers only after a while, for they end by themselves.

    Parameters
    ----------
    processes : list of psutil.Process
    seen : dict
        When each process was first met; kept from call to call.
    """
    import psutil

    now = time.monotonic()
    for process in processes:
        with contextlib.suppress(psutil.Error):
            since = seen.setdefault(process.pid, now)
            if now - since > TRACKERS_HAVE or not any(TRACKER in word for word in process.cmdline()):
                process.kill()


def remove_shared(pids: set[int]) -> None:
    """Remove what joblib and loky name after these processes, which have ended: memory-mapped arrays and semaphores."""
    for folder in platforms.shared_memory_folders():
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                if _owner(path.name) in pids:
                    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _owner(name: str) -> int | None:
    """Return the process id in a file name of joblib's or loky's, None where it is no such name."""
    for prefix, separator in (("joblib_memmapping_folder_", "_"), ("sem.loky-", "-"), ("loky-", "-")):
        if name.startswith(prefix):
            pid = name.removeprefix(prefix).partition(separator)[0]
            return int(pid) if pid.isdecimal() else None
    return None
