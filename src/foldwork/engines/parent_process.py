"""The Snakemake process that waits for a script: a script whose Snakemake has ended must end, too, and write nothing more.

After a `kill -9` the next run relies on that: an orphan would put old results over new ones.
"""

import contextlib
import os
import signal
import threading
import time

from foldwork.engines.launchers import in_batch_job
from foldwork.platforms import start_time

VARIABLE = "FOLDWORK_SNAKEMAKE"
"""Environment variable: process id and start time of the Snakemake whose scripts inherit it."""

CHECK_EVERY = 0.5
"""Seconds between two checks."""

GRACE = 5.0
"""Seconds that a script has to end in order, before it is killed."""


class Ended(SystemExit):
    """The Snakemake of this process has ended, or SIGTERM has come."""


def record_snakemake() -> None:
    """Record this process in the environment of its scripts. The Snakefile calls this, so a cluster job's Snakemake does so, too, for its script."""
    os.environ[VARIABLE] = f"{os.getpid()} {start_time(os.getpid())}"


def snakemake_is_alive() -> bool:
    """Return whether the Snakemake of this script still runs (True where none has been recorded)."""
    pid, _, started = os.environ.get(VARIABLE, "").partition(" ")
    return not pid or start_time(int(pid)) == started


def end_with_snakemake() -> None:
    """End this process when its Snakemake has ended: by `Ended` in the main thread, or if that takes long, by SIGKILL.

    For scripts whose work is lost with them; `evaluate` checks `snakemake_is_alive` itself, and records what has ended.
    """
    if not snakemake_is_alive():
        os._exit(1)

    def leave(*_: object) -> None:
        raise Ended(1)

    signal.signal(signal.SIGTERM, leave)

    def watch() -> None:
        while snakemake_is_alive():
            time.sleep(CHECK_EVERY)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def end_snakemake_of_replaced_job() -> None:
    """End the Snakemake that waits for this process in a batch job whose work another attempt has taken over.

    It may have outlived its job with this process. It would then see a job that failed and delete the outputs, which are the other attempt's.
    """
    if in_batch_job() and os.environ.get(VARIABLE) and snakemake_is_alive():
        with contextlib.suppress(OSError):
            os.kill(int(os.environ[VARIABLE].split()[0]), signal.SIGKILL)
