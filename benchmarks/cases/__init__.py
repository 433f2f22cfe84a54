"""The benchmarks: one a module, each with `measure(folder, runs)`, which returns its rows of the table."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = (
    "study",
    "plain",
    "pipeline",
    "forests",
    "busy",
    "strategies",
    "trials",
    "quality",
    "races",
    "predictions",
    "rate",
    "memory",
    "ring",
    "start",
    "resume",
    "tail",
)
"""The modules, in the order in which they run and stand on the page."""


def load(name: str) -> Callable[[Path, int], list[dict[str, Any]]]:
    """Return what measures a case: it takes a folder for its files and how often to run, and returns rows (`measuring.row`)."""
    return importlib.import_module(f"{__name__}.{name}").measure
