"""A metric for two classes is refused for a target of more, before anything is fitted."""

import numpy as np
import pytest
from sklearn.metrics import get_scorer_names

from foldwork.data import datasets, splits
from foldwork.errors import FoldworkError
from foldwork.records.scoring_check import FOR_TWO_CLASSES, check_scoring, for_two_classes

STRATIFIED = {"class": "StratifiedKFold", "n_splits": 3}


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Return a function that checks the metrics of a search on folds of a target."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def check(scoring, y, strategy="grid", **split):
        np.savez(tmp_path / "d.npz", X=np.zeros((len(y), 1)), y=y)
        datasets.persist("d", {"file": "d.npz"}, tmp_path / "d")
        splits.persist("f", {"dataset": "d", "cv": STRATIFIED, **split}, tmp_path / "d", tmp_path / "f")
        check_scoring("s", {"scoring": scoring, "strategy": {strategy: {}}}, tmp_path / "f" / "splits.json")

    return check


@pytest.mark.parametrize("layout", ["copy", "ring"])
@pytest.mark.parametrize("y", [np.arange(30) % 3, np.array(["a", "b", "c"] * 10)], ids=["numbers", "words"])
def test_a_metric_for_two_classes_is_refused_for_three(check, y, layout):
    with pytest.raises(
        FoldworkError,
        match=r"^config: searches\.s\.scoring\[0\]: f1 is for two classes, and the target of splits f has 3; take f1_macro, f1_micro, f1_weighted$",
    ):
        check(["f1", "roc_auc"], y, layout=layout)


@pytest.mark.parametrize(
    ("scoring", "y", "more"),
    [
        (["f1"], np.arange(30) % 2, {}),
        (["f1_macro"], np.arange(30) % 3, {}),
        (["accuracy", "f1"], np.arange(30) % 3, {}),  # which has scores
        ([{"f1": {"ref": "mine.f1"}}], np.arange(30) % 3, {}),
        ([], np.arange(30) % 3, {}),
        (["f1"], np.repeat([0, 1, 2], 10), {"cv": {"class": "KFold", "n_splits": 3}}),  # one class in each test part
        (["f1"], np.arange(30) % 3, {"strategy": "halving"}),
    ],
)
def test_what_may_have_a_score_passes(check, scoring, y, more):
    check(scoring, y, **more)


def test_the_metrics_for_two_classes_are_those_of_scikit_learn():
    assert {name for name in get_scorer_names() if for_two_classes(name)} == FOR_TWO_CLASSES
