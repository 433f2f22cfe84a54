"""Which process an engine is, and how much memory it uses."""

import os
import re
import resource
import time
from typing import Any

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
