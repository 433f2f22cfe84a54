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


SHARE = 0.0002
"""Most of an engine's time that measurements of memory take: for each the kernel reads the engine's page table, some milliseconds."""

GROWTH = 1.02
"""Growth of `peak` after which memory is measured at once."""

_measured: dict[str, Any] = {"next": float("-inf"), "peak": 0}


def memory() -> dict[str, int]:
    """Return bytes of memory. All but `peak` were measured some seconds ago, or when the engine had become larger.

    Returns
    -------
    dict
        `peak` (largest resident size of this engine), `unshared` and `shared` (its pages), `free` (available on its host).
    """
    began, peak = time.monotonic(), platforms.peak_memory()
    if began >= _measured["next"] or peak > GROWTH * _measured["peak"]:
        found = platforms.own_memory()
        ended = time.monotonic()
        _measured.update(found=found, peak=peak, next=ended + (ended - began) / SHARE)
    return {"peak": peak, **_measured["found"]}
