"""One evaluation by the plain route, in a process of its own that `foldwork.engines.fresh_process` starts."""

import json
import os
import signal
from typing import Any

from foldwork.engines.children import run_spawned
from foldwork.engines.engine import set_threads
from foldwork.errors import FoldworkError, one_line


def main(given: dict[str, Any], answer: int) -> None:
    """Make an evaluation.

    Parameters
    ----------
    given : dict
        `bundle`, of one evaluation, and `threads`.
    answer : int
        Descriptor of the file for the answer, which is `{"record": …, "unseeded": …}` or `{"error": …}` as JSON.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        set_threads(given["threads"])
        found = _evaluate(given["bundle"])
    except FoldworkError as error:
        found = {"error": str(error)}
    except BaseException as error:
        found = {"error": one_line(error)}
    with os.fdopen(os.dup(answer), "w") as file:
        json.dump(found, file)


def _evaluate(bundle: dict[str, Any]) -> dict[str, Any]:
    from foldwork.evaluation.bundle import run
    from foldwork.evaluation.task import task_of
    from foldwork.study.checks.randomness import unseeded_classes

    ((line, *_),) = run(bundle)["results"]
    ((_, _, model, params, *_),) = bundle["evaluations"]
    try:
        unseeded = unseeded_classes(task_of(bundle["task"]).candidate(model, params), [])
    except Exception:  # then its record says so
        unseeded = []
    return {"record": line, "unseeded": unseeded}


if __name__ == "__main__":
    run_spawned(main)
