"""Thresholds are those of TunedThresholdClassifierCV with the same folds, to the last bit."""

import json

import numpy as np
import pandas as pd
import pytest
from predicting import Study
from sklearn.datasets import load_breast_cancer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import f1_score, get_scorer, make_scorer
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, StratifiedKFold, TunedThresholdClassifierCV
from sklearn.tree import DecisionTreeClassifier

from foldwork.errors import FoldworkError
from foldwork.model.applied_threshold import read_threshold
from foldwork.model.features import describe
from foldwork.model.model import Model
from foldwork.pictures.threshold import draw_threshold, score_name
from foldwork.results.predictions import FoldPredictions
from foldwork.results.threshold import mean_of_matrix, scorer_of, threshold
from foldwork.workflow.predictions import write, write_threshold

X, y = load_breast_cancer(return_X_y=True)
CV = {"class": "StratifiedKFold", "n_splits": 3, "shuffle": True, "random_state": 0}
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)
TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0, "max_features": 3}
F1 = {"scoring": "f1", "thresholds": 20}


def tree(**params):
    return DecisionTreeClassifier(random_state=0, max_features=3, **params)


def tuned(estimator, scoring, cv, **more):
    more = {"thresholds": 20, **more}
    return TunedThresholdClassifierCV(estimator, scoring=scoring, cv=cv, store_cv_results=True, **more)


def written(study, request):
    study.evaluate(request)
    folder, said = study.finish(request), []
    write(folder, folder / "predictions.csv", said.append)
    write_threshold(folder, folder / "threshold.json", folder / "threshold.csv")
    return json.loads((folder / "threshold.json").read_text()), (folder / "threshold.csv").read_text(), said


def test_the_threshold_of_the_best_candidate_is_scikit_learns_and_each_fold_is_scored_with_that_of_the_others(tmp_path):
    study = Study(tmp_path / "study", "sklearn.datasets.load_breast_cancer", cv=CV)
    request = study.request(estimator=TREE, space={"max_depth": [2, 4]}, predictions="best", threshold=F1)
    found, curve, said = written(study, request)
    assert said == [], "predict_proba was asked for when the fold was scored"
    best = json.loads((study.search() / "best.json").read_text())["params"]
    expected = tuned(tree(**best), "f1", FOLDS).fit(X, y)
    assert found["threshold"] == expected.best_threshold_ and found["score"] == expected.best_score_
    rows = [[float(cell) for cell in line.split(",")] for line in curve.splitlines()[1:]]
    assert [row[0] for row in rows] == expected.cv_results_["thresholds"].tolist()
    assert [row[1] for row in rows] == expected.cv_results_["scores"].tolist()
    splits = list(FOLDS.split(X, y))
    for k, (train, test) in enumerate(splits):
        others = tuned(tree(**best), "f1", [split for j, split in enumerate(splits) if j != k]).fit(X, y)
        assert found["folds"][k]["threshold"] == others.best_threshold_
        proba = tree(**best).fit(X[train], y[train]).predict_proba(X[test])[:, 1]
        assert found["folds"][k]["score"] == f1_score(y[test], proba >= others.best_threshold_)
    assert found["mean_score"] == np.mean([fold["score"] for fold in found["folds"]])
    fitted = tree(**best).fit(X, y)
    described = {"search": "t", "model": "m", "params": best}
    applied = read_threshold(study.search(), described)
    features = describe(X)
    model = Model(
        fitted,
        described | {"features": features, "left_out": [], "target": None, "labels": None, "is_classifier": True},
        applied,
    )
    fixed = FixedThresholdClassifier(fitted, threshold=expected.best_threshold_, response_method="predict_proba")
    assert model.predict(X).tolist() == fixed.predict(X).tolist()


