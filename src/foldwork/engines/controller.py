"""The controller of one search: `python -m foldwork.engines.controller`. It ends, with all processes of the run, when its standard input does.

By its defaults ipyparallel's controller would outlive a client that was killed.
"""

import argparse
import contextlib
import json
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

from foldwork.engines import ipyparallel_private
from foldwork.engines.orphans import end_session
from foldwork.storage.atomic_write import remove_parts
from foldwork.storage.file_names import RUNNING

HOSTS_HAVE = 4.0
"""Seconds that the host has to end its engines, and what they leave."""


def _end_with(pipe: int, directory: Path) -> None:
    """Wait for the end of `pipe`, then remove the run's directory and its running.json, and end this process and the run's other ones."""
    import psutil

    with contextlib.suppress(OSError):
        while os.read(pipe, 4096):
            pass
    with contextlib.suppress(OSError):
        remove_running_json(directory)
    shutil.rmtree(directory, ignore_errors=True)
    # Not even if the host has been killed, too, may anything of this run live on.
    end_session(str(directory.absolute()), patience=HOSTS_HAVE)
    shutil.rmtree(directory, ignore_errors=True)  # an engine that was starting may have made it anew
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            child.kill()
    os._exit(0)


def remove_running_json(directory: Path) -> None:
    """Remove running.json where the run of this directory was killed before it could; that of a later run stays."""
    path = directory.parent / RUNNING
    if path.exists() and directory.name in path.read_text():
        path.unlink()
    remove_parts(path)


def _report(connections: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(connections) + "\n")
    sys.stdout.flush()


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
    threading.Thread(target=_end_with, args=(0, options.directory), daemon=True).start()
    ipyparallel_private.run_controller(options.directory, options.ip, options.heartbeat, _report)


if __name__ == "__main__":
    main()
