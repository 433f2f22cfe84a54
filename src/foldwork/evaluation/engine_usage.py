"""Which process an engine is, and how much memory it uses."""

import os
import time
from typing import Any

from foldwork import platforms

_identity: dict[str, Any] = {}


def identity() -> dict[str, Any]:
    """Return what identifies this engine: `host`, `node` (its name in Slurm, else the host's) and `pid`."""
    if _identity.get("pid") != os.getpid():
        host = os.uname().nodename
        _identity.update(host=host, node=platforms.node_name(), pid=os.getpid())
    return dict(_identity)


MEASURE_EVERY = 1.0
"""Least seconds between two measurements of memory: for each the kernel reads the engine's page table, some milliseconds."""

_measured: dict[str, Any] = {"at": float("-inf")}


def memory() -> dict[str, int]:
    """Return bytes of memory, measured at most a second ago but for `peak`.

    Returns
    -------
    dict
        `peak` (largest resident size of this engine), `unshared` and `shared` (its pages), `free` (available on its host).
    """
    now = time.monotonic()
    if now - _measured["at"] >= MEASURE_EVERY:
        _measured.update(at=now, found=platforms.own_memory())
    return {"peak": platforms.peak_memory(), **_measured["found"]}
