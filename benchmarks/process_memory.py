"""Watch the memory of running processes (Linux)."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil


def of_client(folder: Path) -> float | None:
    """Return the resident memory of a study's evaluate process in bytes, once an engine has answered."""
    try:
        said = json.loads((folder / "results/searches/x/running.json").read_text())
        return psutil.Process(said["pid"]).memory_info().rss if said["engines"] else None
    except (OSError, ValueError, psutil.Error):
        return None


def most_unshared(process: subprocess.Popen, is_worker: Callable[[psutil.Process], bool]) -> tuple[float, int]:
    """Watch a run to its end; return the most memory (bytes) that its workers had for themselves at one time, and how many they were.

    `is_worker` is asked of each of its descendants; what a worker has for itself are its dirty private pages.
    """
    most = (0.0, 0)
    while process.poll() is None:
        total, count = 0.0, 0
        for child in _descendants(process.pid):
            try:
                if is_worker(child):
                    rollup = Path(f"/proc/{child.pid}/smaps_rollup").read_text()
                    total += 1024 * int(re.search(r"Private_Dirty:\s+(\d+)", rollup)[1])
                    count += 1
            except (OSError, TypeError, AttributeError, psutil.Error):  # it has ended meanwhile
                continue
        most = max(most, (total, count))
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"a run ended with {process.returncode}")
    return most


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
