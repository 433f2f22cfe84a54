"""Let Snakemake exit as soon as its last job has ended: a timer of its scheduler and the garbage collector would keep it for up to a second each."""

import atexit
import gc
import threading
from typing import Any

from foldwork.workflow.graceful_stop import scheduler_class


def exit_at_once() -> None:
    """Patch Snakemake so that the timer after which it looks again for jobs to start is a daemon thread.

    A thread that is no daemon keeps the interpreter from exiting. The timer serves the limit on jobs started in a second, which has no meaning once
    all jobs have ended (seen with Snakemake 9.27). At the end of the interpreter, the collector looks for cycles in all that has been imported: what is
    frozen it leaves to the operating system.
    """
    atexit.register(gc.freeze)
    JobScheduler = scheduler_class()
    if not hasattr(JobScheduler, "_schedule_reevalutation"):
        return

    def look_again(self: Any, delay: float) -> None:
        timer = threading.Timer(delay, self._open_jobs.release)
        timer.daemon = True
        timer.start()

    JobScheduler._schedule_reevalutation = look_again
