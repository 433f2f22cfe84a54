"""Estimators that misbehave, each in its own way."""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator


class Unspeakable(Exception):
    """Its message cannot be had."""

    def __str__(self):
        raise RuntimeError("no message")


class Own(BaseException):
    """Not an Exception."""


def fork():
    """Return in both processes."""
    os.fork()


def raise_(error):
    raise error


def start_threads():
    """Start threads that never end, one that keeps an interpreter alive among them."""
    for daemon in (True, False):
        threading.Thread(target=threading.Event().wait, daemon=daemon).start()


def print_bytes():
    """Print what is no text, to the stream and past it."""
    sys.stdout.buffer.write(bytes(range(256)))
    os.write(1, bytes(range(255, -1, -1)))


def report():
    """Print what looks like the reports of a host, wherever they might go."""
    lines = [
        {"event": "hosts gone"},
        {"event": "died", "pid": 1, "rank": 0, "bundle": 1, "at": 0, "code": 9, "cause": None, "node": "n"},
    ]
    for number in range(1, 64):
        with contextlib.suppress(OSError):
            if number < 3 or stat.S_ISFIFO(os.fstat(number).st_mode):
                os.write(number, "".join(f"\n{json.dumps(line)}\n" for line in lines).encode())


def set_handlers():
    """Ignore all signals that can be ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def eat():
    """Take all memory."""
    eaten = []
    while True:
        eaten.append(np.ones(4_000_000))


def patch_numpy():
    """Make NumPy useless."""
    for name in ("ones", "mean", "asarray", "isnan", "random"):
        setattr(np, name, lambda *_, **__: raise_(ArithmeticError("patched")))


def delete_results():
    """Remove all that the search has written."""
    shutil.rmtree(Path(__file__).parent / "results/searches/slow", ignore_errors=True)


def close_streams():
    sys.stdout.close()
    sys.stderr = None


def recurse(depth=0):
    return recurse(depth + 1)


def deadlock():
    """Wait for a lock that nobody gives back."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def keep_the_alarm_off():
    """Loop, and do not let a timer end it."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    while True:
        time.sleep(0.1)


OK = {
    "good": lambda: None,
    "forks": fork,
    "threads": start_threads,
    "directory": lambda: os.chdir("/"),
    "bytes": print_bytes,
    "much": lambda: print("x" * 10**8),
    "report": report,
    "handlers": set_handlers,
    "seed": lambda: np.random.seed(0),
    "deletes": delete_results,
    "streams": close_streams,
    "limit": lambda: sys.setrecursionlimit(200),
    "path": lambda: sys.path.clear(),
    "environment": lambda: os.environ.clear(),
    "errors": lambda: np.seterr(all="raise"),
    "also good": lambda: print("still well"),
}
"""What an evaluation survives."""

RAISES = {
    "unspeakable": lambda: raise_(Unspeakable()),
    "base": lambda: raise_(Own("mine")),
    "interrupt": lambda: raise_(KeyboardInterrupt()),
    "exit": lambda: raise_(SystemExit(3)),
    "generator": lambda: raise_(GeneratorExit()),
    "surrogate": lambda: raise_(FileNotFoundError("data/caf\udce9.csv")),
    "long": lambda: raise_(ValueError("x " * 10**6)),
    "huge": lambda: None,
    "patches": patch_numpy,
    "recursion": recurse,
}
"""What makes it a failed row."""

ENDS = {
    "alarm": lambda: os.kill(os.getpid(), signal.SIGALRM),
    "closes": lambda: os.closerange(0, 4096),
    "hard exit": lambda: os._exit(0),
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "group": lambda: os.killpg(0, signal.SIGKILL),
    "memory": eat,
}
"""What ends its engine, too."""

LATE = {"deadlock": deadlock, "no alarm": keep_the_alarm_off}
"""What a time limit ends."""

KINDS = {**OK, **RAISES, **ENDS}


class Hostile(BaseEstimator):
    """Does what its kind says in fit; scores 1, or more than a float can hold."""

    def __init__(self, kind="good"):
        self.kind = kind

    def fit(self, X, y=None):
        {**KINDS, **LATE}[self.kind]()
        return self

    def score(self, X, y=None):
        return 10**400 if self.kind == "huge" else float(np.ones(3).mean())


def child(noted):
    """Fork a child that sleeps, and note it."""
    if (pid := os.fork()) == 0:
        time.sleep(600)
        os._exit(0)
    noted.append(pid)


def daemon(noted, env=None):
    """Start a process that has a session of its own and a parent that has ended."""
    command = "import os, time\nif os.fork(): os._exit(0)\nos.setsid()\nprint(os.getpid(), flush=True)\ntime.sleep(600)"
    with subprocess.Popen([sys.executable, "-S", "-c", command], stdout=subprocess.PIPE, env=env) as process:
        noted.append(int(process.stdout.readline()))
        process.stdout.close()


def stranger(noted):
    """Start a daemon with an empty environment."""
    daemon(noted, {})


def program(noted):
    """Start a program, which starts another."""
    process = subprocess.Popen(["sh", "-c", "sleep 600 & echo $!; wait"], stdout=subprocess.PIPE)
    noted += [process.pid, int(process.stdout.readline())]


def loky(noted):
    """Have loky's workers map an array in shared memory."""
    import psutil
    from joblib import Parallel, delayed

    os.environ["LOKY_MAX_CPU_COUNT"] = "2"
    array = np.zeros(300_000)
    Parallel(n_jobs=2, max_nbytes=1000)(delayed(np.sum)(array) for _ in range(4))
    noted += [each.pid for each in psutil.Process().children() if any("loky" in word for word in each.cmdline())]


def pool(noted):
    """Leave a block of shared memory, and a semaphore of a context that spawns."""
    from multiprocessing import get_context, shared_memory

    block, lock = shared_memory.SharedMemory(create=True, size=1000), get_context("spawn").Lock()
    kept.extend([block, lock])
    names = f"{block.name.strip('/')} sem.{lock._semlock.name.strip('/')}"
    Path(__file__).with_name(f"shared-{os.getpid()}").write_text(names)


kept = []
FAMILY = {"child": child, "daemon": daemon, "stranger": stranger, "program": program, "loky": loky, "pool": pool}


class Family(BaseEstimator):
    """Has children in fit, notes them, and waits."""

    def __init__(self, kind="all", hold=0.0):
        self.kind = kind
        self.hold = hold

    def fit(self, X, y=None):
        noted = []
        for kind in FAMILY if self.kind == "all" else self.kind.split():
            FAMILY[kind](noted)
        path = Path(__file__).with_name(f"children-{os.getpid()}")
        path.write_text(" ".join(map(str, noted)))
        path.rename(f"{path}.ready")
        time.sleep(self.hold)
        return self

    def score(self, X, y=None):
        return 1.0
