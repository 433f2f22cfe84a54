"""The Snakemake process that waits for a script: a script whose Snakemake has ended must end, too, and write nothing more.

Whoever starts the next run after a `kill -9` counts on that: an orphan would put old results over new ones.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

VARIABLE = "FOLDWORK_SNAKEMAKE"
"""Environment variable: process id and start time of the Snakemake whose scripts inherit it."""

LOOK_EVERY = 0.5
"""Seconds between two looks."""

GRACE = 5.0
"""Seconds that a script has to end in order, before it is killed."""


def note() -> None:
    """Let the scripts that this process starts know it. The Snakefile calls this; a cluster job's Snakemake reads it, too, and so is the one of its script."""
    os.environ[VARIABLE] = f"{os.getpid()} {_started(os.getpid())}"


def lives() -> bool:
    """Return whether the Snakemake of this script is still there (True where none has been noted)."""
    pid, _, started = os.environ.get(VARIABLE, "").partition(" ")
    return not pid or _started(int(pid)) == started


def _started(pid: int) -> str:
    """Return when a process was started, in the kernel's own count: another process may have got its id. Empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    if sys.platform == "linux":
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "alive"


def end_with_it() -> None:
    """End this process when its Snakemake has ended: by SystemExit in the main thread, or if that takes long, by SIGKILL.

    For scripts whose work is lost with them; `evaluate` looks at `lives` itself, and records what has ended.
    """
    if not lives():
        os._exit(1)

    def leave(*_: object) -> None:
        sys.exit(1)

    signal.signal(signal.SIGTERM, leave)

    def watch() -> None:
        while lives():
            time.sleep(LOOK_EVERY)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
