"""Each finding appears on data that have it, and not on data that do not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rounds import search
from scipy import sparse
from sklearn.datasets import load_iris, make_classification
from sklearn.metrics import get_scorer_names

from foldwork.errors import FoldworkError
from foldwork.results.findings.evidence import Evidence
from foldwork.results.findings.feature_findings import constant_features
from foldwork.results.findings.fold_data import FoldData
from foldwork.results.findings.registry import FINDINGS, find
from foldwork.results.findings.row_hashes import hash_rows
from foldwork.results.findings.score_findings import _optimum

TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}
LOGISTIC = {"class": "sklearn.linear_model.LogisticRegression"}
BAYES = {"class": "sklearn.naive_bayes.GaussianNB"}
FIVE = {"class": "StratifiedKFold", "n_splits": 5, "shuffle": True, "random_state": 0}


def evidence(folder, X, y, *, groups=None, cv=FIVE, estimator=BAYES, space=None, splits=None, **more) -> Evidence:
    """Search on some data for real, and return what findings are drawn from."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"X": X, "y": y} | ({} if groups is None else {"groups": groups})
    np.savez(folder / "data.npz", **arrays)
    config = {
        "datasets": {
            "d": {"file": str(folder / "data.npz"), "target": "y", **({} if groups is None else {"groups": "groups"})}
        },
        "splits": {"f": {"dataset": "d", "cv": cv, **(splits or {})}},
        "searches": {"s": {"splits": "f", "models": {"m": {"estimator": estimator, "space": space or {}}}, **more}},
    }
    done = search(folder, config)
    return Evidence(done.records, FoldData(folder / "splits/f", folder / "datasets/d"), {})


def found(folder, *data, **more) -> dict[str, dict]:
    """Return the findings by name."""
    entries = find(evidence(folder, *data, **more))
    for entry in entries:
        assert "\n" not in entry["text"] and any(char.isdigit() for char in entry["text"])
    json.dumps(entries, allow_nan=False)
    return {entry["finding"]: entry for entry in entries}


@pytest.fixture(scope="module")
def plain():
    """Return data without anything to find."""
    return make_classification(
        400, 8, n_informative=4, n_clusters_per_class=1, flip_y=0.1, class_sep=1.5, random_state=1
    )


def test_ordinary_data_have_no_findings(tmp_path, plain):
    X, y = plain
    groups = np.arange(400) // 5
    more = {"cv": {"class": "StratifiedGroupKFold", "n_splits": 5}, "groups": groups, "train_scores": True}
    assert (
        found(
            tmp_path,
            X,
            y,
            estimator=LOGISTIC,
            space={"C": [1e-5, 1e-1, 1e2]},
            scoring=["neg_log_loss", "accuracy"],
            **more,
        )
        == {}
    )


def test_every_finding_is_documented():
    page = (Path(__file__).parents[2] / "docs/findings.md").read_text()
    assert [each.__name__ for each in FINDINGS if f"`{each.__name__}" not in page] == []


# ---- candidates


def test_the_best_candidate_at_the_end_of_a_range_is_found_and_which_way_to_widen_it(tmp_path, plain):
    deep = make_classification(400, 8, n_informative=4, flip_y=0.1, class_sep=1.0, random_state=1)
    entry = found(tmp_path / "a", *deep, estimator=TREE, space={"max_depth": [1, 2, 3]}, scoring="accuracy")[
        "best_at_edge"
    ]
    assert (entry["parameter"], entry["value"], entry["widen"]) == ("max_depth", 3, "up")
    assert entry["best_mean_inside"] < entry["mean"] and "widen it upwards" in entry["text"]
    lowest = {"ccp_alpha": [0.02, 0.2, 0.4]}
    entry = found(tmp_path / "b", *plain, estimator=TREE, space=lowest)["best_at_edge"]
    assert (entry["value"], entry["widen"]) == (0.02, "down")


