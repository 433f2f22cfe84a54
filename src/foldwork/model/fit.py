"""Fit the best candidate on all rows that are not held out, in a process of its own that `engines.fresh_process` starts."""

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from foldwork.engines.children import run_spawned
from foldwork.engines.engine import set_threads
from foldwork.errors import FoldworkError, one_line

SAMPLE = 1000
"""Rows on which the predictions of the saved model are compared with those of the model."""


def main(given: dict[str, Any], answer: int) -> None:
    """Fit and save a model.

    Parameters
    ----------
    given : dict
        `study` (folder of the user's modules), `model`, `params`, `estimator`, `scoring`, `data` (`path` and `sha256` of the dataset's arrays), `held_out`
        (`folder` of the splits, or None), `threads`, and `stem`, the path of the model's file without its ending.
    answer : int
        Descriptor of the file for the answer, as JSON: what `model_file.save` returns, with `features`, `is_classifier`, `classes` and `rows`; or
        `{"error": …}`.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        set_threads(given["threads"])
        sys.path.insert(0, given["study"])
        found = _fit(given)
    except FoldworkError as error:
        found = {"error": str(error)}
    except BaseException as error:
        from foldwork.evaluation.tracebacks import current_traceback

        print(current_traceback(), file=sys.stderr, flush=True)
        found = {"error": f"the fit of the best candidate on all rows raised {one_line(error)}"}
    with os.fdopen(os.dup(answer), "w") as file:
        json.dump(found, file)


def _fit(given: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    from foldwork.evaluation.ensembles import fit
    from foldwork.evaluation.task import Task
    from foldwork.model import features, model_file
    from foldwork.model.rows import kept
    from foldwork.sklearn_private import take_rows

    X, y = kept(given["data"], given["held_out"])
    described = features.describe(X)
    task = Task(
        {"kind": "search", "models": {given["model"]: given["estimator"]}, "scoring": given["scoring"], "share": False}
    )
    estimator = fit(task.candidate(given["model"], given["params"]), X, y)
    found = model_file.save(estimator, take_rows(X, np.arange(min(SAMPLE, X.shape[0]))), Path(given["stem"]))
    return {**found, "features": described, **_classes(estimator), "rows": int(X.shape[0])}


def _classes(estimator: Any) -> dict[str, Any]:
    """Return whether a fitted estimator is a classifier, and its classes as JSON has them: None if there are none, or if JSON cannot hold them."""
    from sklearn.base import is_classifier

    found = None
    with contextlib.suppress(Exception):  # attributes of the user's own classes
        classes = getattr(estimator, "classes_", None)
        found = [each.tolist() for each in classes] if isinstance(classes, list) else classes.tolist()
        json.dumps(found)
    with contextlib.suppress(Exception):  # classes of other packages may have no tags
        return {"is_classifier": bool(is_classifier(estimator)), "classes": found}
    return {"is_classifier": found is not None, "classes": found}


if __name__ == "__main__":
    run_spawned(main)
