"""Let SIGTERM end Snakemake in order at any time (its own handler may wait for ever), and Ctrl-C in one line."""

import sys
import threading
from typing import Any


def interrupt_in_one_line() -> None:
    """Have one line in the place of a traceback where Ctrl-C ends Snakemake while it reads the rules: it does not catch KeyboardInterrupt there."""
    show = sys.excepthook
    if getattr(show, "in_one_line", False):
        return

    def in_one_line(kind: type[BaseException], *rest: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            print("foldwork: interrupted", file=sys.stderr)
        else:
            show(kind, *rest)

    in_one_line.in_one_line = True  # type: ignore[attr-defined]
    sys.excepthook = in_one_line


def scheduler_class() -> Any:
    """Return Snakemake's class that schedules jobs."""
    try:
        from snakemake.scheduling.job_scheduler import JobScheduler
    except ImportError:  # its place in earlier versions
        from snakemake.scheduler import JobScheduler
    return JobScheduler


def stop_in_order() -> None:
    """Patch Snakemake so that its handler of SIGTERM cannot wait for a lock that the interrupted code holds.

    The handler takes a lock that the main thread takes, too, while it selects jobs. A signal in this instant would block the main thread for ever
    (seen with Snakemake 9.27). The patched handler does the same in a thread of its own, which waits until the lock is free.
    """
    JobScheduler = scheduler_class()
    stop = JobScheduler.exit_gracefully
    if getattr(stop, "in_thread", False):
        return

    def exit_gracefully(self: Any, *args: Any) -> None:
        threading.Thread(target=stop, args=(self, *args), daemon=True).start()

    exit_gracefully.in_thread = True  # type: ignore[attr-defined]
    JobScheduler.exit_gracefully = exit_gracefully