@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        (TREE, {"max_depth": [1, 5, 300]}),  # inside
        (TREE, {"ccp_alpha": [0.0, 0.2, 0.4]}),  # scikit-learn takes no negative number
        (TREE, {"criterion": ["gini", "entropy", "log_loss"], "max_depth": [2]}),  # categories
        (TREE, {"max_depth": [1, 3, None]}),  # no limit
        (TREE, {"max_depth": [1, 8]}),  # of two values one is always the best
        (LOGISTIC, {"tol": [1e-5, 1e-4, 1e-3]}),  # all are the same
        (
            [{"scale": {"class": "sklearn.preprocessing.StandardScaler"}}, {"tree": TREE}],
            {"tree__ccp_alpha": [0.0, 0.2, 0.4]},
        ),
    ],
)
def test_a_best_candidate_inside_a_range_or_at_its_natural_end_is_no_finding(tmp_path, plain, estimator, space):
    assert "best_at_edge" not in found(tmp_path, *plain, estimator=estimator, space=space)


def test_the_edge_is_found_where_another_parameter_is_the_resource_of_successive_halving(tmp_path):
    deep = make_classification(400, 8, n_informative=4, flip_y=0.1, class_sep=1.0, random_state=1)
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0}
    halving = {"resource": "n_estimators", "min_resources": 4, "max_resources": 8, "factor": 2}
    more = {"strategy": {"halving": halving}, "scoring": "accuracy"}
    entry = found(tmp_path, *deep, estimator=forest, space={"max_depth": [1, 2, 3]}, **more)["best_at_edge"]
    assert (entry["parameter"], entry["value"], entry["widen"]) == ("max_depth", 3, "up")


@pytest.mark.parametrize(("high", "is_edge"), [(3e-4, True), (10.0, False)])
def test_of_a_distribution_the_outer_part_is_the_edge(tmp_path, plain, high, is_edge):
    space = {"C": {"loguniform": [1e-5, high]}}
    strategy = {"random": {"n_iter": 30, "random_state": 0}}
    names = found(tmp_path, *plain, estimator=LOGISTIC, space=space, strategy=strategy, scoring="neg_log_loss")
    assert ("best_at_edge" in names) == is_edge


def test_candidates_that_no_test_tells_apart_are_found(tmp_path, plain):
    same = found(tmp_path / "a", *plain, estimator=LOGISTIC, space={"tol": [1e-5, 1e-4, 1e-3]})
    assert same["all_as_good"]["candidates"] == 3
    different = found(tmp_path / "b", *plain, estimator=TREE, space={"max_depth": [1, 2, 3]})
    assert "all_as_good" not in different
    # The test misses the difference between 0.94 and 0.58, as the scores of the worst candidate vary.
    X, y = make_classification(
        400, 8, n_informative=4, n_clusters_per_class=1, flip_y=0.1, class_sep=2.0, random_state=1
    )
    seen = evidence(tmp_path / "c", X, y, estimator=TREE, space={"ccp_alpha": [0.02, 0.2, 0.4]})
    assert seen.choice.as_good.mask.all() and np.ptp(seen.choice.means) > 0.3
    assert "all_as_good" not in {entry["finding"] for entry in find(seen)}


# ---- scores


def test_scores_no_better_than_a_dummys_are_found_for_each_metric(tmp_path, plain):
    X, y = plain
    noise = np.random.default_rng(0).normal(size=X.shape)
    entries = find(evidence(tmp_path / "a", noise, y, scoring=["accuracy", "roc_auc", "f1"]))
    dull = {entry["metric"]: entry for entry in entries if entry["finding"] == "no_better_than_dummy"}
    assert set(dull) == {"accuracy", "roc_auc", "f1"}
    assert dull["roc_auc"]["dummy_mean"] == 0.5
    assert dull["f1"]["dummy"] == "class 1", "predicting the positive class is the best constant"
    assert "no_better_than_dummy" not in found(tmp_path / "b", X, y, scoring=["accuracy", "roc_auc", "f1"])


def test_a_regressor_is_compared_with_mean_and_median(tmp_path):
    rng = np.random.default_rng(0)
    X, noise = rng.normal(size=(200, 3)), rng.normal(size=200)
    ridge = {"class": "sklearn.linear_model.Ridge"}
    cv = {"class": "KFold", "n_splits": 5}
    scoring = ["neg_mean_absolute_error", "r2"]
    dull = find(evidence(tmp_path / "a", X, noise, estimator=ridge, cv=cv, scoring=scoring))
    names = [(entry["finding"], entry.get("metric")) for entry in dull]
    assert {("no_better_than_dummy", metric) for metric in scoring} <= set(names)
    told = found(tmp_path / "b", X, X[:, 0] + noise / 4, estimator=ridge, cv=cv, scoring=scoring)
    assert told == {}


