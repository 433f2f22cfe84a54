"""A nested search is scikit-learn's `cross_validate` of a `GridSearchCV`, to the last bit, in whatever order evaluations end."""

import csv
import io
import json

import joblib
import numpy as np
import pytest
from rounds import SCHEMA, search
from scipy import stats
from sklearn import config_context
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RandomizedSearchCV,
    ShuffleSplit,
    StratifiedKFold,
    cross_validate,
)
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from foldwork.commands.cli import main
from foldwork.data import inner_splits
from foldwork.errors import FoldworkError
from foldwork.storage import ledger
from foldwork.storage.atomic_write import write_json
from foldwork.storage.file_names import REQUEST
from foldwork.storage.signed_json import read_signed, write_signed
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import validate

OUTER = {"class": "StratifiedKFold", "n_splits": 3, "shuffle": True, "random_state": 5}
INNER = {"class": "StratifiedKFold", "n_splits": 4}
SVC_SPACE = {"C": [0.01, 0.1, 1.0, 10.0, 100.0], "gamma": [1e-4, 1e-3, 1e-2]}
PIPELINE = [
    {"scale": {"class": "sklearn.preprocessing.StandardScaler"}},
    {"svc": {"class": "sklearn.svm.SVC"}},
]


def config(load, model, space, *, cv=OUTER, inner=INNER, dataset=None, layout="copy", **more):
    return {
        "datasets": {"d": {"load": f"sklearn.datasets.{load.__name__}", **(dataset or {})}},
        "splits": {"f": {"dataset": "d", "cv": cv, "layout": layout}},
        "searches": {
            "s": {"splits": "f", "inner": inner, "models": {"m": {"estimator": model, "space": space}}} | more
        },
    }


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))


def numbers(rows, name):
    return np.array([float(row[name]) if row[name] else np.nan for row in rows])


def loaded(study):
    """Return the arrays of a dataset as foldwork has loaded them: bits of scores depend on the memory order of a frame."""
    arrays = joblib.load(study / "datasets/d/data.joblib")
    return arrays["X"], arrays["y"], arrays["groups"]


def outer_splitter():
    return StratifiedKFold(3, shuffle=True, random_state=5)


def assert_equal(found, theirs, X, y, *, cv, metrics=("score",), **fit):
    """Compare all tables with scikit-learn's."""
    expected = cross_validate(theirs, X, y, cv=cv, return_estimator=True, error_score=np.nan, **fit)
    rows, of_inner = rows_of(found.folder / "nested.csv"), rows_of(found.folder / "scores.csv")
    assert [int(row["fold"]) for row in rows] == list(range(len(expected["estimator"])))
    assert [json.loads(row["params"]) for row in rows] == [s.best_params_ for s in expected["estimator"]]
    for metric in metrics:
        np.testing.assert_array_equal(numbers(rows, f"outer_{metric}"), expected[f"test_{metric}"])
        np.testing.assert_array_equal(
            numbers(rows, f"inner_{metric}"),
            [s.cv_results_[f"mean_test_{metric}"][s.best_index_] for s in expected["estimator"]],
        )
        assert found.nested[f"mean_outer_{metric}"] == np.mean(expected[f"test_{metric}"])
        assert found.nested[f"std_outer_{metric}"] == np.std(expected[f"test_{metric}"])
    for fold, inner_search in enumerate(expected["estimator"]):
        of_fold = [row for row in of_inner if int(row["outer_fold"]) == fold]
        results = inner_search.cv_results_
        assert [json.loads(row["params"]) for row in of_fold] == [dict(each) for each in results["params"]]
        for name in [name for name in results if "test" in name or "train" in name]:
            np.testing.assert_array_equal(numbers(of_fold, name), np.asarray(results[name], float), err_msg=name)
    return expected


