"""An engine: an ipyparallel worker process with its threads and its place to print, started by its host."""

import contextlib
import importlib
import io
import mmap
import os
from collections.abc import Iterable
from typing import Any

from foldwork import platforms
from foldwork.engines import ipyparallel_private
from foldwork.engines.children import run_spawned
from foldwork.evaluation import engine_slot

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)


def set_threads(cpus: int) -> None:
    """Give this process, and what it starts, `cpus` threads: in the environment, and in the libraries that are loaded already."""
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(cpus)
    from threadpoolctl import threadpool_limits

    threadpool_limits(cpus)


class Print(io.TextIOWrapper):
    """Writes what estimators print in whole lines, for other engines write to the same file. A full disk raises nothing.

    Parameters
    ----------
    file : io.RawIOBase
        The job's log.
    """

    def __init__(self, file: io.RawIOBase) -> None:
        super().__init__(file, line_buffering=True)

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            super().flush()

    def close(self) -> None:
        """Stay open: an estimator that closes it must not keep the next one from printing."""
        self.flush()


def preload(modules: Iterable[str]) -> None:
    """Import what an engine needs. A module that cannot be imported raises in the evaluation that needs it."""
    ipyparallel_private.import_engine()
    for name in ["foldwork.evaluation.bundle", *modules]:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def main(given: dict[str, Any], slots: int) -> None:
    """Be an engine until the controller has ended.

    Parameters
    ----------
    given : dict
        `connection` (the content of the engines' connection file), `profile` (a folder), `preload` (modules), `rank` among the engines of the host,
        `cpus` (threads), `bound_to` (CPU numbers, empty for all).
    slots : int
        Descriptor of the file with the slots of all engines of the host.
    """
    if given["bound_to"]:
        platforms.bind(given["bound_to"])
    set_threads(given["cpus"])  # before libraries are loaded, where the host has not loaded them
    preload(given["preload"])
    importlib.import_module("foldwork.evaluation.bundle")  # an engine without it ends, and its host reports the reason
    engine_slot.attach(engine_slot.part(memoryview(mmap.mmap(slots, 0)), given["rank"]))
    # An estimator may have removed all that the search has written.
    os.makedirs(given["profile"], mode=0o700, exist_ok=True)
    output = Print(io.FileIO(2, "w", closefd=False))
    ipyparallel_private.run_engine(given["connection"], given["profile"], output)


if __name__ == "__main__":
    run_spawned(main)
