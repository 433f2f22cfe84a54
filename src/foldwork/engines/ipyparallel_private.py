"""All that foldwork uses of ipyparallel, and of the packages under it, beyond their documented interfaces.

Each use has a test in tests/unit/test_private_interfaces.py, which fails when a new version changes it.
"""

import contextlib
import importlib
import json
import logging
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from foldwork import platforms

if TYPE_CHECKING:
    import ipyparallel

CLIENT_FILE, ENGINE_FILE = "ipcontroller-client.json", "ipcontroller-engine.json"
"""Names of the connection files."""

LOST_AFTER_MS = 10_000
"""Milliseconds of silence after which the controller takes an engine for lost: long enough for a machine that is busy."""


# ---- the controller


def _silence() -> None:
    """Keep out of the log what the heart monitor, whose log level is its own, writes of every beat that is missed."""
    logging.disable(logging.WARNING)


class TiedProcess(multiprocessing.Process):
    """A child process that ends with its parent. The controller starts its heart monitor as one."""

    def run(self) -> None:
        """Tie this process to its parent, then call the target."""
        parent = multiprocessing.parent_process()
        platforms.end_with_parent(parent.pid, parent.sentinel)
        _silence()
        super().run()


def run_controller(directory: Path, ip: str, heartbeat: int, ready: Callable[[dict[str, Any]], None]) -> None:
    """Run an ipyparallel controller until this process ends.

    Schedulers run in threads, no results are stored, connections are encrypted (CurveZMQ).

    Parameters
    ----------
    directory : Path
        Its folder `security` gets the two connection files, mode 0600.
    ip : str
        The address to listen on; "*" for all.
    heartbeat : int
        Milliseconds between two heartbeats.
    ready : callable
        Called once the connection files are there, with their content: `{"engine": …, "client": …}`.
    """
    os.environ["IPP_ENABLE_CURVE"] = "1"
    multiprocessing.set_start_method(platforms.start_method())
    from ipyparallel.controller import app
    from traitlets.config import Config

    app.Process = TiedProcess
    _send_tasks_at_once()
    config = Config()
    config.IPController.ip = ip
    if ip in ("*", "0.0.0.0"):
        config.IPController.monitor_ip = "127.0.0.1"
    else:
        config.IPController.location = ip
    config.IPController.use_threads = True
    config.IPController.db_class = "ipyparallel.controller.dictdb.NoDB"
    config.IPController.broadcast_scheduler_depth = 0
    config.HeartMonitor.period = heartbeat
    config.HeartMonitor.max_heartmonitor_misses = LOST_AFTER_MS // heartbeat
    config.TaskScheduler.hwm = 1
    config.ProfileDir.location = str(directory)
    config.IPController.log_level = logging.CRITICAL
    _silence()

    class Controller(app.IPController):
        def start(self) -> None:
            security = Path(self.profile_dir.security_dir)
            files = {"engine": self.engine_json_file, "client": self.client_json_file}
            ready({kind: json.loads((security / name).read_text()) for kind, name in files.items()})
            # The Hub would write each change of its engines into the directory, and tell nobody of the change where it cannot.
            self.hub.engine_state_file = ""
            super().start()

    Controller.launch_instance(argv=[], config=config)


def _send_tasks_at_once() -> None:
    """Have the scheduler send a task at once: by itself it sends the address in the next turn of its event loop, and the task in one after that."""
    import zmq
    from ipyparallel.controller.task_scheduler import TaskScheduler

    submit = TaskScheduler.submit_task

    def submit_task(self: Any, *args: Any, **options: Any) -> None:
        submit(self, *args, **options)
        self.engine_stream.flush(zmq.POLLOUT)

    TaskScheduler.submit_task = submit_task


def connection_files(directory: Path) -> tuple[Path, Path]:
    """Return the connection files of a controller that runs in a directory: the clients' and the engines'."""
    security = directory.absolute() / "security"
    return security / CLIENT_FILE, security / ENGINE_FILE


def registration_address(connection: dict[str, Any]) -> tuple[str, int]:
    """Return host and port where a controller listens for engines.

    Parameters
    ----------
    connection : dict
        The content of the engines' connection file.
    """
    ip = connection["interface"].partition("://")[2]
    return (connection["location"] if ip in ("*", "0.0.0.0") else ip), connection["registration"]


# ---- an engine


def import_engine() -> None:
    """Import what an engine consists of, but not debugpy: it takes a tenth of a second. Estimators may still import it."""
    sys.modules["debugpy"] = None
    for name in ("ipyparallel.engine.app", "ipykernel.debugger"):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    del sys.modules["debugpy"]


def run_engine(connection: dict[str, Any], profile: str, output: IO[str]) -> None:
    """Run an ipyparallel engine until its controller has ended.

    Parameters
    ----------
    connection : dict
        The content of the engines' connection file.
    profile : str
        A folder for IPython's profile.
    output : file
        Where estimators print: streams to clients cost two threads, and a third of the time between two bundles.
    """
    import zmq
    from ipyparallel.engine import app
    from traitlets.config import Config

    os.environ["IPP_CONNECTION_INFO"] = json.dumps(connection)
    config = Config()
    config.IPEngine.enable_nanny = False  # the host does what a nanny does
    config.IPEngine.timeout = 30.0
    config.IPEngine.max_heartbeat_misses = 15  # of 700 ms each
    config.IPEngine.log_level = logging.ERROR
    config.ProfileDir.location = profile
    config.HistoryManager.enabled = False

    class Kernel(app.Kernel):
        def apply_request(self, stream: Any, ident: Any, parent: Any) -> Any:
            """Send the reply at once, not in the next turn of the event loop: the scheduler waits for it."""
            found = super().apply_request(stream, ident, parent)
            stream.flush(zmq.POLLOUT)
            return found

        def _publish_status(self, *_: object, **__: object) -> None:
            """Send no "busy" and "idle": nobody reads them, and they cost a quarter of the time between two bundles."""

    app.Kernel = Kernel

    class Engine(app.IPEngine):
        def redirect_output(self, iopub_socket: object) -> None:
            sys.stdout = sys.stderr = output

    Engine.launch_instance(argv=[], config=config)


# ---- the client


def warm_up(function: Callable) -> None:
    """Do what the first call of a view takes long for (it imports NumPy)."""
    from ipyparallel.serialize import pack_apply_message

    pack_apply_message(function, ({},), {})


def drop_task(client: "ipyparallel.Client", view: "ipyparallel.LoadBalancedView", future: Any) -> None:
    """Drop the client's references to a finished task."""
    # By its ids: given the AsyncResult, ipyparallel asks for its length, and remembers 128 of those with all that they hold.
    client.purge_local_results(list(future.msg_ids))
    for msg_id in future.msg_ids:  # these are left by the purge, and the result with them
        client._futures.pop(msg_id, None)
        client._output_futures.pop(msg_id, None)
    client.history.clear()
    view.history.clear()


def engine_id(future: Any) -> int | None:
    """Return the id of the engine that a finished task ran on, None where it is not known."""
    return future.metadata.get("engine_id") if isinstance(future.metadata, dict) else None


def unregister(client: "ipyparallel.Client", engine: int) -> None:
    """Have the controller drop an engine that has ended, before it misses its heartbeats."""
    client.session.send(client._query_socket, "unregistration_request", content={"id": engine})


def remote_error(error: BaseException) -> tuple[str, str]:
    """Return name and text of the exception that a task ended with on its engine; "EngineError" where the engine was lost."""
    return getattr(error, "ename", type(error).__name__), str(getattr(error, "evalue", error))