def test_a_grid_search_in_each_outer_fold_has_every_number_of_scikit_learns(tmp_path):
    found = search(tmp_path, config(load_wine, {"class": "sklearn.svm.SVC"}, SVC_SPACE))
    theirs = GridSearchCV(SVC(), SVC_SPACE, cv=StratifiedKFold(4))
    assert_equal(found, theirs, *load_wine(return_X_y=True), cv=outer_splitter())
    assert found.made == 3 * (4 * 15 + 1)
    assert found.nested["optimism"] == found.nested["mean_inner_score"] - found.nested["mean_outer_score"]
    assert sum(each["count"] for each in found.nested["chosen"]) == 3


def test_of_equal_candidates_of_a_shuffled_grid_the_one_that_scikit_learn_has_first_is_chosen(tmp_path):
    space = {"n_neighbors": [3, 5, 7], "p": [1, 2], "weights": ["uniform", "distance"]}
    shuffled = {"grid": {"shuffle": True, "random_state": 1}}
    model = {"class": "sklearn.neighbors.KNeighborsClassifier"}
    found = search(tmp_path, config(load_iris, model, space, strategy=shuffled))
    theirs = GridSearchCV(KNeighborsClassifier(), space, cv=StratifiedKFold(4))
    expected = cross_validate(theirs, *load_iris(return_X_y=True), cv=outer_splitter(), return_estimator=True)
    rows = rows_of(found.folder / "nested.csv")
    assert [json.loads(row["params"]) for row in rows] == [each.best_params_ for each in expected["estimator"]]
    assert numbers(rows, "outer_score").tolist() == expected["test_score"].tolist()


@pytest.mark.slow
def test_pipelines_share_their_steps_in_inner_folds(tmp_path):
    space = {"svc__C": SVC_SPACE["C"], "svc__gamma": SVC_SPACE["gamma"]}
    found = search(tmp_path, config(load_breast_cancer, PIPELINE, space, train_scores=True))
    pipeline = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    theirs = GridSearchCV(pipeline, space, cv=StratifiedKFold(4), return_train_score=True)
    assert_equal(found, theirs, *load_breast_cancer(return_X_y=True), cv=outer_splitter())
    assert {found.records.record_of(number)["route"] for number in found.records.recorded_numbers()} == {"shared"}


def test_several_metrics_are_scored_on_the_outer_folds_and_the_first_one_chooses(tmp_path):
    metrics = ["neg_log_loss", "accuracy", "f1_macro"]
    model = {"class": "sklearn.neighbors.KNeighborsClassifier"}
    space = {"n_neighbors": [1, 2, 3, 5, 8, 13], "weights": ["uniform", "distance"]}
    found = search(tmp_path, config(load_wine, model, space, scoring=metrics))
    theirs = GridSearchCV(KNeighborsClassifier(), space, cv=StratifiedKFold(4), scoring=metrics, refit="neg_log_loss")
    data = load_wine(return_X_y=True)
    assert_equal(found, theirs, *data, cv=outer_splitter(), metrics=metrics, scoring=metrics)
    optimism = found.nested["mean_inner_accuracy"] - found.nested["mean_outer_accuracy"]
    assert found.nested["optimism_accuracy"] == optimism


def test_random_searches_are_scikit_learns(tmp_path):
    model, space = {"class": "sklearn.linear_model.Ridge"}, {"alpha": {"loguniform": [1e-4, 100]}}
    study = config(
        load_diabetes, model, space, cv={"class": "KFold", "n_splits": 4}, strategy={"random": {"n_iter": 9, "random_state": 3}},
        inner={"class": "ShuffleSplit", "n_splits": 9, "test_size": 0.3, "random_state": 1},
    )  # fmt: skip
    found = search(tmp_path, study)
    theirs = RandomizedSearchCV(
        Ridge(), {"alpha": stats.loguniform(1e-4, 100)}, n_iter=9, random_state=3,
        cv=ShuffleSplit(9, test_size=0.3, random_state=1),
    )  # fmt: skip
    assert_equal(found, theirs, *load_diabetes(return_X_y=True), cv=KFold(4))


