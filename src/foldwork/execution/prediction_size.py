"""How many bytes the stored predictions of a search take, computed from shapes before it starts."""

import math
from collections.abc import Iterable
from pathlib import Path

from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.storage.atomic_write import read_json

NUMBER = 8
"""Bytes of a prediction, a probability or a decision. Predicted strings take others."""


def size(request: Request, evaluations: Iterable[Evaluation], *, train: bool) -> int:
    """Return the number of bytes of what scorers get from these evaluations, as far as it can be known before a fit.

    Parameters
    ----------
    request : Request
    evaluations : iterable of Evaluation
    train : bool
        Whether predictions for the train parts are stored, too.
    """
    n_classes = read_json(Path(request.folds[0].path).parent / "splits.json").get("n_classes")
    columns = {model: _columns(request, model, n_classes) for model in request.spec["models"]}
    found = 0
    for each in evaluations:
        fold = request.folds[each.fold]
        share = each.resource["n_samples"] / each.resource["of"] if each.resource else 1
        rows = (fold.n_test or 0) + train * (fold.n_train or 0)
        found += int(share * rows) * columns[each.model] * NUMBER
    return found


def _columns(request: Request, model: str, n_classes: int | None) -> int:
    """Return the numbers that are stored for a row."""
    from sklearn.base import is_classifier

    from foldwork.sklearn_private import response_methods
    from foldwork.study import objects

    estimator = objects.build_estimator(request.spec["models"][model]["estimator"])
    needed = response_methods(objects.build_scorer(estimator, request.spec["scoring"])) or [("predict",)]
    called = {next((name for name in methods if hasattr(estimator, name)), methods[0]) for methods in needed}
    classes = (n_classes or 1) if is_classifier(estimator) else 1
    many = {"predict_proba": classes, "decision_function": classes if classes > 2 else 1}
    return sum(many.get(name, 1) for name in called)


def readable(size: int) -> str:
    """Return a number of bytes as text: `115 MB`."""
    power = min(int(math.log10(size)) // 3, 4) if size else 0
    return f"{size / 1000**power:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[power]}"
