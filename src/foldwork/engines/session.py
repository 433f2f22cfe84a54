"""A controller and its engines for the length of one search: start, connect, listen, end."""

import contextlib
import json
import os
import queue
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from foldwork.engines import forked_host
from foldwork.engines.forked_host import ForkedHost
from foldwork.engines.host_command import RESTART, HostCommand
from foldwork.engines.ipyparallel_private import connection_files
from foldwork.engines.launchers import Launcher
from foldwork.engines.orphans import CONTROLLER, SESSION, end_session
from foldwork.errors import FoldworkError, one_line

if TYPE_CHECKING:
    import ipyparallel

RUN_VARIABLE = "FOLDWORK_RUN"
"""Every process that a run starts carries this in its environment."""

CONNECT = "FOLDWORK_CONNECT"
"""Environment variable: an ipyparallel connection file, or the name of an IPython profile, of a cluster to use instead of starting one."""

PATIENCE = 120.0
"""Seconds to wait for the controller, and for a first engine."""

MORE_STARTS = 2
"""How often a controller that ends while it starts is started again: it looks for free ports, and another program may take one before it does."""


class Session:
    """The processes of one run: start them, connect, end them. What it starts ends with it.

    Parameters
    ----------
    directory : path-like
        A folder for the run (made here with mode 0700; the controller removes it when this process ends, however it ends).
    launcher : Launcher
        Starts the engines.
    engines, cpus : int
        How many engines, and CPUs (threads) of each.
    memory : int
        Bytes of private memory that an engine may use; 0 for no bound.
    preload : sequence of str
        Modules that the engines need, imported once before they are forked, or by each engine where they are spawned.
    log : file
        Where the processes' own messages go.
    """

    def __init__(
        self,
        directory: Path,
        launcher: Launcher,
        engines: int,
        *,
        cpus: int = 1,
        memory: int = 0,
        preload: Sequence[str] = (),
        log: IO,
    ) -> None:
        self.directory = directory
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client: ipyparallel.Client | None = None
        self._launcher = launcher
        self._log = log
        self._controller: subprocess.Popen | None = None
        self._host: subprocess.Popen | ForkedHost | None = None
        os.environ.setdefault(RUN_VARIABLE, secrets.token_hex(8))
        directory.mkdir(mode=0o700, parents=True, exist_ok=False)
        try:
            # The host first, for it takes longer. The more engines, the slower their heartbeats may be.
            self._host = self._start_host(HostCommand(engines, cpus, memory, str(directory), preload))
            self._heartbeat = max(100, 4 * engines)
            self._controller = self._start_controller(self._heartbeat)
        except BaseException:
            self.close()
            raise

    def _start_host(self, command: HostCommand) -> subprocess.Popen | ForkedHost:
        start = self._launcher.start_command(command.engines)
        environment = self._launcher.environment() | {SESSION: str(self.directory.absolute())}
        if not start and (host := forked_host.take()):
            run = {RUN_VARIABLE: os.environ[RUN_VARIABLE]}
            host.begin(command.words(), run | environment, Path(self._log.name))
            return host
        return self._start([*start, *command.words()], environment)

    def _start_controller(self, heartbeat: int) -> subprocess.Popen:
        words = [sys.executable, "-m", CONTROLLER, "--directory", str(self.directory.absolute())]
        words += ["--ip", self._launcher.address(), "--heartbeat", str(heartbeat)]
        return self._start(words, {})

    def _start(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen:
        # A session of its own: Ctrl-C is for the client, which then ends its processes in order.
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **environment},
            start_new_session=True,
        )

    def connect(self) -> "ipyparallel.Client":
        """Wait for the controller and return a client of it. Engines register by and by; listen to `events`.

        Raises
        ------
        FoldworkError
            When the controller does not start.
        """
        import ipyparallel  # 0.3 s, while the controller starts

        line = self._controller.stdout.readline()
        for _ in range(MORE_STARTS):
            if line:
                break
            self._controller.communicate()  # it has ended
            self._controller = self._start_controller(self._heartbeat)
            line = self._controller.stdout.readline()
        if not line:
            raise FoldworkError("the ipyparallel controller did not start; its messages are in the job's log")
        connection = json.loads(line)
        with contextlib.suppress(BrokenPipeError):
            self._host.stdin.write(json.dumps(connection["engine"]).encode() + b"\n")
            self._host.stdin.flush()
        threading.Thread(target=self._listen, args=(self._host.stdout,), daemon=True).start()
        threading.Thread(target=self._await_controller, daemon=True).start()
        self.client = ipyparallel.Client(connection_info=connection["client"], timeout=PATIENCE)
        return self.client

    def connection_file(self) -> str:
        """Return the file by which an ipyparallel client connects; the engines' one lies beside it."""
        return str(connection_files(self.directory)[0])

    def _listen(self, stream: IO[bytes]) -> None:
        """Put the hosts' reports into `events`, and other lines into the log."""
        for line in stream:
            try:
                event = json.loads(line)
                self.events.put((event.pop("event"), event))
            except (ValueError, KeyError, AttributeError):
                self._log.write(line.decode(errors="replace"))
                self._log.flush()
        self.events.put(("hosts gone", {}))

    def _await_controller(self) -> None:
        while self._controller.stdout.read(4096):
            pass
        self.events.put(("controller gone", {}))

    def restart_engines(self) -> None:
        """Replace all engines that this session has started by new ones."""
        with contextlib.suppress(OSError):
            self._host.stdin.write(RESTART + b"\n")
            self._host.stdin.flush()

    def close(self) -> None:
        """End engines and controller, remove the run's folder. Takes under 10 s whatever they do."""
        if self.client is not None:
            with contextlib.suppress(Exception):
                self.client.close(linger=0)
            self.client = None
        processes = [process for process in (self._host, self._controller) if process is not None]
        for process in processes:
            with contextlib.suppress(OSError):
                process.stdin.close()  # they end with it
        deadline = time.monotonic() + 8
        for process in processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        end_session(str(self.directory.absolute()))
        shutil.rmtree(self.directory, ignore_errors=True)


class Borrowed:
    """A cluster that someone else runs, used in the same way; its processes are left alone.

    Parameters
    ----------
    name : str
        A connection file (ends in .json) or the name of an IPython profile.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client: ipyparallel.Client | None = None

    def connect(self) -> "ipyparallel.Client":
        """Return a client of that cluster.

        Raises
        ------
        FoldworkError
            When there is none.
        """
        import ipyparallel

        try:
            if self.name.endswith(".json"):
                self.client = ipyparallel.Client(self.name, timeout=30)
            else:
                self.client = ipyparallel.Client(profile=self.name, timeout=30)
        except Exception as error:
            raise FoldworkError(
                f"{CONNECT}={self.name}: no ipyparallel cluster answers there ({one_line(error)})"
            ) from error
        return self.client

    def connection_file(self) -> str:
        """Return the name that this cluster goes by."""
        return self.name

    def restart_engines(self) -> None:
        """Do nothing: these engines are somebody else's."""

    def close(self) -> None:
        """Disconnect."""
        if self.client is not None:
            self.client.close(linger=0)
            self.client = None
