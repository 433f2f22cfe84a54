"""Estimators of other packages: a search with shared work, the refitted model and its predictions are those of GridSearchCV."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/workflow"), str(Path(__file__).parent)]

from study import Study  # noqa: E402

import foldwork  # noqa: E402
from foldwork.study.objects import build_estimator  # noqa: E402

ESTIMATORS = {
    "xgboost": {
        "estimator": {"class": "xgboost.XGBClassifier", "n_estimators": 10, "random_state": 0, "n_jobs": 1},
        "space": {"max_depth": [2, 3], "learning_rate": [0.1, 0.3]},
    },
    "lightgbm": {
        "estimator": {
            "class": "lightgbm.LGBMClassifier",
            **{"n_estimators": 10, "random_state": 0, "n_jobs": 1, "verbose": -1, "deterministic": True, "force_row_wise": True},
        },
        "space": {"num_leaves": [4, 8], "learning_rate": [0.1, 0.3]},
    },
    "catboost": {
        "estimator": {
            "class": "catboost.CatBoostClassifier",
            **{"iterations": 10, "random_seed": 0, "thread_count": 1, "verbose": False, "allow_writing_files": False},
        },
        "space": {"depth": [2, 3], "learning_rate": [0.1, 0.3]},
    },
    "skorchlike": {
        "estimator": {"class": "skorchlike.NeuralNetClassifier"},
        "space": {"lr": [0.1, 0.5], "module__hidden": [3, 5]},
    },
}  # fmt: skip


def pipeline(model):
    """Return a model of the config behind a scaler, which evaluations share."""
    scaled = [{"scale": {"class": "sklearn.preprocessing.StandardScaler"}}, {"model": model["estimator"]}]
    return {"estimator": scaled, "space": {f"model__{name}": values for name, values in model["space"].items()}}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return a study with a search of each estimator, on a table with a target of text that is encoded."""
    folder = tmp_path_factory.mktemp("extras")
    shutil.copy(Path(__file__).with_name("skorchlike.py"), folder)
    bunch = load_breast_cancer(as_frame=True)
    table = bunch.data.iloc[:, :8].assign(outcome=np.array(["ill", "well"])[bunch.target])
    table.columns = [name.replace(" ", "_") for name in table.columns]
    table.to_csv(folder / "patients.csv", index=False)
    target = {"column": "outcome", "encode": "label", "positive": "ill"}
    made = Study(
        folder,
        {
            "datasets": {"patients": {"file": "patients.csv", "target": target}},
            "splits": {"three": {"dataset": "patients", "cv": {"class": "StratifiedKFold", "n_splits": 3}}},
            "searches": {
                name: {"splits": "three", "models": {"m": pipeline(model)}, "scoring": ["roc_auc", "f1"]}
                for name, model in ESTIMATORS.items()
            },
        },
    )
    made.run(*(f"results/searches/{name}/{file}" for name in ESTIMATORS for file in ("scores.csv", "model.json")))
    return made, table


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_of_another_package_is_that_of_grid_search(study, name):
    made, table = study
    X, y = table.drop(columns="outcome"), (table["outcome"] == "ill").astype(np.int64)
    model = ESTIMATORS[name]
    estimator = Pipeline([("scale", StandardScaler()), ("model", build_estimator(model["estimator"]))])
    space = {f"model__{parameter}": values for parameter, values in model["space"].items()}
    scoring = {"scoring": ["roc_auc", "f1"], "refit": "roc_auc"}
    grid = GridSearchCV(estimator, space, cv=StratifiedKFold(3), **scoring).fit(X, y)

    tables = foldwork.read(made.search(name))
    assert len(tables.scores) == 4
    for column in tables.scores.filter(regex=r"^(split|mean|std|rank)"):
        order = [grid.cv_results_["params"].index(params) for params in tables.scores["params"]]
        np.testing.assert_array_equal(tables.scores[column], grid.cv_results_[column][order], err_msg=column)
    assert {record["route"] for record in made.records(name)} == {"shared"}

    fitted = tables.model()
    assert fitted.description["format"] == "joblib", "packages other than scikit-learn are not on the list"
    best = grid.best_estimator_
    np.testing.assert_array_equal(fitted.predict_proba(X), best.predict_proba(X))
    np.testing.assert_array_equal(fitted.predict(X), np.array(["well", "ill"])[np.ravel(best.predict(X)).astype(int)])


@pytest.mark.parametrize("name", ESTIMATORS)
def test_new_data_in_a_file_are_predicted_in_original_labels(study, name):
    made, table = study
    table.drop(columns="outcome").head(50).to_csv(made.folder / "new.csv", index=False)
    found = foldwork.predict(made.search(name), made.folder / "new.csv", proba=True)
    assert isinstance(found, pd.DataFrame) and set(found["prediction"]) <= {"ill", "well"}
    assert found.columns.tolist() == ["row", "prediction", "proba_well", "proba_ill"]
    right = np.where(found["proba_ill"] > 0.5, "ill", "well")
    np.testing.assert_array_equal(found["prediction"], right)
