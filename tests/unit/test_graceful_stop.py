"""SIGTERM ends Snakemake in order, also while its main thread holds the lock that its handler takes; Ctrl-C is one line."""

import os
import signal
import sys
import threading
import time

from foldwork.workflow.graceful_stop import interrupt_in_one_line, scheduler_class, stop_in_order


def test_ctrl_c_while_the_rules_are_read_is_one_line_and_errors_are_shown_as_before(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: shown.append(error))
    interrupt_in_one_line()
    interrupt_in_one_line()  # another Snakefile that is included
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().err == "foldwork: interrupted\n" and shown == []
    error = ValueError("wrong")
    sys.excepthook(ValueError, error, None)
    assert shown == [(ValueError, error, None)]


def test_a_signal_while_jobs_are_selected_does_not_block_the_main_thread(monkeypatch):
    JobScheduler = scheduler_class()
    monkeypatch.setattr(JobScheduler, "exit_gracefully", JobScheduler.exit_gracefully)
    stop_in_order()
    scheduler = object.__new__(JobScheduler)
    scheduler._lock, scheduler._open_jobs, scheduler._user_kill = threading.Lock(), threading.Semaphore(0), None
    before = signal.signal(signal.SIGTERM, scheduler.exit_gracefully)
    try:
        with scheduler._lock:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.2)
            assert scheduler._user_kill is None
        assert scheduler._open_jobs.acquire(timeout=10) and scheduler._user_kill == "graceful"
    finally:
        signal.signal(signal.SIGTERM, before)
