"""The controller of one search: `python -m foldwork.engines.controller`, ended by the end of its standard input.

ipyparallel's own controller with the settings that a short-lived, private one wants: schedulers in threads, no database of results, a
quick heartbeat, CurveZMQ on. Defaults of ipyparallel would leave it alive after its owner was killed; the pipe on standard input
ends it at once.
"""

import argparse
import contextlib
import json
import logging
import os
import shutil
import sys
import threading
from pathlib import Path

from foldwork.engines.orphans import end_marked
from foldwork.engines.parent_death import die_with_parent
from foldwork.storage.atomic_write import remove_parts
from foldwork.storage.file_names import RUNNING

LOST_AFTER_MS = 10_000
"""Silence after which an engine counts as lost: long enough for a machine that is busy."""


HOSTS_HAVE = 4.0
"""Seconds that the host has to end its engines, and what they leave."""


def _die_with(pipe: int, directory: Path) -> None:
    """Wait for the end of `pipe`, then remove what the run says of itself and its directory, and leave without ceremony, children included."""
    with contextlib.suppress(OSError):
        while os.read(pipe, 4096):
            pass
    with contextlib.suppress(OSError):
        remove_sign_of_life(directory)
    shutil.rmtree(directory, ignore_errors=True)
    # Not even if the host has been killed, too, may anything of this run live on.
    end_marked(str(directory.absolute()), patience=HOSTS_HAVE)
    shutil.rmtree(directory, ignore_errors=True)  # an engine that was starting may have made it anew
    os._exit(0)


def remove_sign_of_life(directory: Path) -> None:
    """Remove running.json where the run of this directory was killed before it could; that of a later run stays."""
    said = directory.parent / RUNNING
    if said.exists() and directory.name in said.read_text():
        said.unlink()
    remove_parts(said)


def main(argv: list[str] | None = None) -> None:
    """Run a controller until standard input ends.

    Writes two connection files (mode 0600) into the folder `security` of the given directory, and one line of JSON to standard output once
    they are there: `{"engine": …, "client": …}`.
    """
    parser = argparse.ArgumentParser(prog="foldwork.engines.controller")
    parser.add_argument("--directory", type=Path, required=True, help="the run's own directory, mode 0700")
    parser.add_argument("--ip", default="127.0.0.1", help="the address to listen on")
    parser.add_argument(
        "--heartbeat", type=int, default=100, help="milliseconds between heartbeats; an engine is there after two"
    )
    options = parser.parse_args(argv)
    # The heart monitor is a process that the controller forks: it must not outlive it.
    pid = os.getpid()
    os.register_at_fork(after_in_child=lambda: die_with_parent(pid))
    threading.Thread(target=_die_with, args=(0, options.directory), daemon=True).start()

    os.environ["IPP_ENABLE_CURVE"] = "1"
    from ipyparallel.controller.app import IPController
    from traitlets.config import Config

    config = Config()
    config.IPController.ip = options.ip
    if options.ip in ("*", "0.0.0.0"):
        config.IPController.monitor_ip = "127.0.0.1"
    else:
        config.IPController.location = options.ip
    config.IPController.use_threads = True
    config.IPController.db_class = "ipyparallel.controller.dictdb.NoDB"
    config.IPController.broadcast_scheduler_depth = 0
    config.HeartMonitor.period = options.heartbeat
    config.HeartMonitor.max_heartmonitor_misses = LOST_AFTER_MS // options.heartbeat
    config.TaskScheduler.hwm = 1
    config.ProfileDir.location = str(options.directory)
    config.IPController.log_level = logging.CRITICAL
    # The heart monitor has a log of its own, with a line for every beat that is missed.
    logging.disable(logging.WARNING)

    class Controller(IPController):
        """Says on standard output that it is there, with what a client and an engine need to connect."""

        def start(self) -> None:
            security = Path(self.profile_dir.security_dir)
            files = {"engine": self.engine_json_file, "client": self.client_json_file}
            info = {kind: json.loads((security / name).read_text()) for kind, name in files.items()}
            sys.stdout.write(json.dumps(info) + "\n")
            sys.stdout.flush()
            super().start()

    Controller.launch_instance(argv=[], config=config)


if __name__ == "__main__":
    main()