def test_groups_go_to_the_inner_splitter_as_metadata_routing_passes_them_on(tmp_path):
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X["site"] = np.random.RandomState(0).randint(0, 23, len(X))
    X.assign(target=y).to_csv(tmp_path / "data.csv", index=False)
    study = config(
        load_wine, PIPELINE, {"svc__C": [0.1, 1.0, 10.0]}, cv={"class": "GroupKFold", "n_splits": 4},
        inner={"class": "GroupKFold", "n_splits": 3},
    )  # fmt: skip
    study["datasets"]["d"] = {"file": str(tmp_path / "data.csv"), "target": "target", "groups": "site"}
    found = search(tmp_path / "study", study)
    X, y, sites = loaded(tmp_path / "study")
    pipeline = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    with config_context(enable_metadata_routing=True):
        theirs = GridSearchCV(pipeline, {"svc__C": [0.1, 1.0, 10.0]}, cv=GroupKFold(3))
        assert_equal(found, theirs, X, y, cv=GroupKFold(4), params={"groups": sites})


def test_each_outer_fold_may_have_another_number_of_inner_folds(tmp_path):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    X["site"] = np.random.RandomState(0).choice(6, len(X), p=[0.3, 0.3, 0.2, 0.1, 0.05, 0.05])
    X.assign(target=y).to_csv(tmp_path / "data.csv", index=False)
    study = config(
        load_wine, {"class": "sklearn.linear_model.Ridge"}, {"alpha": [0.01, 0.1, 1.0]}, cv={"class": "GroupKFold", "n_splits": 4},
        inner={"class": "LeaveOneGroupOut"},
    )  # fmt: skip
    study["datasets"]["d"] = {"file": str(tmp_path / "data.csv"), "target": "target", "groups": "site"}
    found = search(tmp_path / "study", study)
    rows = rows_of(found.folder / "scores.csv")
    filled = {row["outer_fold"]: sum(bool(row[f"split{k}_test_score"]) for k in range(5)) for row in rows}
    assert set(filled.values()) == {3, 5}
    X, y, sites = loaded(tmp_path / "study")
    for fold, (train, test) in enumerate(GroupKFold(4).split(X, y, sites)):
        theirs = GridSearchCV(Ridge(), {"alpha": [0.01, 0.1, 1.0]}, cv=LeaveOneGroupOut())
        theirs.fit(X.iloc[train], y.iloc[train], groups=sites.iloc[train])
        row = rows_of(found.folder / "nested.csv")[fold]
        assert float(row["outer_score"]) == theirs.score(X.iloc[test], y.iloc[test])
        assert float(row["inner_score"]) == theirs.best_score_


@pytest.mark.filterwarnings("ignore")
def test_candidates_that_fail_are_as_with_error_score_nan(tmp_path):
    model = {"class": "sklearn.neighbors.KNeighborsClassifier"}
    # 89 rows train in an inner fold, 118 or 119 in an outer one.
    space = {"n_neighbors": [95, 1, 117, 3, 200]}
    found = search(tmp_path, config(load_wine, model, space))
    theirs = GridSearchCV(KNeighborsClassifier(), space, cv=StratifiedKFold(4))
    assert_equal(found, theirs, *load_wine(return_X_y=True), cv=outer_splitter())


@pytest.mark.filterwarnings("ignore")
def test_an_outer_fold_whose_candidates_all_fail_has_no_score(tmp_path):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    X.assign(target=y, bmi=X["bmi"].where(np.arange(len(X)) >= 100)).to_csv(tmp_path / "data.csv", index=False)
    study = config(
        load_wine, {"class": "sklearn.linear_model.Ridge"}, {"alpha": [0.1, 1.0]}, cv={"class": "KFold", "n_splits": 4},
        inner={"class": "KFold", "n_splits": 3},
    )  # fmt: skip
    study["datasets"]["d"] = {"file": str(tmp_path / "data.csv"), "target": "target"}
    found = search(tmp_path / "study", study)
    X, y, _ = loaded(tmp_path / "study")
    theirs = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=KFold(3))
    expected = cross_validate(theirs, X, y, cv=KFold(4), error_score=np.nan)
    np.testing.assert_array_equal(numbers(rows_of(found.folder / "nested.csv"), "outer_score"), expected["test_score"])
    assert np.isnan(expected["test_score"]).any() and found.nested["mean_outer_score"] is None


