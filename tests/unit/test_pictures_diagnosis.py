"""Tables and pictures of the best candidate's predictions: equal to scikit-learn's numbers, and the same bytes each time."""

import csv

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine, make_classification
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import (
    DetCurveDisplay,
    accuracy_score,
    average_precision_score,
    confusion_matrix,
    f1_score,
    mean_absolute_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
)
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from foldwork.pictures.class_scores import draw_curves
from foldwork.pictures.diagnosis import with_labels, write
from foldwork.pictures.residuals import draw_groups, draw_residuals
from foldwork.results.predicted import predicted
from foldwork.results.predicted_tables import confusion_rows
from foldwork.results.threshold_curves import fold_curves

LOGISTIC = make_pipeline(StandardScaler(), LogisticRegression())
FORTY = make_classification(1600, 20, n_informative=12, n_classes=40, n_clusters_per_class=1, random_state=0)


def table_of(estimator, X, y, *, methods=("predict_proba",), prediction=True, names=None):
    """Return predictions as predictions.parquet has them."""
    parts = []
    y = y if names is None else np.asarray(names)[y]
    folds = StratifiedKFold(4).split(X, y if len(np.unique(y)) < 50 else np.arange(len(y)) % 4)
    for fold, (train, test) in enumerate(folds):
        fitted = estimator.fit(X[train], y[train])
        part = {"row": test, "fold": fold, "y": y[test]} | (
            {"prediction": fitted.predict(X[test])} if prediction else {}
        )
        for method in methods:
            values, name = getattr(fitted, method)(X[test]), {"predict_proba": "proba"}.get(method, "decision")
            if values.ndim == 1:
                part[name] = values
            else:
                part |= {f"{name}_{each}": values[:, k] for k, each in enumerate(fitted.classes_)}
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


CANCER, WINE = load_breast_cancer(return_X_y=True), load_wine(return_X_y=True)
CASES = {
    "two classes": (lambda: table_of(LOGISTIC, *CANCER, names=["malignant", "benign"]), True),
    "a decision function": (lambda: table_of(SVC(), *CANCER, methods=["decision_function"]), True),
    "three classes": (lambda: table_of(LOGISTIC, *WINE), True),
    "forty classes": (lambda: table_of(LOGISTIC, *FORTY, names=[f"a class with a name {k}" for k in range(40)]), True),
    "a regressor": (lambda: table_of(Ridge(), *load_diabetes(return_X_y=True), methods=[]), False),
    "probabilities alone": (lambda: table_of(LOGISTIC, *CANCER, prediction=False), True),
}


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def written(case, folder):
    make, classifies = CASES[case]
    table = make()
    folder.mkdir(exist_ok=True)
    found = predicted(table, classifies=classifies)
    write(found, folder, groups=np.arange(table["row"].max() + 1) % 60, note="1 failed")
    return table, found


SLOW = ("forty classes", "a decision function", "three classes", "probabilities alone")
FILES = {
    "two classes": {"confusion", "classes", "curves", "calibration", "groups"},
    "a decision function": {"confusion", "classes", "curves", "groups"},
    "three classes": {"confusion", "classes", "curves", "calibration", "groups"},
    "forty classes": {"confusion", "classes", "curves", "calibration", "groups"},
    "a regressor": {"residuals", "groups"},
    "probabilities alone": {"curves", "calibration"},
}


@pytest.mark.parametrize("case", [pytest.param(case, marks=pytest.mark.slow if case in SLOW else ()) for case in CASES])
@pytest.mark.filterwarnings("ignore")
def test_what_applies_is_written_with_the_same_bytes_each_time(case, tmp_path):
    found = []
    for name in ("first", "second"):
        written(case, tmp_path / name)
        found.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert found[0] == found[1]
    assert set(found[0]) == {f"{name}.{end}" for name in FILES[case] for end in ("csv", "png")}


def test_tables_of_two_classes_have_scikit_learns_numbers(tmp_path):
    table, found = written("two classes", tmp_path)
    assert found.classes == ["benign", "malignant"]
    counts = confusion_matrix(table["y"], table["prediction"])
    assert [int(row["count"]) for row in read(tmp_path / "confusion.csv")] == counts.ravel().tolist()
    recalls = recall_score(table["y"], table["prediction"], average=None)
    assert [float(row["recall"]) for row in read(tmp_path / "classes.csv")] == recalls.tolist()
    rows = read(tmp_path / "curves.csv")
    for fold, row in enumerate(rows):
        part = table[table["fold"] == fold]
        assert float(row["roc_auc"]) == roc_auc_score(part["y"], part["proba_malignant"])
        y = part["y"] == "malignant"
        assert float(row["average_precision"]) == average_precision_score(y, part["proba_malignant"])
    true, probability = calibration_curve(table["y"] == "malignant", table["proba_malignant"], n_bins=10)
    bins = read(tmp_path / "calibration.csv")
    np.testing.assert_allclose([float(row["frequency"]) for row in bins], true)
    np.testing.assert_allclose([float(row["probability"]) for row in bins], probability)
    assert sum(int(row["n"]) for row in bins) == len(table)


