"""The table of the best candidate's predictions: right rows, whatever the splits, targets and strategies."""

import shutil

import numpy as np
import pandas as pd
import pytest
from predicting import TREE, Study
from sklearn.datasets import load_iris, make_multilabel_classification, make_regression
from sklearn.model_selection import GridSearchCV, KFold, RepeatedKFold, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from foldwork.commands.adopt import adopt
from foldwork.commands.forget import forget
from foldwork.errors import FoldworkError
from foldwork.records.stored_predictions import remove_unused, same_scores
from foldwork.results import prediction_table
from foldwork.results.notebook import Tables
from foldwork.results.predictions import FoldPredictions
from foldwork.storage import ledger
from foldwork.storage.file_names import LEDGER, PREDICTIONS
from foldwork.workflow.predictions import write

REGRESSOR = {"class": "sklearn.tree.DecisionTreeRegressor", "random_state": 0, "max_depth": 3}


def answers(iris=False):
    """Return a table of flowers whose target is a word."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    return X.assign(kind=y.map({0: "rose", 1: "lily", 2: "tulip"}))


def written(study, request, end="parquet"):
    """Evaluate a search; return the table that is written for it, and what was said."""
    study.evaluate(request)
    folder, said = study.finish(request), []
    path = folder / f"predictions.{end}"
    write(folder, path, said.append)
    return pd.read_parquet(path) if end == "parquet" else pd.read_csv(path), said


def test_rows_are_those_of_the_table_in_the_order_of_the_folds(tmp_path):
    study = Study(tmp_path / "study")
    found, said = written(study, study.request(space={"max_depth": [1, 3]}, predictions="best"))
    X, y = load_iris(return_X_y=True)
    assert said == [] and list(found.columns) == ["row", "fold", "y", "prediction"]
    at = 0
    for fold, (train, test) in enumerate(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y)):
        part = found[at : at + len(test)]
        fitted = DecisionTreeClassifier(random_state=0, max_depth=3).fit(X[train], y[train])
        assert part["row"].tolist() == test.tolist() and set(part["fold"]) == {fold}
        assert part["y"].tolist() == y[test].tolist()
        assert part["prediction"].tolist() == fitted.predict(X[test]).tolist()
        at += len(test)
    assert at == len(found)


def test_with_repeated_folds_a_row_occurs_once_a_repeat(tmp_path):
    cv = {"class": "RepeatedKFold", "n_splits": 2, "n_repeats": 3, "random_state": 0}
    study = Study(tmp_path / "study", cv=cv)
    found, _ = written(study, study.request())
    expected = [test for _, test in RepeatedKFold(n_splits=2, n_repeats=3, random_state=0).split(np.zeros((150, 1)))]
    assert found["row"].tolist() == np.concatenate(expected).tolist()
    assert found["row"].value_counts().tolist() == [3] * 150


def test_a_ring_has_its_own_order_of_rows(tmp_path):
    study = Study(
        tmp_path / "study", cv={"class": "KFold", "n_splits": 3, "shuffle": True, "random_state": 1}, layout="ring"
    )
    found, _ = written(study, study.request())
    _X, y = load_iris(return_X_y=True)
    assert (found["y"] == y[found["row"]]).all() and sorted(found["row"]) == list(range(150))


@pytest.mark.parametrize("layout", ["copy", "ring"])
def test_of_a_nested_search_the_rows_are_those_of_the_outer_folds(tmp_path, layout):
    cv = {"class": "KFold", "n_splits": 3, "shuffle": True, "random_state": 0}
    study = Study(tmp_path / "study", cv=cv, layout=layout)
    request = study.request(space={"max_depth": [1, 2, 3]}, inner={"class": "KFold", "n_splits": 2})
    found, said = written(study, request)
    assert said == []
    X, y = load_iris(return_X_y=True)
    expected = []
    for train, test in KFold(3, shuffle=True, random_state=0).split(X):
        search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3]}, cv=KFold(2))
        expected += search.fit(X[train], y[train]).predict(X[test]).tolist()
        if layout == "copy":
            assert found["row"][len(expected) - len(test) : len(expected)].tolist() == test.tolist()
    assert (found["y"] == y[found["row"]]).all() and sorted(found["row"]) == list(range(150))
    if layout == "copy":  # in a ring train rows are in another order
        assert found["prediction"].tolist() == expected
    inner = Tables(None, None, None, None, folder=study.search()).predictions(0, "m")
    assert (inner["y"] == y[inner["row"]]).all() and inner["inner_fold"].notna().sum() == 300


def test_classes_that_are_words_name_the_columns(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "flowers.csv").write_text(answers().to_csv(index=False))
    monkeypatch.chdir(tmp_path)
    study = Study(tmp_path, spec={"file": "flowers.csv", "target": "kind"})
    found, _ = written(study, study.request(scoring=["accuracy", "neg_log_loss"]))
    assert list(found.columns) == ["row", "fold", "y", "prediction", "proba_lily", "proba_rose", "proba_tulip"]
    assert set(found["prediction"]) == {"lily", "rose", "tulip"} and (found.filter(like="proba").sum(axis=1) == 1).all()


def test_two_classes_have_one_decision(tmp_path):
    study = Study(tmp_path / "study", "sklearn.datasets.load_breast_cancer")
    estimator = {"class": "sklearn.linear_model.RidgeClassifier"}
    found, _ = written(study, study.request(estimator=estimator, scoring=["roc_auc"]), "csv")
    assert list(found.columns) == ["row", "fold", "y", "prediction", "decision"]
    assert found["prediction"].isna().all(), "no scorer has asked for it"
    assert found["decision"].notna().all()


@pytest.mark.parametrize("load, args, made", [
    ("make_multilabel_classification", {"n_samples": 60, "n_classes": 3, "random_state": 0}, make_multilabel_classification),
    ("make_regression", {"n_samples": 60, "n_features": 4, "n_targets": 2, "random_state": 0}, make_regression),
])  # fmt: skip
def test_several_outputs_have_a_column_each(tmp_path, load, args, made):
    study = Study(tmp_path / "study", f"sklearn.datasets.{load}", args, cv={"class": "KFold", "n_splits": 2})
    several = load == "make_multilabel_classification"
    request = study.request(estimator=TREE if several else REGRESSOR, scoring=["accuracy" if several else "r2"])
    found, _ = written(study, request)
    X, y = made(**args)
    outputs = y.shape[1]
    assert list(found.columns) == [
        "row", "fold", *(f"y_{k}" for k in range(outputs)), *(f"prediction_{k}" for k in range(outputs))
    ]  # fmt: skip
    kind = DecisionTreeClassifier(random_state=0) if several else DecisionTreeRegressor(random_state=0, max_depth=3)
    expected = [kind.fit(X[a], y[a]).predict(X[b]) for a, b in KFold(2).split(X)]
    assert found.filter(like="prediction").to_numpy().tolist() == np.concatenate(expected).tolist()


def test_failed_folds_have_no_rows(tmp_path):
    study = Study(tmp_path / "study", "sklearn.datasets.load_breast_cancer", cv={"class": "KFold", "n_splits": 2})
    request = study.request(
        estimator={"class": "sklearn.neighbors.KNeighborsClassifier", "n_neighbors": 284}, scoring=["accuracy"]
    )
    study.evaluate(request)
    folder = study.search()
    lines = [ledger.decode(line) for line in (folder / LEDGER).read_bytes().splitlines()]
    lines[1] |= {"status": "failed", "error": "ValueError: no"}
    (folder / LEDGER).write_text("".join(ledger.encode(line) + "\n" for line in lines))
    found, _ = written(study, request)
    assert set(found["fold"]) == {1} and len(found) == 284


def test_folds_with_other_classes_are_in_one_table():
    def fold(k, classes):
        proba = np.full((2, len(classes)), k / 10)
        return FoldPredictions(
            k, None, np.array([k, k + 1]), np.array(["a", "b"]), None, proba, None, np.array(classes)
        )

    found = prediction_table.table([fold(0, ["a", "c"]), fold(1, ["a", "b", "c"]), fold(2, ["b"])])
    assert list(found.columns) == ["row", "fold", "y", "prediction", "proba_a", "proba_b", "proba_c"]
    assert found["proba_b"].isna().tolist() == [True, True, False, False, False, False]


def test_best_keeps_one_file_and_the_same_bytes_come_again(tmp_path):
    study = Study(tmp_path / "study")
    request = study.request(space={"max_depth": [1, 2, 3, 4]}, predictions="best")
    written(study, request)
    folder = study.search()
    first = (folder / "predictions.parquet").read_bytes()
    (store,) = (folder / PREDICTIONS).glob("*.bin")
    assert store.stat().st_size < 150 * 8 * 2
    _found, said = written(study, request)
    assert (folder / "predictions.parquet").read_bytes() == first and said == []
    assert [path.name for path in (folder / PREDICTIONS).glob("*.bin")] == [store.name]
    with pytest.raises(FoldworkError, match="are not stored; set predictions: all"):
        Tables(None, None, None, None, folder=folder).predictions(0)
    shutil.rmtree(folder / PREDICTIONS)
    _, said = written(study, request)
    assert said == ["t: the predictions of 3 evaluations of the best candidate are not stored; making them again"]
    assert (folder / "predictions.parquet").read_bytes() == first


def test_best_leaves_files_that_another_search_refers_to(tmp_path):
    study = Study(tmp_path / "study")
    study.evaluate(study.request("one", space={"max_depth": [1, 2]}, predictions="best"))
    other = study.request("two", space={"max_depth": [1, 2]}, predictions="all")
    assert study.evaluate(other)[1] == []
    written(study, study.request("one", space={"max_depth": [1, 2]}, predictions="best"))
    study.finish(other)
    tables = Tables(None, None, None, None, folder=study.search("two"))
    assert len(tables.predictions(0)) == len(tables.predictions(1)) == 150


def test_a_fit_with_other_scores_is_told(tmp_path):
    study = Study(tmp_path / "study")
    request = study.request(
        estimator={**TREE, "random_state": None, "max_features": 1, "max_depth": 2}, predictions="best"
    )
    study.evaluate(request)
    shutil.rmtree(study.search() / PREDICTIONS)
    _, said = written(study, request)
    assert any("of a fit that gives other scores than the recorded one" in line for line in said)


def test_a_fit_is_compared_by_the_metrics_that_its_record_has_too(tmp_path):
    study = Study(tmp_path / "study")
    space = {"max_depth": [1, 2]}
    study.evaluate(study.request("both", space=space, scoring=["accuracy", "neg_log_loss"], train_scores=True))
    shutil.rmtree(study.search("both") / PREDICTIONS)
    one = study.request("one", space=space, scoring=["neg_log_loss"], predictions="best")
    _, said = written(study, one)
    assert said == ["one: the predictions of 3 evaluations of the best candidate are not stored; making them again"]
    assert not same_scores({"test": {"a": 1.0, "b": 2.0}}, {"test": {"b": 2.5}})
    trained = [{"test": {"a": 1.0}, "train": {"a": score}} for score in (1.0, 0.5)]
    assert not same_scores(*trained) and same_scores(trained[0], {"test": {"a": 1.0}, "train": None})


def test_predictions_that_another_search_has_moved_are_used(tmp_path):
    study = Study(tmp_path / "study")
    space = {"max_depth": [1, 2, 3]}
    first, _ = written(study, study.request("one", space=space, predictions="best"))
    found, said = written(study, study.request("two", space=space, predictions="best"))
    assert said == [] and found.equals(first)


def test_forgotten_records_leave_nothing_behind(tmp_path):
    study = Study(tmp_path / "study")
    request = study.request(predictions="none")
    study.evaluate(request)
    study.evaluate(study.request(predictions="all"))  # lines of their own
    study.finish(study.request(predictions="all"))
    assert forget(study.search()) == 3
    assert all(record["key"].startswith("made:") for record in ledger.read(study.search() / LEDGER))


def test_adopted_records_do_not_refer_to_files_of_another_study(tmp_path):
    there, here = Study(tmp_path / "there"), Study(tmp_path / "here")
    there.evaluate(there.request(predictions="none"))
    there.evaluate(there.request(space={"max_depth": [1]}))
    there.evaluate(there.request())
    assert "6 records adopted" in next(iter(adopt(there.results, here.results)))
    text = (here.results / "adopted/searches/t.jsonl").read_text()
    assert PREDICTIONS not in text and "predictions" not in text
    request = here.request(predictions="best")
    assert here.evaluate(request)[1] == []
    found, said = written(here, request)
    assert len(found) == 150 and "making them again" in said[0]


def test_an_estimator_that_predicts_nothing_has_an_empty_table(tmp_path):
    study = Study(tmp_path / "study")
    request = study.request(estimator={"class": "sklearn.decomposition.PCA"}, scoring=[], predictions="best")
    found, said = written(study, request)
    assert said == [] and list(found.columns) == ["row", "fold", "y", "prediction"]
    assert len(found) == 150 and found["prediction"].isna().all()


def test_files_to_which_no_ledger_refers_are_removed_and_no_others(tmp_path):
    study = Study(tmp_path / "study")
    study.evaluate(study.request("one"))
    study.evaluate(study.request("two"))  # with the records of the first
    one = study.search("one")
    (used,) = (one / PREDICTIONS).iterdir()
    (one / PREDICTIONS / "0123.bin").write_bytes(b"of a killed engine")
    forgotten = {record["key"] for record in ledger.read(one / LEDGER) if record["key"][:5] != "made:"}
    ledger.remove(one / LEDGER, forgotten)
    remove_unused(one)
    assert list((one / PREDICTIONS).iterdir()) == [used]
    ledger.remove(study.search("two") / LEDGER, forgotten)
    remove_unused(one)
    assert list((one / PREDICTIONS).iterdir()) == []