def test_data_frames_stay_data_frames_in_inner_folds(tmp_path):
    X, y = load_wine(return_X_y=True, as_frame=True)
    X.assign(target=y).to_csv(tmp_path / "data.csv", index=False)
    columns = {"class": "sklearn.compose.ColumnTransformer", "transformers": [{"tuple": [
        "some", {"class": "sklearn.preprocessing.StandardScaler"}, ["alcohol", "hue", "proline"]]}]}  # fmt: skip
    model = [{"columns": columns}, {"svc": {"class": "sklearn.svm.SVC"}}]
    study = config(load_wine, model, {"svc__C": [0.1, 1.0, 10.0]})
    study["datasets"]["d"] = {"file": str(tmp_path / "data.csv"), "target": "target"}
    found = search(tmp_path / "study", study)
    X, y, _ = loaded(tmp_path / "study")
    steps = [
        ("columns", ColumnTransformer([("some", StandardScaler(), ["alcohol", "hue", "proline"])])),
        ("svc", SVC()),
    ]
    theirs = GridSearchCV(Pipeline(steps), {"svc__C": [0.1, 1.0, 10.0]}, cv=StratifiedKFold(4))
    assert_equal(found, theirs, X, y, cv=outer_splitter())


def test_outer_folds_with_the_same_content_are_evaluated_once(tmp_path):
    X, y = np.tile([[0.0], [1.0], [3.0], [4.0]], (12, 1)), np.tile([0, 1, 1, 0], 12)
    np.savez(tmp_path / "data.npz", X=X, y=y)
    model, space = {"class": "sklearn.neighbors.KNeighborsClassifier"}, {"n_neighbors": [9, 1, 20, 1]}
    study = config(
        load_wine, model, space, cv={"class": "KFold", "n_splits": 3}, inner={"class": "KFold", "n_splits": 4}
    )
    study["datasets"]["d"] = {"file": str(tmp_path / "data.npz"), "target": "y"}
    found = search(tmp_path / "study", study)
    assert found.made < 4 * 3 + 2
    theirs = GridSearchCV(KNeighborsClassifier(), space, cv=KFold(4))
    assert_equal(found, theirs, X, y, cv=KFold(3))


def test_data_without_a_target_are_searched_inside_each_fold(tmp_path):
    X = load_wine().data
    np.savez(tmp_path / "data.npz", X=X)
    model, space = {"class": "sklearn.neighbors.KernelDensity"}, {"bandwidth": [0.5, 5.0, 50.0]}
    study = config(
        load_wine, model, space, cv={"class": "KFold", "n_splits": 3}, inner={"class": "KFold", "n_splits": 4}
    )
    study["datasets"]["d"] = {"file": str(tmp_path / "data.npz")}
    found = search(tmp_path / "study", study)
    theirs = GridSearchCV(KernelDensity(), space, cv=KFold(4))
    assert_equal(found, theirs, X, None, cv=KFold(3))


def test_a_search_that_was_stopped_early_has_tables_of_what_is_there(tmp_path):
    study = config(load_wine, {"class": "sklearn.svm.SVC"}, SVC_SPACE)
    found = search(tmp_path, study, evaluations=70)
    rows = rows_of(found.folder / "nested.csv")
    assert [row["fold"] for row in rows] == ["0", "1", "2"] and {row["model"] for row in rows} == {""}
    assert found.nested["mean_outer_score"] is None and found.nested["chosen"] == []
    assert len(rows_of(found.folder / "evaluations.csv")) == 70


