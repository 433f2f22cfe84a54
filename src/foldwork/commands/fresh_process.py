"""Evaluate without sharing work, each evaluation in a process of its own: `python -m foldwork.commands.fresh_process`, for `foldwork verify`.

One line of JSON on standard input tells which. As the host of engines does, this process imports once, with one thread, and starts children; each makes
one evaluation and ends, so that nothing is left of another.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import tempfile
from typing import Any

from foldwork import platforms
from foldwork.engines.children import Children

ENDS_WITHIN = 5.0
"""Seconds in which the child processes that an estimator has left must end."""

CHILD = "foldwork.commands.fresh_evaluation"


def main() -> None:
    """Make the evaluations description on standard input, and write a line of JSON for each.

    Members of the input: `parent` (process id), `preload` (modules), `threads` and `bundles` (messages with one evaluation each). Members of an output
    line: `record` (the new line of the ledger) and `unseeded` (classes that draw random numbers without a seed), with `died` if the child process
    ended early; or only `error`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    described = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    platforms.end_with_parent(described["parent"], 0, signal.SIGTERM)
    if platforms.start_method() == "fork":
        for module in [CHILD, "foldwork.study.checks.randomness", "foldwork.evaluation.bundle", *described["preload"]]:
            with contextlib.suppress(Exception):  # it raises in the evaluation that needs it
                importlib.import_module(module)
    children = Children()
    try:
        for bundle in described["bundles"]:
            found = _in_child({"bundle": bundle, "threads": described["threads"]}, children)
            children.end_all(ENDS_WITHIN)
            print(json.dumps(found), flush=True)
            if "error" in found:
                break  # the parent sends SIGTERM now; Python prints and ignores what a handler raises during a fork
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        children.end_all(ENDS_WITHIN)


def _in_child(given: dict[str, Any], children: Children) -> dict[str, Any]:
    """Make one evaluation in a child of this process."""
    with tempfile.TemporaryFile("w+") as answer:  # no pipe: a process that an estimator leaves would keep it open
        status = children.wait(children.start(CHILD, given, answer.fileno()))
        answer.seek(0)
        if text := answer.read():
            return json.loads(text)
    ended = os.waitstatus_to_exitcode(status)
    how = f"by {signal.Signals(-ended).name}" if ended < 0 else f"with exit code {ended}"
    return {"record": None, "unseeded": [], "died": how}


if __name__ == "__main__":
    main()
