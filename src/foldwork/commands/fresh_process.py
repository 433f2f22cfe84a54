"""Make evaluations by the plain route, each in a fresh process: `python -m foldwork.commands.fresh_process`, for `foldwork verify`.

One line of JSON on standard input says which. As the host of engines does, this process imports once, with one thread, and forks; each child makes
one evaluation and ends, so that nothing is left of another.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import tempfile
from typing import IO, Any

from foldwork.engines.engine import set_threads
from foldwork.engines.orphans import Orphans, adopt
from foldwork.engines.parent_death import die_with_parent
from foldwork.errors import FoldworkError, one_line

ENDS_WITHIN = 5.0
"""Seconds that the end of what an estimator leaves may take."""


def main() -> None:
    """Make the evaluations that standard input describes; write a line of JSON for each.

    The input has `parent`, `preload`, `threads` and `bundles`, of one evaluation each. A line has `record`, the new line of the ledger, and `unseeded`,
    the classes that draw random numbers without a seed; or `error`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this ends it
    described = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    die_with_parent(described["parent"], signal.SIGTERM)
    adopt()
    for module in ["foldwork.study.deep_check", "foldwork.evaluation.bundle", *described["preload"]]:
        with contextlib.suppress(Exception):  # an evaluation that needs it says so
            importlib.import_module(module)
    orphans = Orphans()
    try:
        for bundle in described["bundles"]:
            found = _forked(bundle, described["threads"], orphans)
            orphans.clear(ENDS_WITHIN)
            print(json.dumps(found), flush=True)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        orphans.clear(ENDS_WITHIN)


def _forked(bundle: dict[str, Any], threads: int, orphans: Orphans) -> dict[str, Any]:
    """Make one evaluation in a child of this process."""
    with tempfile.TemporaryFile("w+") as answer:  # no pipe: a child that an estimator leaves would keep it open
        status = _in_child(bundle, threads, orphans, answer)
        answer.seek(0)
        if text := answer.read():
            return json.loads(text)
    ended = os.waitstatus_to_exitcode(status)
    how = f"by {signal.Signals(-ended).name}" if ended < 0 else f"with exit code {ended}"
    return {"record": None, "unseeded": [], "died": how}


def _in_child(bundle: dict[str, Any], threads: int, orphans: Orphans, answer: IO[str]) -> int:
    """Fork, write the child's answer to a file, return the status with which it ended."""
    parent = os.getpid()
    sys.stdout.flush()
    if (pid := os.fork()) == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # what estimators print is no answer
        try:
            die_with_parent(parent)
            set_threads(threads)
            found = _evaluated(bundle)
        except FoldworkError as error:
            found = {"error": str(error)}
        except BaseException as error:
            found = {"error": one_line(error)}
        json.dump(found, answer)
        answer.flush()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    orphans.reaped(pid)
    return status


def _evaluated(bundle: dict[str, Any]) -> dict[str, Any]:
    from foldwork.evaluation.bundle import run
    from foldwork.evaluation.task import task_of
    from foldwork.study.deep_check import draws

    ((line, *_),) = run(bundle)["results"]
    ((_, _, model, params, _),) = bundle["evaluations"]
    try:
        unseeded = draws(task_of(bundle["task"]).candidate(model, params), [])
    except Exception:  # then its record says so
        unseeded = []
    return {"record": line, "unseeded": unseeded}


if __name__ == "__main__":
    main()
