"""A metric that is added later is scored from stored predictions, with the bits of a score in the fold."""

import json
import shutil

import pytest
from predicting import Study
from sklearn.metrics import get_scorer, get_scorer_names
from threadpoolctl import threadpool_limits

from foldwork.evaluation.bundle import run
from foldwork.records.requested import Requested
from foldwork.results.predictions import CandidatePredictions
from foldwork.storage import ledger
from foldwork.storage.file_names import LEDGER, PREDICTIONS

FOREST = {"class": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 5, "random_state": 0}
LOGISTIC = {"class": "sklearn.linear_model.LogisticRegression"}
SCALED = [{"scale": {"class": "sklearn.preprocessing.StandardScaler"}}, {"fit": LOGISTIC}]
RIDGE = {"class": "sklearn.linear_model.Ridge"}

ALL = sorted(get_scorer_names())
FIRST = {"classes": ["accuracy", "roc_auc_ovr", "neg_log_loss"], "binary": ["accuracy", "roc_auc", "neg_log_loss"]}


ONE = {"class": "ShuffleSplit", "n_splits": 1, "test_size": 0.3, "random_state": 0}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """As on an engine."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies")
    loaders = {"three": "load_iris", "two": "load_breast_cancer", "numbers": "load_diabetes"}
    return {name: Study(folder / name, f"sklearn.datasets.{load}", cv=ONE) for name, load in loaders.items()}


CASES = [
    pytest.param("three", FOREST, ["accuracy", "roc_auc_ovr"], marks=pytest.mark.slow),
    ("three", SCALED, ["accuracy", "neg_log_loss"]),
    pytest.param("two", FOREST, ["accuracy", "neg_log_loss"], marks=pytest.mark.slow),
    ("two", SCALED, ["accuracy", "neg_log_loss", "roc_auc"]),
    ("numbers", RIDGE, ["r2"]),
]


@pytest.mark.parametrize("study, estimator, first", CASES)
def test_every_scorer_of_scikit_learn_gives_the_bits_of_a_score_in_the_fold(studies, study, estimator, first):
    """Those that want a response that was not kept, or fail, are fitted; all others are not."""
    study = studies[study]
    predictions = {"of": "all", "train": True}
    _, (source,) = study.evaluate(
        study.request("a", estimator, scoring=first, train_scores=True, predictions=predictions)
    )
    # One that the estimator lacks the method for makes all others of a record fail.
    possible = [metric for metric in ALL if called(get_scorer(metric), source["predictions"])]
    fresh = fresh_record(study, study.request("b", estimator, scoring=possible, train_scores=True))
    rescored = set()
    for metric in [each for each in ALL if each not in first]:
        later = study.request("b", estimator, scoring=[metric], train_scores=True)
        _, (found,) = study.evaluate(later)
        for part in ("test", "train"):
            assert repr(found[part][metric]) == repr(fresh[part].get(metric, "nan")), metric
        assert found["key"] in Requested(later).unique
        rescored |= {metric} if found["route"] == "rescored" else set()
        ok = found["status"] == "ok" and is_answered(get_scorer(metric), source["predictions"])
        assert (found["route"] == "rescored") == ok, metric
        shutil.rmtree(study.search("b"))
    shutil.rmtree(study.search("a"))
    assert len(rescored) >= 15


def called(scorer, predictions):
    """Return the response method that a scorer calls; None if the estimator has none of those that it may call."""
    methods = scorer._response_method
    methods = [methods] if isinstance(methods, str) else methods
    return next((name for name in methods if name in predictions["methods"]), None)


def is_answered(scorer, predictions):
    """Return whether the response that a scorer asks for is stored."""
    return bool(predictions["test"].get(called(scorer, predictions)))


def fresh_record(study, request):
    """Return the record of a request with one evaluation, as an engine makes it that stores no predictions."""
    (e,) = Requested(request).evaluations
    bundle = {"number": 0, "study": str(study.folder), "task": json.dumps(request.task())}
    bundle |= {"fold": request.folds[e.fold].for_engine()}
    bundle["evaluations"] = [(e.key, request.made[e.model]["id"], e.model, e.params, 0, e.resource)]
    ((line, *_),) = run(bundle)["results"]
    return ledger.decode(line.encode())


# ---- what is kept, and what happens to it


def stored(study, name="t"):
    return sorted((study.search(name) / PREDICTIONS).glob("*.bin"))


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path / "study")


def test_whether_predictions_are_kept_changes_no_key(study):
    keys = [set(Requested(study.request(predictions=of)).unique) for of in ("all", "best", "none")]
    assert keys[0] == keys[1] == keys[2]


def test_what_the_scorers_asked_for_is_kept_and_it_is_what_the_estimator_predicts(study):
    from sklearn.datasets import load_iris
    from sklearn.model_selection import StratifiedKFold
    from sklearn.tree import DecisionTreeClassifier

    request = study.request(scoring=["roc_auc_ovr", "accuracy"], space={"max_depth": [1, 2]})
    said, records = study.evaluate(request)
    assert said[0] == "6 evaluations, 0 recorded, 6 to do"
    assert len(stored(study)) == 1
    assert {tuple(sorted(r["predictions"]["test"])) for r in records} == {("predict", "predict_proba")}
    assert all("train" not in r["predictions"] for r in records)
    X, y = load_iris(return_X_y=True)
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    reader = CandidatePredictions(study.read(request), study.search())
    for depth, row in ((1, 0), (2, 1)):
        for (train, test), found in zip(folds, reader.of_row(row), strict=True):
            fitted = DecisionTreeClassifier(random_state=0, max_depth=depth).fit(X[train], y[train])
            assert found.rows.tolist() == test.tolist() and found.y.tolist() == y[test].tolist()
            assert found.predict.tolist() == fitted.predict(X[test]).tolist()
            assert found.predict_proba.tobytes() == fitted.predict_proba(X[test]).tobytes()
            assert found.classes.tolist() == [0, 1, 2] and found.decision_function is None


def test_nothing_is_kept_where_none_is_wanted(study):
    _, records = study.evaluate(study.request(predictions="none"))
    assert not stored(study) and all("predictions" not in record for record in records)


def test_evaluations_are_made_again_only_where_all_predictions_are_wanted_and_missing(study):
    study.evaluate(study.request(predictions="none"))
    before = (study.search() / LEDGER).read_bytes()
    request = study.request(predictions="all")
    said, records = study.evaluate(study.request(predictions="all"))
    assert said[1] == "3 recorded evaluations have no stored predictions: these are evaluated again"
    assert len(records) == 3 and all(record["key"].startswith("predictions:") for record in records)
    assert (study.search() / LEDGER).read_bytes().startswith(before)
    assert [len(found.predict) for found in CandidatePredictions(study.read(request), study.search()).of_row(0)] == [
        50
    ] * 3
    said, records = study.evaluate(study.request(predictions="all"))
    assert (said, records) == (["3 evaluations, 3 recorded, 0 to do"], [])


def test_predictions_whose_file_is_gone_are_made_again(study):
    study.evaluate(study.request())
    stored(study)[0].unlink()
    _, records = study.evaluate(study.request())
    assert len(records) == 3 and len(stored(study)) == 1


def test_after_forget_rows_are_those_of_the_new_evaluation(study):
    request = study.request(space={"max_depth": [1]})
    _, first = study.evaluate(request)
    ledger.remove(study.search() / LEDGER, {record["key"] for record in first})
    _, second = study.evaluate(request)
    reader = CandidatePredictions(study.read(request), study.search())
    assert len(reader.of_row(0)) == 3
    assert {r["predictions"]["file"] for r in reader.references(0).values() for r in [r]} == {
        record["predictions"]["file"] for record in second
    }


def test_damaged_predictions_are_fitted_again_with_one_line(study, capsys):
    study.evaluate(study.request())
    damaged = stored(study)[0]
    content = bytearray(damaged.read_bytes())
    content[3] ^= 1
    damaged.write_bytes(content)
    said, records = study.evaluate(study.request(scoring=["f1_macro"]))
    assert said[0] == "3 evaluations, 3 scored from kept predictions, 0 to fit"
    assert sorted(record["route"] for record in records) == ["plain", "rescored", "rescored"]
    lines = [line for line in capsys.readouterr().out.splitlines() if "damaged" in line]
    assert len(lines) == 1 and damaged.name in lines[0]


def test_train_scores_need_train_predictions(study):
    study.evaluate(study.request(train_scores=True))
    said, records = study.evaluate(study.request(train_scores=True, scoring=["f1_macro"]))
    assert said[0] == "3 evaluations, 0 recorded, 3 to do" and {r["route"] for r in records} == {"plain"}


UNSEEDED = {"class": "sklearn.dummy.DummyClassifier", "strategy": "uniform"}


def test_predictions_that_are_not_known_to_be_deterministic_score_nothing(study):
    study.evaluate(study.request(estimator=UNSEEDED))
    said, records = study.evaluate(study.request(estimator=UNSEEDED, scoring=["f1_macro"]))
    assert said[0] == "3 evaluations, 0 recorded, 3 to do" and {r["route"] for r in records} == {"plain"}


def test_a_rescored_record_keeps_the_predictions_and_can_be_a_source_itself(study):
    study.evaluate(study.request())
    _, second = study.evaluate(study.request(scoring=["f1_macro", "accuracy"]))
    _, third = study.evaluate(study.request(scoring=["f1_macro", "accuracy", "recall_macro"]))
    assert {record["route"] for record in second + third} == {"rescored"}
    assert {record["source"] for record in third} <= {r["key"] for r in ledger.read(study.search() / LEDGER)}
    assert len(stored(study)) == 1


def test_searches_of_a_study_use_each_others_predictions(study):
    study.evaluate(study.request("one"))
    said, records = study.evaluate(study.request("two", scoring=["f1_macro"]))
    assert said[0] == "3 evaluations, 3 scored from kept predictions, 0 to fit"
    assert not stored(study, "two")
    request = study.request("three")
    said, records = study.evaluate(request)
    assert records == [] and said == ["3 evaluations, 3 recorded (3 from one), 0 to do"]
    assert len(CandidatePredictions(study.read(request), study.search("three")).of_row(0)) == 3
