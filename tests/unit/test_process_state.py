"""The process state that an estimator changes is restored."""

import os
import signal
import sys

import numpy as np

from foldwork.evaluation import process_state
from foldwork.evaluation.process_state import ProcessState


def test_what_the_first_estimator_of_a_process_changes_is_restored(tmp_path):
    process_state._originals.cache_clear()
    directory, limit, out, ones, norm = os.getcwd(), sys.getrecursionlimit(), sys.stdout, np.ones, np.linalg.norm
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    state = ProcessState()
    os.chdir(tmp_path)
    sys.setrecursionlimit(limit + 50)
    sys.stdout = None
    np.ones = lambda *_: 42
    del np.linalg.norm
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    state.restore()
    assert (os.getcwd(), sys.getrecursionlimit(), sys.stdout) == (directory, limit, out)
    assert np.ones is ones and np.linalg.norm is norm
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)] == handlers
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == mask