def test_folds_of_a_race_are_listed_in_the_order_of_the_splits(tmp_path):
    study = Study(tmp_path / "study", "sklearn.datasets.load_breast_cancer", cv={**CV, "n_splits": 5})
    race = {"racing": {"burn_in": 2, "random_state": 0}}
    request = study.request(
        estimator=TREE, space={"max_depth": [2, 4]}, predictions="best", threshold=F1, strategy=race
    )
    found, _, _ = written(study, request)
    assert list(study.read(request).requested.folds_of(0)) != list(range(5))
    assert [each["fold"] for each in found["folds"]] == list(range(5))
    assert pd.read_csv(study.search() / "predictions.csv")["fold"].is_monotonic_increasing


def test_in_a_nested_search_it_is_chosen_on_inner_folds_alone(tmp_path):
    study = Study(tmp_path / "study", "sklearn.datasets.load_breast_cancer", cv=CV)
    inner = {"class": "StratifiedKFold", "n_splits": 2}
    request = study.request(
        estimator=TREE,
        space={"max_depth": [2, 4]},
        inner=inner,
        scoring=["neg_log_loss"],
        predictions="best",
        threshold=F1,
    )
    found, _, said = written(study, request)
    assert said == [] and "threshold" not in found
    for k, (train, test) in enumerate(FOLDS.split(X, y)):
        search = GridSearchCV(tree(), {"max_depth": [2, 4]}, scoring="neg_log_loss", cv=StratifiedKFold(2))
        best = search.fit(X[train], y[train]).best_params_
        classifier = tuned(tree(**best), "f1", StratifiedKFold(2)).fit(X[train], y[train])
        assert found["folds"][k]["threshold"] == classifier.best_threshold_
        assert found["folds"][k]["score"] == get_scorer("f1")(classifier, X[test], y[test])


def folds_of(estimator, method, y=y):
    for k, (train, test) in enumerate(FOLDS.split(X, y)):
        fitted = estimator.fit(X[train], y[train])
        values = dict.fromkeys(("predict", "predict_proba", "decision_function")) | {
            method: getattr(fitted, method)(X[test])
        }
        yield FoldPredictions(k, None, test, y[test], classes=fitted.classes_, **values)


@pytest.mark.parametrize(
    "estimator, method",
    [(tree(max_depth=3), "predict_proba"), (LinearDiscriminantAnalysis(), "decision_function")],
    ids=["proba", "decision"],
)
@pytest.mark.parametrize(
    "spec", [{"scoring": "balanced_accuracy"}, {"cost": [[0, 1], [5, 0]]}, {"gain": [[0, -1], [-5, 2]]}], ids=str
)
def test_metrics_costs_and_gains_of_both_responses(estimator, method, spec):
    found, curve = threshold(list(folds_of(estimator, method)), {**spec, "thresholds": 30})
    matrix = np.array(spec.get("cost") or spec.get("gain"), dtype=float)
    scorer = spec.get("scoring") or make_scorer(
        mean_of_matrix, greater_is_better="gain" in spec, matrix=matrix, labels=[0, 1]
    )
    expected = tuned(estimator, scorer, FOLDS, response_method=method, thresholds=30).fit(X, y)
    assert (found["threshold"], found["score"]) == (expected.best_threshold_, expected.best_score_)
    assert curve["scores"].tolist() == expected.cv_results_["scores"].tolist()
    assert found["response_method"] == method


def test_a_cost_is_that_of_the_true_class_in_the_row_and_the_predicted_one_in_the_column():
    scorer = scorer_of({"cost": [[1, 2], [3, 4]]}, np.array([0, 1]))
    found = scorer._score_func([0, 0, 1, 1, 1], [0, 1, 0, 0, 1], **scorer._kwargs)
    assert found == (1 + 2 + 3 + 3 + 4) / 5 and scorer._sign == -1