def test_each_evaluation_is_found_by_its_own_outer_fold(tmp_path):
    found = search(tmp_path, config(load_wine, {"class": "sklearn.svm.SVC"}, {"C": [1.0, 2.0]}))
    requested = found.records.requested
    for number in found.records.recorded_numbers():
        assert requested.number(requested.evaluation(int(number))) == number
    texts = [str(requested.evaluation(int(number))) for number in found.records.recorded_numbers()]
    assert "m(C=1.0) fold 1, inner fold 2" in texts and len(set(texts)) == len(texts)


STRATEGIES = {
    "grid": {"grid": {"shuffle": True, "random_state": 1}},
    "random": {"random": {"n_iter": 6, "random_state": 1}},
    "tpe": {"tpe": {"n_trials": 8, "batch": 4, "random_state": 1}},
    "evolution": {"evolution": {"population": 4, "generations": 3, "random_state": 1}},
}


def learning_config(strategy):
    space = {"max_features": {"randint": [1, 13]}, "min_samples_leaf": {"randint": [1, 20]}}
    space = space if strategy != "grid" else {"max_features": [1, 4, 9, 4], "min_samples_leaf": [1, 10]}
    tree = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}
    study = config(load_wine, tree, space, strategy=STRATEGIES[strategy])
    study["searches"]["s"]["models"]["other"] = {"estimator": tree | {"criterion": "entropy"}, "space": space}
    return study


