"""The other ways to run the same search, each as a whole process: `python benchmarks/peers.py study loky out/`."""

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd


def study(out: Path, backend: str, size: int = 20) -> None:
    """Run the full study of config/examples/ulhpc.yaml with GridSearchCV: CSV and heat map included."""
    from sklearn.datasets import load_digits
    from sklearn.svm import SVC

    X, y = load_digits(return_X_y=True)
    grid = {"C": np.logspace(-6, 6, size), "gamma": np.logspace(-6, 1, size)}
    search = _search(SVC(kernel="rbf", shrinking=False), grid, X, y, out, backend, return_train_score=True)
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.add_subplot()
    axes.imshow(search.cv_results_["mean_test_score"].reshape(size, size))
    axes.set_xlabel("gamma")
    axes.set_ylabel("C")
    figure.savefig(out / "validation.png")


def pipeline(out: Path, backend: str, memory: bool) -> None:
    """Run the pipeline search: 24 settings of an SVC behind each of 3 PCAs."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    X, y = wide()
    steps = [("scale", StandardScaler()), ("pca", PCA(100, random_state=0)), ("svc", SVC())]
    grid = {"pca__whiten": [False, True], "svc__C": np.logspace(-2, 3, 6), "svc__gamma": np.logspace(-4, -1, 4)}
    grid = [
        {**grid, "pca__n_components": [100], "pca__whiten": [False]},
        {**grid, "pca__n_components": [100], "pca__whiten": [True]},
    ]
    grid.append({**grid[0], "pca__n_components": [80], "pca__whiten": [False]})
    cache = str(out / "cache") if memory else None
    _search(Pipeline(steps, memory=cache), grid, X, y, out, backend)


def forests(out: Path, backend: str) -> None:
    """Search over forests of three sizes, in twelve settings."""
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier

    X, y = load_digits(return_X_y=True)
    grid = {"n_estimators": [100, 200, 400], "max_features": ["sqrt", 0.2, 0.4, 0.6], "min_samples_leaf": [1, 3, 10]}
    _search(RandomForestClassifier(random_state=0), grid, X, y, out, backend)


def memory() -> None:
    """Search over an estimator that copies nothing, on a gigabyte, with four workers."""
    from sklearn.model_selection import GridSearchCV, KFold
    from work import Means, gigabyte

    X, y = gigabyte()
    search = GridSearchCV(Means(), {"number": list(range(20))}, cv=KFold(2), refit=False, n_jobs=4)
    with joblib.parallel_config(backend="loky"):
        search.fit(X, y)


def trials(out: Path) -> None:
    """Run 1,000 trials of half a second by Optuna, two at once."""
    import optuna
    from sklearn.base import clone
    from sklearn.datasets import load_iris
    from sklearn.model_selection import ShuffleSplit
    from work import HalfSecond

    X, y = load_iris(return_X_y=True)
    ((train, test),) = ShuffleSplit(1, test_size=0.2, random_state=0).split(X)

    def objective(trial):
        params = {"a": trial.suggest_float("a", 0, 1), "b": trial.suggest_float("b", 0, 1)}
        params["c"] = trial.suggest_float("c", 0.001, 1000, log=True)
        return clone(HalfSecond()).set_params(**params).fit(X[train], y[train]).score(X[test], y[test])

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=1000, n_jobs=2)
    study.trials_dataframe().to_csv(out / "scores.csv", index=False)


def _search(estimator, grid, X, y, out: Path, backend: str, **more):
    """Run a GridSearchCV on all cores and write its table."""
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    cv = StratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(estimator, grid, scoring="accuracy", cv=cv, refit=False, n_jobs=-1, **more)
    with joblib.parallel_config(backend=backend):
        search.fit(X, y)
    results = pd.DataFrame(search.cv_results_)
    results.drop(columns=[c for c in results if c.endswith("_time")]).to_csv(out / "scores.csv", index=False)
    return search


def wide():
    """Return 4,000 rows of 256 columns in six classes: the data of the pipeline search."""
    from sklearn.datasets import make_classification

    return make_classification(4000, 256, n_informative=40, n_classes=6, random_state=0)


if __name__ == "__main__":
    case, way, folder = sys.argv[1:4]
    Path(folder).mkdir(parents=True, exist_ok=True)
    if case == "study":
        study(Path(folder), way)
    elif case == "forests":
        forests(Path(folder), way)
    elif case == "trials":
        trials(Path(folder))
    elif case == "memory":
        memory()
    else:
        pipeline(Path(folder), "loky", memory=way == "memory")
