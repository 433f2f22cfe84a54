"""A host of engines that is forked before it is needed, from a process that has imported scikit-learn: a new one would import it again, for a second.

The forked process imports the rest while this one reads what to evaluate, waits for its command line, and is then what `python -m foldwork.engines.host`
is. Where it cannot be that, it replaces itself by that program.
"""

import contextlib
import gc
import json
import os
import runpy
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO, Any, NoReturn

from foldwork import platforms
from foldwork.engines.host_command import MODULE, read_line

WAIT_EVERY = 0.01
"""Seconds between two looks whether the process has ended."""


class ForkedHost:
    """The forked process, with those members of `subprocess.Popen` that a session uses.

    Parameters
    ----------
    path : sequence of str
        The search path of a new Python process, without its first folder.
    """

    def __init__(self, path: Sequence[str]) -> None:
        (given, ours), (theirs, said) = os.pipe(), os.pipe()
        parent = os.getpid()
        if (pid := os.fork()) == 0:
            os.close(ours)
            os.close(theirs)
            _wait_and_be_host(given, said, path, parent)
        os.close(given)
        os.close(said)
        self.pid = pid
        self.stdin: IO[bytes] = os.fdopen(ours, "wb")
        self.stdout: IO[bytes] = os.fdopen(theirs, "rb")
        self._ended = False

    def begin(self, words: Sequence[str], variables: Mapping[str, str], log: Path) -> None:
        """Have the process be the program `words`, a host's command line. Its environment is that at the fork and `variables`; its messages go to the log."""
        line = json.dumps({"words": list(words), "variables": dict(variables), "log": str(log.absolute())})
        with contextlib.suppress(BrokenPipeError):  # it has ended, as the end of its standard output tells
            self.stdin.write(line.encode() + b"\n")
            self.stdin.flush()

    def wait(self, timeout: float) -> None:
        """Wait for the end of the process.

        Raises
        ------
        subprocess.TimeoutExpired
            If it does not end in so many seconds.
        """
        deadline = time.monotonic() + timeout
        with contextlib.suppress(ChildProcessError):  # it has ended while this process ignores SIGCHLD
            while not self._ended and os.waitpid(self.pid, os.WNOHANG)[0] == 0:
                if time.monotonic() > deadline:
                    raise TimeoutExpired(MODULE, timeout)
                time.sleep(WAIT_EVERY)
        self._ended = True

    def kill(self) -> None:
        """Kill the process, unless it has ended."""
        if not self._ended:
            os.kill(self.pid, signal.SIGKILL)


_prepared: ForkedHost | None = None


def prepare(path: Sequence[str]) -> None:
    """Fork a host that `take` returns. To be called in a process that has one thread and has opened nothing yet. For `path` see `ForkedHost`."""
    global _prepared
    _prepared = ForkedHost(path)


def take() -> ForkedHost | None:
    """Return the prepared host, once; None if there is none. It ends with this process if nobody lets it begin."""
    global _prepared
    found, _prepared = _prepared, None
    return found


# ---- in the forked process


def _wait_and_be_host(given: int, said: int, path: Sequence[str], parent: int) -> NoReturn:
    code = 1
    try:
        platforms.end_with_parent(parent, None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a host
        environment = dict(os.environ)
        os.setsid()  # Ctrl-C is for the process that has forked this one
        os.dup2(given, 0)
        os.dup2(said, 1)
        os.close(given)
        os.close(said)
        _import_host()
        if line := read_line(0):
            platforms.end_with_parent(parent, None, 0)  # a host ends its engines first
            _be_host(json.loads(line), environment, path)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(code)


def _import_host() -> None:
    """Import what a host needs: the time until its command line comes is free."""
    from foldwork.engines.engine import THREAD_VARIABLES, preload

    os.environ |= dict.fromkeys(THREAD_VARIABLES, "1")  # as the host does before it imports
    gc.disable()  # the host enables it
    preload(())


def _be_host(described: dict[str, Any], environment: Mapping[str, str], path: Sequence[str]) -> None:
    """Do what the described command line does, in this environment and the described variables."""
    words, variables = described["words"], described["variables"]
    environment = {**environment, **variables}
    log = os.open(described["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 2)
    os.close(log)
    if not platforms.show_process_as(words, variables):
        os.execve(words[0], words, environment)
    os.environ.clear()
    os.environ |= environment
    sys.argv = words[words.index(MODULE) :]
    sys.path[:] = list(path) if sys.flags.safe_path else [os.getcwd(), *path]
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