def test_scores_that_are_too_good_are_found(tmp_path, plain):
    X, y = plain
    leak = np.column_stack([X, y + np.random.default_rng(0).normal(0, 1e-3, len(y))])
    for metric in ("accuracy", "neg_log_loss", "roc_auc"):
        entry = found(tmp_path / metric, leak, y, scoring=metric)["suspiciously_perfect"]
        assert entry["metric"] == metric
    good, labels = make_classification(400, 8, n_informative=4, flip_y=0.02, class_sep=2.0, random_state=1)
    assert "suspiciously_perfect" not in found(tmp_path / "good", good, labels)


def test_the_best_possible_score_of_each_of_scikit_learns_metrics_is_known(tmp_path, plain):
    seen = evidence(tmp_path, *plain)
    spec = seen.results.request.spec
    for name in get_scorer_names():
        spec["scoring"], seen.results.metrics = [name], [name]
        seen.__dict__.pop("choice", None)
        unbounded = name in ("mutual_info_score", "positive_likelihood_ratio")
        assert _optimum(seen) == (None if unbounded else 0.0 if name.startswith("neg_") else 1.0)
    spec["scoring"] = [{"mine": {"ref": "a.b"}}]
    seen.results.metrics = ["mine"]
    seen.__dict__.pop("choice", None)
    assert _optimum(seen) is None


def test_a_large_gap_between_train_and_test_scores_is_found(tmp_path, plain):
    X, y = make_classification(200, 20, n_informative=2, flip_y=0.3, random_state=0)
    entry = found(tmp_path / "a", X, y, estimator=TREE, train_scores=True)["large_gap"]
    assert entry["train"] == 1.0 and entry["share"] > 0.25
    assert "large_gap" not in found(tmp_path / "b", X, y, estimator=TREE)  # without train scores
    assert "large_gap" not in found(tmp_path / "c", *plain, estimator=LOGISTIC, train_scores=True)


def test_a_fold_far_from_the_others_is_found(tmp_path, plain):
    X, y = plain
    cv = {"class": "KFold", "n_splits": 5}
    broken = y.copy()
    broken[160:240] = 1 - broken[160:240]  # the rows of fold 2
    entry = found(tmp_path / "a", X, broken, cv=cv)["fold_far_from_others"]
    assert entry["fold"] == 2 and entry["score"] < entry["others_lowest"] and entry["grubbs"] > entry["critical"]
    assert "fold_far_from_others" not in found(tmp_path / "b", X, y, cv=cv)
    # All folds but one are the same, and the other one has one more error.
    tidy, labels = make_classification(400, 8, n_informative=4, flip_y=0, class_sep=4.0, random_state=1)
    labels[3] = 1 - labels[3]
    scores = evidence(tmp_path / "c", tidy, labels, cv=cv)
    assert np.ptp(scores.scores("score")) > 0
    assert "fold_far_from_others" not in {entry["finding"] for entry in find(scores)}


# ---- splits


def test_groups_on_both_sides_of_a_split_are_found(tmp_path, plain):
    groups = np.repeat([f"g{n}" for n in range(80)], 5)
    entry = found(tmp_path / "a", *plain, groups=groups)["groups_on_both_sides"]
    assert entry["folds"] == [0, 1, 2, 3, 4] and 0 < entry["groups_on_both_sides"] <= entry["groups_in_test_parts"]
    assert entry["groups_in_test_parts"] == 80, "a group counts once, in however many folds it is"
    assert f"{entry['groups_on_both_sides']} of 80 groups" in entry["text"]
    grouped = found(tmp_path / "b", *plain, groups=groups, cv={"class": "GroupKFold", "n_splits": 5})
    assert "groups_on_both_sides" not in grouped


def test_equal_rows_on_both_sides_of_a_split_are_found(tmp_path, plain):
    X, y = plain
    copied, labels = np.concatenate([X, X[:40]]), np.concatenate([y, y[:40]])
    entry = found(tmp_path / "a", copied, labels)["duplicates_on_both_sides"]
    assert sum(entry["by_fold"]) == entry["equal_rows"] and 40 < entry["equal_rows"] <= 80
    names = found(tmp_path / "b", copied, np.concatenate([y, 1 - y[:40]]))
    assert "duplicates_on_both_sides" not in names, "rows of another target are no copies"
    few = np.random.default_rng(0).integers(0, 2, (400, 3)).astype(float)
    assert "duplicates_on_both_sides" not in found(tmp_path / "c", few, y), (
        "8 different rows are in the nature of the data"
    )
    assert "duplicates_on_both_sides" not in found(tmp_path / "d", *load_iris(return_X_y=True))
    together = found(
        tmp_path / "e",
        copied,
        labels,
        groups=np.concatenate([np.arange(400), np.arange(40)]),
        cv={"class": "GroupKFold", "n_splits": 5},
    )
    assert not together.keys() & {"duplicates_on_both_sides", "groups_on_both_sides"}