def test_scores_of_classes_and_groups_have_scikit_learns_mean_and_std_over_the_folds(tmp_path):
    table, _ = written("three classes", tmp_path)
    parts = [part for _, part in table.groupby("fold")]
    for name, score in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
        by_fold = np.array([score(part["y"], part["prediction"], average=None) for part in parts])
        rows = read(tmp_path / "classes.csv")
        np.testing.assert_allclose([float(row[f"mean_{name}"]) for row in rows], by_fold.mean(axis=0))
        np.testing.assert_allclose([float(row[f"std_{name}"]) for row in rows], by_fold.std(axis=0))
    for row in read(tmp_path / "groups.csv"):
        found = [part[part["row"] % 60 == int(row["group"])] for part in parts]
        by_fold = [accuracy_score(part["y"], part["prediction"]) for part in found if len(part)]
        assert float(row["mean_accuracy"]) == pytest.approx(np.mean(by_fold))
        assert (row["std_accuracy"] == "") == (len(by_fold) == 1)


def test_a_class_that_is_in_one_fold_alone_has_a_mean_and_no_std(tmp_path):
    table = table_of(LOGISTIC, *WINE)
    kept = table[(table["fold"] == 0) | ((table["y"] != 2) & (table["prediction"] != 2))]
    write(predicted(kept, classifies=True), tmp_path)
    row = read(tmp_path / "classes.csv")[2]
    assert row["mean_recall"] == row["recall"] and row["std_recall"] == ""


def test_det_curves_of_folds_are_drawn_as_scikit_learn_draws_them():
    table = CASES["two classes"][0]()
    found = predicted(table, classifies=True)
    axes = draw_curves(found, fold_curves(found)).axes
    for fold, line in enumerate(axes[2].lines[:4]):
        part = table[table["fold"] == fold]
        theirs = DetCurveDisplay.from_predictions(
            part["y"] == "malignant", part["proba_malignant"], drop_intermediate=False, ax=Figure().subplots()
        ).line_
        np.testing.assert_array_equal(line.get_xydata(), theirs.get_xydata())
    for ax in axes:
        labels = [text.get_text().partition(",")[0] for text in ax.get_legend().get_texts()]
        assert labels[:2] == ["each fold", "mean"]


def test_areas_of_three_classes_are_means_of_each_against_the_others(tmp_path):
    table, _ = written("three classes", tmp_path)
    part = table[table["fold"] == 2]
    expected = roc_auc_score(part["y"], part[["proba_0", "proba_1", "proba_2"]], multi_class="ovr")
    assert float(read(tmp_path / "curves.csv")[2]["roc_auc"]) == pytest.approx(expected)


def test_tables_of_a_regressor_have_scikit_learns_numbers(tmp_path):
    table, _ = written("a regressor", tmp_path)
    *_, last = read(tmp_path / "residuals.csv")
    assert last["fold"] == "all" and float(last["r2"]) == r2_score(table["y"], table["prediction"])
    row = read(tmp_path / "groups.csv")[0]
    part = table[table["row"] % 60 == int(row["group"])]
    assert float(row["mae"]) == mean_absolute_error(part["y"], part["prediction"]) and int(row["n"]) == len(part)


def test_a_class_that_a_fold_lacks_is_left_out_of_that_fold(tmp_path):
    table = table_of(LOGISTIC, *WINE)
    table = table[~((table["fold"] == 1) & (table["y"] == 2))]
    table.loc[table["fold"] == 2, "proba_0"] = np.nan
    write(predicted(table, classifies=True), tmp_path)
    assert len(read(tmp_path / "curves.csv")) == 4


def test_several_targets_have_no_diagnosis():
    assert predicted(pd.DataFrame({"fold": [0], "y_0": [1], "y_1": [2]}), classifies=False) is None


def test_classes_of_an_encoded_target_have_their_original_names():
    table = table_of(SVC(), *CANCER, methods=["decision_function"])
    found = with_labels(predicted(table, classifies=True), ["not readmitted", "readmitted"])
    assert found.classes == ["not readmitted", "readmitted"] and found.is_binary
    assert confusion_rows(found)[0]["y"] == "not readmitted"
    assert with_labels(found, None) is found


def test_ticks_of_residuals_are_round_numbers():
    X, y = load_diabetes(return_X_y=True)
    figure = draw_residuals(predicted(table_of(Ridge(), X, y * 1000.7, methods=[]), classifies=False))
    for ax in figure.axes[:2]:
        assert all(tick % 1000 == 0 for tick in [*ax.get_xticks(), *ax.get_yticks()])


@pytest.mark.parametrize("stds, bars", [([np.nan, np.nan], False), ([np.nan, 0.1], True)])
def test_bars_are_named_where_there_are_any(stds, bars):
    rows = [
        {"group": str(n), "n": 9, "accuracy": 0.5, "mean_accuracy": 0.5, "std_accuracy": s} for n, s in enumerate(stds)
    ]
    assert ("bars" in draw_groups(rows).axes[0].get_xlabel()) == bars