@pytest.mark.parametrize(
    "strategy",
    [
        pytest.param(name, marks=pytest.mark.slow if name in ("random", "evolution", "tpe") else ())
        for name in STRATEGIES
    ],
)
def test_tables_do_not_depend_on_the_order_of_results_or_an_interruption(strategy, tmp_path):
    study = learning_config(strategy)
    files = ("scores.csv", "nested.csv")
    first = search(tmp_path / "a", study, seed=1)
    second = search(tmp_path / "b", study, seed=2)
    search(tmp_path / "c", study, seed=3, evaluations=first.made // 2)
    third = search(tmp_path / "c", study, seed=4)
    assert third.made == first.made - first.made // 2
    for name in files:
        text = (first.folder / name).read_bytes()
        assert (second.folder / name).read_bytes() == text == (third.folder / name).read_bytes()
    assert first.nested == second.nested == third.nested
    assert search(tmp_path / "c", study).made == 0


def test_the_learning_strategies_see_the_inner_folds_alone(tmp_path):
    study = learning_config("tpe")
    whole = search(tmp_path / "nested", study)
    arrays = load_wine(return_X_y=True)
    train, _ = next(iter(outer_splitter().split(*arrays)))
    np.savez(tmp_path / "part.npz", X=arrays[0][train], y=arrays[1][train])
    plain = {**study, "datasets": {"d": {"file": str(tmp_path / "part.npz"), "target": "y"}}}
    plain = {**plain, "splits": {"f": {"dataset": "d", "cv": INNER}}}
    plain["searches"] = {"s": {key: value for key, value in study["searches"]["s"].items() if key != "inner"}}
    alone = rows_of(search(tmp_path / "plain", plain).folder / "scores.csv")
    of_fold = [row for row in rows_of(whole.folder / "scores.csv") if row.pop("outer_fold") == "0"]
    assert of_fold == alone


def remove(found, wanted):
    """Remove the records that fulfil a condition; return their number."""
    path = found.folder / "ledger.jsonl"
    keys = {r["key"] for r in ledger.read(path) if not r["key"].startswith("made:") and wanted(r)}
    ledger.remove(path, keys)
    return len(keys)


def test_a_lost_inner_evaluation_costs_itself_alone(tmp_path):
    study = config(load_wine, {"class": "sklearn.svm.SVC"}, SVC_SPACE)
    first = search(tmp_path, study)
    before = (first.folder / "scores.csv").read_bytes(), (first.folder / "nested.csv").read_bytes()
    assert (
        remove(first, lambda r: (r["fold"], r.get("inner_fold")) == (1, 2) and r["params"] == {"C": 1.0, "gamma": 1e-3})
        == 1
    )
    again = search(tmp_path, study)
    assert again.made == 1
    assert ((again.folder / "scores.csv").read_bytes(), (again.folder / "nested.csv").read_bytes()) == before
    assert remove(again, lambda r: r["fold"] == 2 and "inner_fold" not in r) == 1  # the refit
    assert search(tmp_path, study).made == 1


def test_another_inner_splitter_keeps_the_outer_evaluations(tmp_path):
    model, space = {"class": "sklearn.svm.SVC"}, {"C": [1.0], "gamma": [1e-3]}
    search(tmp_path, config(load_wine, model, space))
    changed = config(load_wine, model, space, inner={**INNER, "n_splits": 3})
    with pytest.raises(FoldworkError, match="was made from another config than the present one; remove it and run"):
        search(tmp_path, changed)
    for path in (tmp_path / "searches/s/inner").iterdir():
        path.unlink()
    (tmp_path / "searches/s/inner").rmdir()
    assert search(tmp_path, changed).made == 3 * 3


def test_an_evaluation_of_a_plain_search_on_the_same_folds_serves_as_the_outer_one(tmp_path):
    study = config(load_wine, {"class": "sklearn.svm.SVC"}, {"C": [1.0], "gamma": [1e-3]})
    study["searches"]["plain"] = {key: value for key, value in study["searches"]["s"].items() if key != "inner"}
    assert search(tmp_path, study, "plain").made == 3
    found = search(tmp_path, study)
    assert found.made == 3 * 4
    copied = [r for r in ledger.read(found.folder / "ledger.jsonl") if "from" in r]
    assert sorted((r["from"], r["fold"], "inner_fold" in r) for r in copied) == [("plain", k, False) for k in range(3)]


def test_folds_in_a_ring_have_the_groups_of_their_rows(tmp_path):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    X["site"] = np.arange(len(X)) % 7
    np.savez(tmp_path / "data.npz", X=X.drop(columns="site").to_numpy(), y=y.to_numpy(), site=X["site"].to_numpy())
    study = config(
        load_wine, {"class": "sklearn.linear_model.Ridge"}, {"alpha": [0.1]}, cv={"class": "GroupKFold", "n_splits": 3},
        inner={"class": "LeaveOneGroupOut"}, layout="ring",
    )  # fmt: skip
    study["datasets"]["d"] = {"file": str(tmp_path / "data.npz"), "target": "y", "groups": "site"}
    found = search(tmp_path / "study", study)
    outer = GroupKFold(3).split(X, y, X["site"])
    for k, (train, _) in enumerate(outer):
        sizes = found.records.request.folds
        tested = sorted(f.n_test for f in sizes if f.inner and f.outer == k)
        assert tested == sorted(X["site"].iloc[train].value_counts())


def test_splits_of_an_earlier_version_are_refused_in_a_line(tmp_path):
    study = config(load_wine, {"class": "sklearn.svm.SVC"}, {"C": [1.0]})
    search(tmp_path, study)
    manifest = tmp_path / "splits/f/splits.json"
    write_signed(manifest, {key: value for key, value in read_signed(manifest, "").items() if key != "groups"})
    with pytest.raises(FoldworkError, match=r"splits f were written by an earlier version; remove .*splits/f and run"):
        inner_splits.persist("s", INNER, tmp_path / "splits/f", tmp_path / "inner")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"strategy": {"halving": {}}}, "searches.s.strategy.halving: cannot be used with 'inner'; a nested search takes grid, random,"),
        ({"strategy": {"racing": {}}}, "searches.s.strategy.racing: cannot be used with 'inner'"),
        ({"stop": {"seconds": 5}}, "searches.s.stop: cannot be used with 'inner'"),
        ({"inner": {"n_splits": 4}}, "searches.s.inner.class: is missing"),
        ({"inner": {"class": "StratifiedKFolds"}}, "searches.s.inner.class: .*StratifiedKFold"),
        ({"inner": {"class": "KFold", "splits": 3}}, "searches.s.inner.splits: "),
        ({"inner": {"class": "KFold", "n_splits": "3"}}, "searches.s.inner.n_splits: must be a number"),
        ({"inner": 4}, "searches.s.inner: "),
    ],
)  # fmt: skip
def test_a_mistake_in_a_nested_search_is_refused_in_a_line(change, words):
    study = config(load_wine, {"class": "sklearn.svm.SVC"}, {"C": [1.0]})
    study["searches"]["s"] |= change
    with pytest.raises(FoldworkError, match=words) as raised:
        check_config(validate(study, SCHEMA))
    assert "\n" not in str(raised.value)


