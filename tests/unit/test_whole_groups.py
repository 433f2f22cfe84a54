"""Successive halving with `keep_groups` takes all rows of a group or none."""

import json

import numpy as np
import pytest
from rounds import search
from sklearn.svm import SVC

from foldwork.errors import FoldworkError
from foldwork.evaluation.subsample import subsample

MODULE = """
import numpy as np
from sklearn.datasets import make_classification

def grouped(seed=0):
    X, y = make_classification(240, 6, random_state=0)
    groups = np.random.RandomState(seed).randint(0, 40, 240)
    return {"data": X, "target": y, "groups": groups}

def plain():
    return make_classification(240, 6, random_state=0)
"""


def config(load, strategy=None):
    svc = {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": [0.1, 1, 10], "gamma": [0.01, 0.1, 1]}}
    return {
        "datasets": {"d": load},
        "splits": {"f": {"dataset": "d", "cv": {"class": "GroupKFold", "n_splits": 4}}},
        "searches": {
            "s": {
                "splits": "f",
                "models": {"svc": svc},
                "strategy": strategy or {"halving": {"keep_groups": True, "random_state": 3}},
            }
        },
    }


@pytest.fixture
def study(tmp_path, monkeypatch):
    (tmp_path / "grouped_rows.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def whole(groups, chosen):
    return all(
        np.isin(groups, group).sum() == np.isin(groups[chosen], group).sum() for group in np.unique(groups[chosen])
    )


def test_each_iteration_is_scored_on_whole_groups_as_scikit_learn_scores_these_rows(study):
    found = search(study, config({"load": "grouped_rows.grouped"}), seed=1)
    import grouped_rows
    from sklearn.model_selection import GroupKFold

    data = grouped_rows.grouped()
    X, y, groups = data["data"], data["target"], data["groups"]
    folds = list(GroupKFold(4).split(X, y, groups))
    checked = 0
    for line in (found.folder / "ledger.jsonl").read_text().splitlines():
        record = json.loads(line)
        if "resource" not in record:
            continue
        train, test = folds[record["fold"]]
        rows = []
        for part in (train, test):
            limit = int(record["resource"]["n_samples"] / 240 * len(part))
            names = np.unique(groups[part])
            order = np.random.RandomState(3).permutation(len(names))
            taken = [names[order[0]]]
            for i in order[1:]:
                if np.isin(groups[part], [*taken, names[i]]).sum() > limit:
                    break
                taken.append(names[i])
            rows.append(part[np.isin(groups[part], taken)])
        expected = SVC(**record["params"]).fit(X[rows[0]], y[rows[0]]).score(X[rows[1]], y[rows[1]])
        assert record["test"]["score"] == expected
        checked += 1
    assert checked > 36


def test_a_subsample_has_no_more_rows_than_its_part_of_all_and_at_least_one_group(tmp_path):
    import joblib

    from foldwork.data.file_digest import file_sha256

    groups = np.repeat(np.arange(6), [10, 1, 30, 5, 4, 50])
    path = tmp_path / "groups.joblib"
    joblib.dump({"train": [groups], "test": [groups]}, path)
    fold = {"index": 0, "groups": {"path": str(path), "sha256": file_sha256(path)}}
    X = np.arange(100.0)[:, None]
    arrays = {"X_train": X, "X_test": X, "y_train": X[:, 0], "y_test": None}
    for seed in range(20):
        for n_samples in (1, 12, 40, 99, 100):
            found = subsample(
                arrays, {"n_samples": n_samples, "of": 100, "random_state": seed, "keep_groups": True}, fold
            )
            rows = found["X_train"][:, 0].astype(int)
            assert whole(groups, rows) and len(rows)
            assert len(rows) <= n_samples or len(np.unique(groups[rows])) == 1
            assert (rows == found["y_train"]).all() and found["y_test"] is None


def test_groups_that_change_evaluate_again(study):
    first = search(study / "one", config({"load": "grouped_rows.grouped"}), evaluations=4)
    again = search(study / "two", config({"load": "grouped_rows.grouped", "args": {"seed": 1}}), evaluations=4)
    keys = [{json.loads(line)["key"] for line in (one.folder / "ledger.jsonl").open()} for one in (first, again)]
    assert not {key for key in keys[0] & keys[1] if not key.startswith("made:")}


@pytest.mark.parametrize(
    ("load", "strategy", "message"),
    [
        ({"load": "grouped_rows.plain"}, None, "keep_groups: dataset d has no groups"),
        (
            {"load": "grouped_rows.grouped"},
            {"halving": {"keep_groups": True, "resource": "max_iter", "max_resources": 9}},
            "keep_groups: goes with resource: n_samples alone",
        ),
    ],
)
def test_what_cannot_keep_groups_is_refused_in_one_line(load, strategy, message, study):
    given = config(load, strategy)
    given["splits"]["f"]["cv"] = {"class": "KFold", "n_splits": 4}
    with pytest.raises(FoldworkError, match=message):
        search(study, given)
