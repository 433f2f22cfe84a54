"""Time whole processes, run two ways in turn, and turn seconds into rows of the table."""

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any


def timed(command: list[str], **options: Any) -> float:
    """Run a whole process; return its wall time in seconds."""
    start = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr)
    return took


def in_turn(runs: int, ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[list[float], list[float]]:
    """Run two ways in turn; return the seconds of each.

    Parameters
    ----------
    runs : int
        How often.
    ours, theirs : callable
        Each runs once and returns its seconds.
    """
    a, b = [], []
    for _ in range(runs):
        a.append(ours())
        b.append(theirs())
        print(f"    {a[-1]:.1f} s against {b[-1]:.1f} s", flush=True)
    return a, b


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the ratios of runs that followed each other."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def seconds(values: Sequence[float]) -> str:
    """Return a median with its range."""
    return f"{statistics.median(values):.1f} s ({min(values):.1f} to {max(values):.1f})"


def row(what: str, against: str, goal: str, figure: float, detail: str, **more: Any) -> dict[str, Any]:
    """Return one row of the table; `runs` says how often it was measured, if not as often as was asked for."""
    return {"what": what, "against": against, "goal": goal, "figure": figure, "detail": detail, **more}
