"""What a process becomes that the host has forked: an ipyparallel engine, with its threads and its place to print."""

import contextlib
import io
import os
import sys

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
    """Where estimators print: whole lines, for other engines write to the same file. That the disk is full is no fault of theirs.

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


def run_engine() -> None:
    """Be an ipyparallel engine until the controller is gone."""
    from ipyparallel.engine.app import IPEngine
    from traitlets.config import Config

    config = Config()
    config.IPEngine.enable_nanny = False  # this host is what looks after it
    config.IPEngine.timeout = 30.0
    config.IPEngine.max_heartbeat_misses = 15  # of 700 ms each
    config.IPEngine.log_level = 40
    config.ProfileDir.location = os.environ["FOLDWORK_PROFILE"]
    # An estimator may have removed it with all that the search has written.
    os.makedirs(os.environ["FOLDWORK_PROFILE"], mode=0o700, exist_ok=True)
    config.HistoryManager.enabled = False

    class Engine(IPEngine):
        """Prints to the job's log: streams to clients cost two threads, and a third of the time between two bundles."""

        def redirect_output(self, iopub_socket: object) -> None:
            sys.stdout = sys.stderr = Print(io.FileIO(2, "w", closefd=False))

    Engine.launch_instance(argv=[], config=config)
