"""What an estimator changes around it is put back."""

import os
import signal
import sys

import numpy as np

from foldwork.evaluation.process_state import Surroundings


def test_what_an_estimator_changes_around_it_is_put_back(tmp_path):
    directory, limit, out, ones, norm = os.getcwd(), sys.getrecursionlimit(), sys.stdout, np.ones, np.linalg.norm
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    around = Surroundings()
    around.put_back()
    os.chdir(tmp_path)
    sys.setrecursionlimit(limit + 50)
    sys.stdout = None
    np.ones = lambda *_: 42
    del np.linalg.norm
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    around.put_back()
    assert (os.getcwd(), sys.getrecursionlimit(), sys.stdout) == (directory, limit, out)
    assert np.ones is ones and np.linalg.norm is norm
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)] == handlers
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == mask
