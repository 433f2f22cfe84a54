"""Check the metrics of a search against the classes of its folds, before anything is fitted."""

import contextlib
import warnings
from pathlib import Path
from typing import Any

from foldwork.data.fold_files import slices
from foldwork.storage.signed_json import read_signed
from foldwork.strategies.by_name import takes_resource
from foldwork.study.messages import config_error, some_of

FOR_TWO_CLASSES = {
    *("f1", "jaccard", "precision", "recall", "roc_auc"),
    *("neg_negative_likelihood_ratio", "positive_likelihood_ratio"),
}
"""Metrics of scikit-learn that raise for more classes. For these alone scikit-learn, whose import takes a second, is asked."""


def check_scoring(name: str, spec: dict[str, Any], manifest: Path) -> None:
    """Refuse a search if all of its metrics are for two classes, and the test parts of all folds have more: no evaluation could have a score.

    Parameters
    ----------
    name : str
        The search's name.
    spec : dict
        Its part of the config.
    manifest : Path
        `splits.json`.

    Raises
    ------
    FoldworkError
        Names the first metric, and those that could be meant.
    """
    scoring = spec["scoring"]
    if not scoring or not all(isinstance(metric, str) and metric in FOR_TWO_CLASSES for metric in scoring):
        return
    found = read_signed(manifest, "its folder")
    if (found.get("n_classes") or 0) < 3:
        return
    if takes_resource(next(iter(spec["strategy"]))):  # part of a test part may have two classes
        return
    if not all(map(for_two_classes, scoring)) or not _all_multiclass(manifest.parent, found["folds"]):
        return
    from sklearn.metrics import get_scorer_names

    others = [each for each in get_scorer_names() if each.startswith(f"{scoring[0]}_") and _scores(each, 3)]
    advice = f"; take {some_of(others)}" if others else ""
    raise config_error(
        ["searches", name, "scoring", 0],
        f"{scoring[0]} is for two classes, and the target of splits {found['splits']} has {found['n_classes']:,}{advice}",
    )


def for_two_classes(metric: str) -> bool:
    """Return whether scikit-learn's scorer gives a score for two classes, and raises for three."""
    return not _scores(metric, 3) and _scores(metric, 2)


def _scores(metric: str, n_classes: int) -> bool:
    """Return whether scikit-learn's scorer gives a score for so many classes."""
    from sklearn.dummy import DummyClassifier
    from sklearn.metrics import get_scorer

    X, y = [[0]] * n_classes, list(range(n_classes))
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        get_scorer(metric)(DummyClassifier().fit(X, y), X, y)
        return True
    return False


def _all_multiclass(folder: Path, folds: list[dict[str, Any]]) -> bool:
    """Return whether the test part of each fold has three classes or more. Files that cannot be read are for the evaluations to report."""
    import joblib
    from sklearn.utils.multiclass import type_of_target

    with contextlib.suppress(Exception):
        return all(
            type_of_target(slices(joblib.load(folder / fold["file"], mmap_mode="r"), fold)["y_test"]) == "multiclass"
            for fold in folds
        )
    return False
