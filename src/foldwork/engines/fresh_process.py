"""Run functions in processes of their own that have the environment of an engine, and nothing left of earlier work.

`run_fresh` starts `python -m foldwork.engines.fresh_process`. As the host of engines does, this process imports once, with one thread, and starts
children one after another; each makes one call and ends.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from foldwork import platforms
from foldwork.engines.children import Children
from foldwork.engines.engine import THREAD_VARIABLES

ENDS_WITHIN = 5.0
"""Seconds in which the child processes that an estimator has left must end."""


def run_fresh(
    child: str, calls: Sequence[dict[str, Any]], preload: Iterable[str], folder: Path, printed: IO[bytes]
) -> Iterator[dict[str, Any]]:
    """Call `main` of a module, each time in a new process.

    Parameters
    ----------
    child : str
        A module for `engines.children.Children.start`. Its `main(given, file)` writes a JSON object to the file.
    calls : sequence of dict
        What each call is given.
    preload : iterable of str
        Modules that all calls import.
    folder : Path
        Working directory.
    printed : file, open for reading and writing
        Gets what the processes print.

    Yields
    ------
    dict
        For each call the object that it wrote, or `{"died": …}` with how its process ended. The last one may be `{"error": …}`.
    """
    description = {"parent": os.getpid(), "preload": list(preload), "child": child, "calls": list(calls)}
    process = subprocess.Popen(
        [sys.executable, "-m", "foldwork.engines.fresh_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=printed,
        text=True,
        cwd=folder,
        env=os.environ | dict.fromkeys(THREAD_VARIABLES, "1"),
    )
    with process:
        try:
            with contextlib.suppress(BrokenPipeError):  # the process has ended: reading its answer shows that
                process.stdin.write(json.dumps(description) + "\n")
                process.stdin.flush()
            for _ in calls:
                line = process.stdout.readline()
                yield json.loads(line) if line else {"error": _why_ended(printed)}
        finally:
            process.terminate()


def _why_ended(printed: IO[bytes]) -> str:
    """Return why the process has ended, with the last line that it has printed."""
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - 2000))
    lines = [line for line in printed.read().decode(errors="replace").splitlines() if line.strip()]
    return "the process of the estimator has ended" + (f": {lines[-1][:200]}" if lines else "")


def main() -> None:
    """Make the calls described on standard input, and write a line of JSON for each.

    Members of the input: `parent` (process id), `preload` (modules), `child` (module) and `calls`. An output line is what the call wrote; or has `died` if
    the child process ended early; or has only `error`, and is the last one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    described = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    platforms.end_with_parent(described["parent"], 0, signal.SIGTERM)
    if platforms.start_method() == "fork":
        for module in [described["child"], *described["preload"]]:
            with contextlib.suppress(Exception):  # it raises in the call that needs it
                importlib.import_module(module)
    children = Children()
    try:
        for given in described["calls"]:
            found = _in_child(described["child"], given, children)
            children.end_all(ENDS_WITHIN)
            print(json.dumps(found), flush=True)
            if "error" in found:
                break  # the parent sends SIGTERM now; Python prints and ignores what a handler raises during a fork
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        children.end_all(ENDS_WITHIN)


def _in_child(module: str, given: dict[str, Any], children: Children) -> dict[str, Any]:
    """Make one call in a child of this process."""
    with tempfile.TemporaryFile("w+") as answer:  # no pipe: a process that an estimator leaves would keep it open
        status = children.wait(children.start(module, given, answer.fileno()))
        answer.seek(0)
        if text := answer.read():
            return json.loads(text)
    ended = os.waitstatus_to_exitcode(status)
    return {"died": f"by {signal.Signals(-ended).name}" if ended < 0 else f"with exit code {ended}"}


if __name__ == "__main__":
    main()