def test_a_class_that_a_part_of_a_fold_lacks_is_found(tmp_path, plain):
    X, _ = plain
    y = np.repeat(["a", "b", "c", "d"], 100)
    entries = found(tmp_path / "a", X, y, cv={"class": "KFold", "n_splits": 4}, estimator=TREE)
    assert entries["class_missing_in_train"]["missing"] == {"0": ["a"], "1": ["b"], "2": ["c"], "3": ["d"]}
    assert entries["class_missing_in_test"]["folds"] == [0, 1, 2, 3]
    stratified = found(tmp_path / "b", X, y, estimator=TREE)
    assert not stratified.keys() & {"class_missing_in_train", "class_missing_in_test"}


@pytest.mark.parametrize(
    ("rows", "cv", "remedy"),
    [
        (
            3,
            {"class": "StratifiedKFold", "n_splits": 5},
            "the smallest class has 3 rows: take an n_splits of 3 or less",
        ),
        (1, {"class": "StratifiedKFold", "n_splits": 5}, "the smallest class has 1 row: leave it out"),
        (3, {"class": "StratifiedShuffleSplit", "n_splits": 2, "random_state": 0}, "take larger parts"),
        (3, {"class": "KFold", "n_splits": 5}, "take a stratified splitter, or fewer folds"),
    ],
)
def test_a_splitter_that_is_stratified_is_not_advised_again(tmp_path, plain, rows, cv, remedy):
    y = np.repeat(["a", "b"], [400 - rows, rows])
    entry = found(tmp_path, plain[0], y, cv=cv, estimator=TREE)["class_missing_in_test"]
    assert entry["text"].partition("counts it; ")[2].startswith(remedy)


def test_features_with_one_value_are_found(tmp_path, plain):
    X, y = plain
    entry = found(tmp_path / "a", np.column_stack([np.ones(400), X, np.zeros(400)]), y)["constant_features"]
    assert (entry["count"], entry["features"], entry["names"]) == (2, 10, [0, 9])
    assert "constant_features" not in found(tmp_path / "b", X, y)


# ---- kinds of data and searches


def test_held_out_rows_are_not_looked_at(tmp_path, plain):
    """Groups, equal rows, classes and values of the held-out rows differ, and no finding changes."""
    X, y = plain
    X, y = np.concatenate([X, X[:100]]), np.concatenate([y, y[:100]])
    X = np.column_stack([X, np.ones(500)])
    spec = {"holdout": {"class": "PredefinedSplit", "test_fold": [-1] * 400 + [0] * 100}}
    groups = np.concatenate([np.arange(400), np.arange(100)])
    clean = find(evidence(tmp_path / "a", X, y, groups=groups, splits=spec))
    X[400:], y[400:], groups[400:] = np.nan, 5, 1000
    assert find(evidence(tmp_path / "b", X, y, groups=groups, splits=spec)) == clean
    assert [entry["finding"] for entry in clean] == ["constant_features"]


def test_a_ring_has_the_findings_of_copies(tmp_path, plain):
    X, y = plain
    X, y = np.concatenate([X, X[:40]]), np.concatenate([y, y[:40]])
    copies = find(evidence(tmp_path / "a", X, y))
    assert find(evidence(tmp_path / "b", X, y, splits={"layout": "ring"})) == copies and copies


def test_a_nested_search_has_the_findings_on_its_outer_scores_and_data(tmp_path, plain):
    X, y = plain
    noise = np.column_stack([np.random.default_rng(0).normal(size=X.shape), np.ones(400)])
    names = found(
        tmp_path,
        noise,
        y,
        estimator=TREE,
        space={"max_depth": [1, 2, 3]},
        inner={"class": "StratifiedKFold", "n_splits": 2},
    )
    assert {"no_better_than_dummy", "constant_features"} <= set(names)
    assert not names.keys() & {"best_at_edge", "all_as_good"}


