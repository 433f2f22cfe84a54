"""A process that has done its work exits at once, and loses nothing of what it still has to do."""

import subprocess
import sys
import threading

from foldwork.workflow.exit_at_once import exit_at_once
from foldwork.workflow.graceful_stop import scheduler_class

SCRIPT = """
import atexit, sys
from foldwork import quick_exit

class Slow:
    def __del__(self):
        print("torn down")

kept = Slow()
atexit.register(print, "handler")
print("printed")
{end}
"""


def ended(end):
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(end=end)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.split()


def test_after_success_exit_handlers_run_and_output_is_written_and_the_interpreter_is_not_torn_down():
    assert ended("quick_exit.mark_success()") == (0, ["printed", "handler"])


def test_handlers_that_were_registered_before_are_not_left_out(tmp_path):
    script = f"""
import multiprocessing, tempfile, weakref, sys
from joblib import Parallel, delayed
class Thing: pass
thing = Thing()
weakref.finalize(thing, print, "finalized")
from foldwork import quick_exit
folder = tempfile.TemporaryDirectory(dir={str(tmp_path)!r})
Parallel(n_jobs=2)(delayed(abs)(n) for n in range(20))
child = multiprocessing.Process(target=print, args=("child",))
child.start()
quick_exit.mark_success()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, sorted(done.stdout.split()), done.stderr) == (0, ["child", "finalized"], "")
    assert not list(tmp_path.iterdir())


def test_a_stream_that_is_closed_is_left_alone():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(end="quick_exit.mark_success(); sys.stdout.close()")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, "quick_exit" in done.stderr) == (0, False)


def test_without_success_a_process_exits_as_ever():
    code, printed = ended("sys.exit(3)")
    assert code == 3 and printed[:2] == ["printed", "handler"]


def test_the_timer_of_the_scheduler_does_not_keep_snakemake_from_exiting(monkeypatch):
    JobScheduler = scheduler_class()
    name = "_schedule_reevalutation"
    said = f"Snakemake's JobScheduler.{name} has changed: a run may take a second longer (workflow.exit_at_once)"
    assert hasattr(JobScheduler, name), said
    monkeypatch.setattr(JobScheduler, name, getattr(JobScheduler, name))
    exit_at_once()
    scheduler = object.__new__(JobScheduler)
    scheduler._open_jobs = threading.Semaphore(0)
    before = set(threading.enumerate())
    scheduler._schedule_reevalutation(0.2)
    assert all(thread.daemon for thread in set(threading.enumerate()) - before)
    assert scheduler._open_jobs.acquire(timeout=10)


def test_the_garbage_collector_does_not_keep_snakemake_from_exiting():
    script = "import atexit, gc\natexit.register(lambda: print(gc.get_freeze_count() > 1000))\n"
    script += "from foldwork.workflow.exit_at_once import exit_at_once\nexit_at_once()"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "True"
