"""Score an evaluation from stored predictions of a record that lacks some metrics, by scikit-learn's own scorers: nothing is fitted, nothing predicted."""

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from foldwork.evaluation.scores import score
from foldwork.evaluation.task import Task
from foldwork.storage.predictions import Damaged, Reader


class _NotStored(Exception):
    """A scorer needs what is not stored, or not exactly."""


def rescored(task: Task, model: str, source: dict[str, Any], arrays: dict[str, Any], record: dict[str, Any]) -> bool:
    """Score stored predictions; fill in `record`, or leave it and return False if they do not give all scores.

    Parameters
    ----------
    task : Task
    model : str
        Name of the model.
    source : dict
        `folder` of the search; members of another record of the same candidate and fold: `key`, `predictions`, `test`, `train`, `fit_time` and those of
        `warnings`, `sharing` and `also` that it has.
    arrays : dict
        The fold: X_test, y_test, and for train scores X_train, y_train.
    record : dict
        Gets what `fit_and_score` gives it, with the route "rescored", and `source`, the key of the other record.
    """
    predictions, found = source["predictions"], dict(record)
    start = time.perf_counter()
    reader = Reader(source["folder"])
    try:
        for part in ("test", "train") if task.description["train_scores"] else ("test",):
            stub = _stub(reader, predictions, part)
            found[part] = score(
                task.scorers[model], stub, arrays[f"X_{part}"], arrays[f"y_{part}"], task.metrics, found
            )
            if part == "test":
                found["score_time"] = time.perf_counter() - start
            if found["status"] != "ok" or not _agree(found[part], source[part]):
                return False
    except Damaged as error:
        print(f"foldwork: {error}; the evaluation is fitted again", flush=True)
        return False
    except _NotStored:
        return False
    record.update(found)
    record |= {"fit_time": source["fit_time"], "route": "rescored", "source": source["key"], "predictions": predictions}
    record |= {name: source[name] for name in ("warnings", "sharing", "also") if name in source}
    return True


def _agree(found: dict[str, Any], recorded: dict[str, Any] | None) -> bool:
    """Return whether metrics that the other record has, too, have the same scores."""
    return all(repr(value) == repr(found[name]) for name, value in (recorded or {}).items() if name in found)


def _stub(reader: Reader, predictions: dict[str, Any], part: str) -> Any:
    """Return an object that scikit-learn's scorers take for the fitted estimator."""
    stored = {name: _arrays(reader, predictions["file"], each) for name, each in predictions.get(part, {}).items()}
    classes = _arrays(reader, predictions["file"], predictions["classes"])
    methods = {name: _returning(name, stored.get(name)) for name in predictions["methods"]}
    return _estimator_class()(predictions["type"], classes, methods)


def _returning(name: str, stored: Any) -> Callable[[Any], Any]:
    """Return a response method that returns copies of stored arrays: scorers change the sign of a decision in place."""

    def respond(X: Any) -> Any:
        if stored is None:
            raise _NotStored
        return [each.copy("K") for each in stored] if isinstance(stored, list) else stored.copy("K")

    respond.__name__ = name
    return respond


def _arrays(reader: Reader, file: str, reference: Any) -> Any:
    """Return stored arrays, in memory. Refuse those whose memory order is not known: sums over them may differ in the last bit."""
    if isinstance(reference, list):
        return [_arrays(reader, file, each) for each in reference]
    if reference is None:
        return None
    if reference["order"] is None:
        raise _NotStored
    return np.array(reader.get(file, reference), order="K")


@functools.cache
def _estimator_class() -> type:
    from sklearn.utils import Tags, TargetTags

    class StoredPredictions:
        def __init__(self, kind: str | None, classes: Any, methods: dict[str, Callable[[Any], Any]]) -> None:
            self._kind = kind
            vars(self).update(methods)
            if classes is not None:
                self.classes_ = classes

        def __sklearn_tags__(self) -> Tags:
            return Tags(estimator_type=self._kind, target_tags=TargetTags(required=True))

    return StoredPredictions
