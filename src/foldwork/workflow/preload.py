"""What the server of scripts imports once (see `served_scripts`): the scripts that it forks find these modules imported.

Importing this module does the work, for Python's fork server takes the name of a module. Only the server and what it forks import it.
"""

import contextlib
import gc
import importlib
import multiprocessing
import os
import signal
import sys

from foldwork import platforms
from foldwork.engines.engine import THREAD_VARIABLES
from foldwork.workflow.served_scripts import FOR_THREADS, FOR_TMPDIR

MODULES = (
    "sklearn.datasets",
    "sklearn.metrics",
    "sklearn.model_selection",
    "snakemake.iocontainers",
    "snakemake.logging",
    "foldwork.data.datasets",
    "foldwork.data.splits",
    "foldwork.results.results",
    "foldwork.study.checks.check_config",
    "foldwork.workflow.script",
)
"""A module that cannot be imported raises in the script that needs it."""

FORKABLE = {"jemalloc_bg_thd"}
"""Threads that allow a fork: jemalloc, the allocator of pyarrow, which pandas imports, starts its thread anew in the forked process."""

PATH = [folder for folder in sys.path if folder]
"""The search path, without the study's folder."""

MainProcess = type(multiprocessing.current_process())
"""What `multiprocessing` takes a process for that it has not started, as this one."""

HANDLERS = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
"""How scripts find these signals handled, which the server ignores."""

os.environ.pop(platforms.ROOM, None)
ENVIRONMENT = dict(os.environ)

ONE_THREAD = dict.fromkeys(set(THREAD_VARIABLES) - {"LOKY_MAX_CPU_COUNT"}, "1")  # loky reads it when it is used


def can_serve(environment: dict[str, str], *, computes: bool) -> bool:
    """Return whether a script finds in a forked process what it would find in a new one with this environment.

    The imported libraries have one thread, which matters to a script that computes, and may have read any variable. A process with several threads
    cannot be forked safely.
    """
    has_one_thread = not computes or all(environment.get(name, "1") == "1" for name in ONE_THREAD)
    expected = {*FOR_THREADS, *FOR_TMPDIR, *ONE_THREAD}  # no module reads FOR_TMPDIR when it is imported
    differing = {name for name, _ in environment.items() ^ ENVIRONMENT.items()} - expected
    return _can_fork and has_one_thread and all(name.startswith("FOLDWORK_") for name in differing)


def _preload() -> None:
    platforms.end_with_parent(os.getppid(), None)
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for Snakemake
    # So is another signal to all processes: Snakemake waits until its scripts have ended in order, and the server ends with it.
    for number in HANDLERS:
        signal.signal(number, signal.SIG_IGN)
    os.environ |= ONE_THREAD  # a library that is loaded with one thread starts none
    sys.path[:] = PATH
    gc.disable()  # imports create many objects and no garbage
    for name in MODULES:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.enable()
    gc.freeze()  # the pages of these objects stay shared
    signal.signal(signal.SIGINT, interrupt)  # the server ignores it, too, and scripts have what they find here


_preload()
SET_BY_IMPORTS = {name: value for name, value in os.environ.items() - ENVIRONMENT.items() if name not in ONE_THREAD}
_can_fork = platforms.thread_names() <= FORKABLE