def test_classes_that_are_words_have_the_second_one_as_positive():
    words = np.where(y == 1, "yes", "no").astype(object)
    spec = {
        "scoring": {
            "f": {
                "class": "sklearn.metrics.make_scorer",
                "score_func": {"ref": "sklearn.metrics.f1_score"},
                "pos_label": "yes",
            }
        }
    }
    found, _ = threshold(list(folds_of(tree(max_depth=3), "predict_proba", words)), {**spec, "thresholds": 20})
    expected = tuned(tree(max_depth=3), make_scorer(f1_score, pos_label="yes"), FOLDS).fit(X, words)
    assert found["threshold"] == expected.best_threshold_ and found["positive"] == "yes"


@pytest.mark.parametrize(
    "labels, pos_label, positive",
    [((0, 1), None, 1), ((0, 1), 0, 0), ((1, 2), None, 1), ((-1, 1), None, 1), (("no", "yes"), "no", "no")],
    ids=str,
)
def test_the_positive_class_is_the_one_that_is_predicted_from_the_threshold_on(labels, pos_label, positive):
    """That of the metric: of `f1` it is 1, which may be the first class."""
    target = np.array(labels, dtype=object if isinstance(positive, str) else None)[y]
    metric = {"class": "sklearn.metrics.make_scorer", "score_func": {"ref": "sklearn.metrics.f1_score"}}
    spec = {"scoring": "f1" if pos_label is None else {"f": {**metric, "pos_label": pos_label}}, "thresholds": 20}
    scorer = "f1" if pos_label is None else make_scorer(f1_score, pos_label=pos_label)
    found, _ = threshold(list(folds_of(tree(max_depth=3), "predict_proba", target)), spec)
    expected = tuned(tree(max_depth=3), scorer, FOLDS).fit(X, target)
    assert (found["threshold"], found["positive"]) == (expected.best_threshold_, positive)
    column = expected.estimator_.classes_.tolist().index(positive)
    above = expected.estimator_.predict_proba(X)[:, column] >= expected.best_threshold_
    assert ((expected.predict(X) == positive) == above).all()


def test_what_has_no_threshold_is_told_in_one_line():
    fold = FoldPredictions(0, None, None, y, y, None, None, np.array([0, 1]))
    with pytest.raises(FoldworkError, match="neither predict_proba nor decision_function"):
        threshold([fold], F1)
    three = fold._replace(predict_proba=np.ones((len(y), 3)), classes=np.array([0, 1, 2]))
    with pytest.raises(FoldworkError, match="two classes"):
        threshold([three], F1)
    constant = fold._replace(predict_proba=np.full((len(y), 2), 0.5))
    with pytest.raises(FoldworkError, match="constant predictions"):
        threshold([constant, constant], F1)


@pytest.mark.parametrize("method", ["predict_proba", "decision_function"])
@pytest.mark.parametrize("folds", [0, 1, 40])
def test_a_threshold_is_drawn_to_the_same_bytes(method, folds, tmp_path):
    generator = np.random.default_rng(0)
    at = np.linspace(0, 1, 50) if method == "predict_proba" else np.linspace(-40, 3, 50)
    curve = pd.DataFrame({"threshold": at, "score": np.sin(at)})
    crossed = [{"fold": k, "threshold": float(t), "score": 0.5} for k, t in enumerate(generator.choice(at, folds))]
    found = {
        "threshold": float(at[20]),
        "score": 0.7,
        "response_method": method,
        "folds": crossed,
        "positive": "a class with a long name " * 4,
    }
    found |= {"mean_score": 0.5, "std_score": 0.01} if folds else {"mean_score": None, "std_score": None}
    for name in ("a.png", "b.png"):
        draw_threshold(curve, found, tmp_path / name, score="f1", title="rf(max_depth=None)", note="1 failed")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_the_axis_of_the_picture_names_what_is_maximised():
    assert [score_name(spec) for spec in ({"scoring": "f1"}, {"gain": []}, {"cost": []}, {"scoring": {"mine": {}}})] == [
        "f1", "mean gain of a row", "minus mean cost of a row", "mine",
    ]  # fmt: skip