def test_a_search_whose_fits_have_all_failed_has_findings_on_its_data_alone(tmp_path, plain):
    X, y = plain
    failing = {**TREE, "max_depth": 1}
    names = found(tmp_path, np.column_stack([X, np.ones(400)]), y, estimator=failing, space={"max_depth": [-1]})
    assert set(names) == {"constant_features"}


def test_a_table_with_words_and_missing_values_has_findings(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=200), "b": rng.choice(["x", "y"], 200), "c": "one", "d": np.nan, "e": 3})
    table.loc[[3, 90], "a"] = np.nan
    table["target"] = rng.choice(["no", "yes"], 200)
    table = pd.concat([table, table.iloc[:20]])
    table.to_csv(tmp_path / "d.csv", index=False)
    estimator = {"class": "sklearn.dummy.DummyClassifier"}
    config = {
        "datasets": {"d": {"file": str(tmp_path / "d.csv"), "target": "target"}},
        "splits": {"f": {"dataset": "d", "cv": FIVE}},
        "searches": {"s": {"splits": "f", "models": {"m": {"estimator": estimator}}, "scoring": "accuracy"}},
    }
    done = search(tmp_path, config)
    data = FoldData(tmp_path / "splits/f", tmp_path / "datasets/d")
    entries = {entry["finding"]: entry for entry in find(Evidence(done.records, data, {}))}
    assert entries["constant_features"]["names"] == ["c", "d", "e"]
    assert 20 < entries["duplicates_on_both_sides"]["equal_rows"] <= 40
    assert entries["no_better_than_dummy"]["mean"] == entries["no_better_than_dummy"]["dummy_mean"]


def test_a_class_without_scikit_learns_tags_has_no_dummy(tmp_path, plain, monkeypatch):
    """A class that only has the methods of an estimator, alone and in a pipeline."""
    module = tmp_path / "taglessmodels.py"
    module.write_text(
        "class Tagless:\n"
        "    def fit(self, X, y): return self\n"
        "    def score(self, X, y): return float(abs(X.mean()))\n"
        "    def get_params(self, deep=True): return {}\n"
        "    def set_params(self, **params): return self\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    X, y = plain
    y = np.sort(y)
    tagless = {"class": "taglessmodels.Tagless"}
    for name, estimator in (("alone", tagless), ("last", [{"model": tagless}])):
        names = found(
            tmp_path / name,
            np.column_stack([X, np.ones(400)]),
            y,
            estimator=estimator,
            cv={"class": "KFold", "n_splits": 3},
        )
        assert "constant_features" in names and not names.keys() & {"no_better_than_dummy", "class_missing_in_test"}


@pytest.mark.parametrize("kind", ["array", "frame", "sparse", "text", "objects"])
def test_equal_rows_have_equal_hashes_and_others_do_not(kind):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 3, (300, 5)).astype(float)
    X = {
        "array": values,
        "frame": pd.DataFrame(values).assign(word=np.array(list("abc"))[values[:, 0].astype(int)]),
        "sparse": sparse.csr_matrix(values),
        "text": np.array([str(row) for row in values], dtype=object),
        "objects": values.astype(object),
    }[kind]
    hashes = hash_rows(X, np.arange(300))
    same_hash = hashes[:, np.newaxis] == hashes
    same_row = (values[:, np.newaxis] == values).all(axis=2)
    assert (same_hash == same_row).all()
    np.testing.assert_array_equal(hash_rows(X, np.array([5, 2])), hashes[[5, 2]])


def test_constant_columns_of_a_sparse_matrix_are_found(tmp_path):
    values = np.array([[0, 1, 2, 0], [0, 1, 3, 5], [0, 1, 2, 0]], dtype=float)

    class Data:
        X, used = sparse.csr_matrix(values), np.arange(3)

    (entry,) = constant_features(Evidence(None, Data(), {}))
    assert entry.values["names"] == [0, 1]


def test_splits_of_other_data_are_refused(tmp_path, plain):
    X, y = plain
    evidence(tmp_path / "a", X, y)
    evidence(tmp_path / "b", X + 1, y)
    with pytest.raises(FoldworkError, match="was made from other data than those in"):
        FoldData(tmp_path / "a/splits/f", tmp_path / "b/datasets/d")
