"""Which process an engine is, and how much memory it uses."""

import os
import time
from typing import Any

from foldwork import platforms

_identity: dict[str, Any] = {}


def identity() -> dict[str, Any]:
    """Return who this engine is: `host`, `node` (Slurm's name of it, else the host's) and `pid`."""
    if _identity.get("pid") != os.getpid():
        host = os.uname().nodename
        _identity.update(host=host, node=platforms.node_name(), pid=os.getpid())
    return dict(_identity)


LOOK_EVERY = 1.0
"""Seconds between two looks at an engine's memory at least: the kernel walks through all its pages for it, some milliseconds."""

_seen: dict[str, Any] = {"at": float("-inf")}


def memory() -> dict[str, int]:
    """Return this engine's memory in bytes: `peak` (resident), and as they were within the last second `unshared` (pages of its own), `shared` and `free` of its host."""
    now = time.monotonic()
    if now - _seen["at"] >= LOOK_EVERY:
        _seen.update(at=now, found=platforms.own_memory())
    return {"peak": platforms.peak_memory(), **_seen["found"]}