def test_a_clustering_cannot_be_nested():
    models = {"m": {"estimator": {"class": "sklearn.cluster.KMeans"}}}
    study = {
        "datasets": {"d": {"load": "sklearn.datasets.load_wine"}},
        "clusterings": {"c": {"dataset": "d", "models": models, "inner": INNER}},
    }
    with pytest.raises(FoldworkError, match=r"clusterings.c.inner: unknown key"):
        validate(study, SCHEMA)


def test_an_inner_splitter_that_does_not_fit_an_outer_fold_is_refused_in_a_line(tmp_path):
    study = config(load_wine, {"class": "sklearn.svm.SVC"}, {"C": [1.0]}, inner={"class": "KFold", "n_splits": 150})
    with pytest.raises(
        FoldworkError, match=r"searches.s.inner: KFold cannot split the train rows of fold 0 of splits f"
    ):
        search(tmp_path, study)
    groups = config(load_wine, {"class": "sklearn.svm.SVC"}, {"C": [1.0]}, inner={"class": "GroupKFold"})
    with pytest.raises(
        FoldworkError, match=r"searches.s.inner: GroupKFold needs groups; name a column in datasets.d.groups"
    ):
        search(tmp_path, groups)


def test_an_inner_splitter_that_is_null_is_none(tmp_path):
    study = config(load_wine, {"class": "sklearn.svm.SVC"}, {"C": [1.0]}, inner=None)
    assert search(tmp_path, study).made == 3


def test_an_inner_splitter_without_a_seed_is_warned_of():
    study = config(load_wine, {"class": "sklearn.svm.SVC"}, {"C": [1.0]}, inner={"class": "ShuffleSplit"})
    (warning,) = check_config(validate(study, SCHEMA))
    assert "searches.s.inner" in warning and "ShuffleSplit" in warning


@pytest.mark.filterwarnings("ignore")
def test_commands_name_outer_and_inner_fold(tmp_path, capsys):
    model = {"class": "sklearn.neighbors.KNeighborsClassifier"}
    found = search(tmp_path / "results", config(load_wine, model, {"n_neighbors": [1, 200]}))
    write_json(found.folder / REQUEST, found.records.request.as_json())
    run_command(tmp_path, "failed", "s", "--json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    places = {(line["fold"], line["inner_fold"]) for line in lines}
    assert places == {(k, j) for k in range(3) for j in range(4)}
    run_command(tmp_path, "failed", "s")
    assert "such as m(n_neighbors=200) fold 0, inner fold 0" in capsys.readouterr().out
    run_command(tmp_path, "status")
    text = capsys.readouterr().out
    assert "s: complete · 27 of 27 done" in text and "best" not in text
    run_command(tmp_path, "forget", "s", "--fold", "1", "--failed")
    assert "4 records removed" in capsys.readouterr().out
    run_command(tmp_path, "status", "--json")
    (status,) = json.loads(capsys.readouterr().out)
    assert [fold["missing"] for fold in status["folds"]] == [0, 4, 0]


def run_command(folder, *arguments):
    main(["--results", str(folder / "results"), *arguments])
