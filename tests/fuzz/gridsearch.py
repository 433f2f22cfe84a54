"""What GridSearchCV says of a search, by a reading of the config that owes nothing to foldwork's."""

import contextlib
import importlib
import io
import warnings
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

Cells = dict[tuple[str, int, str], float]
"""Model, candidate and column to the number there."""


class Refused(Exception):
    """A config that cannot be evaluated at all: the splitter does not suit the data."""


def located(path: str) -> Any:
    """Import what a dotted name stands for."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def built(spec: Any) -> Any:
    """Make the object that a piece of config stands for."""
    if isinstance(spec, list):
        return [built(item) for item in spec]
    if not isinstance(spec, dict):
        return spec
    if "tuple" in spec:
        return tuple(built(spec["tuple"]))
    if "ref" in spec:
        return located(spec["ref"])
    if "class" in spec:
        return located(spec["class"])(**{name: built(value) for name, value in spec.items() if name != "class"})
    return {name: built(value) for name, value in spec.items()}


def built_estimator(spec: Any) -> Any:
    """Make an estimator; a list of steps is a pipeline."""
    if not isinstance(spec, list):
        return built(spec) if spec else "passthrough"
    return Pipeline([(name, built_estimator(step)) for item in spec for name, step in item.items()])


def arrays_of(dataset: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return X, y and groups as a person who loads the data has them."""
    found = located(dataset["load"])(**dataset["args"])
    if "target" in dataset:
        return found.drop(columns=["target", "place"]), found["target"], found["place"]
    return found["X"], found["y"], found["groups"]


def expected(config: dict[str, Any], name: str = "x") -> dict[str, dict[str, np.ndarray] | Exception]:
    """Return `cv_results_` of every model of a search (or what GridSearchCV itself ended with).

    Raises
    ------
    Refused
        When the splitter cannot split the data.
    """
    spec = config["searches"][name]
    of_splits = config["splits"][spec["splits"]]
    dataset = config["datasets"][of_splits["dataset"]]
    cv = of_splits["cv"]
    splitter = located(f"sklearn.model_selection.{cv['class']}")(**{k: v for k, v in cv.items() if k != "class"})
    found: dict[str, Any] = {}
    with warnings.catch_warnings(), threadpool_limits(1), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        X, y, groups = arrays_of(dataset)
        groups = groups if "Group" in cv["class"] else None
        try:
            folds = len(list(splitter.split(X, y, groups)))
        except Exception as error:
            raise Refused(str(error)) from error
        for model, what in spec["models"].items():
            grid = built(what.get("space", {}))
            wanted = [m if isinstance(m, str) else built_metric(m) for m in spec.get("scoring", [])]
            names = [m if isinstance(m, str) else next(iter(m)) for m in spec.get("scoring", [])]
            one = len(wanted) < 2
            scoring = (wanted[0] if wanted else None) if one else dict(zip(names, wanted, strict=True))
            train = spec.get("train_scores", False)
            try:
                sklearns = GridSearchCV(
                    built_estimator(what["estimator"]),
                    grid,
                    scoring=scoring,
                    cv=splitter,
                    refit=False,
                    error_score=np.nan,
                    return_train_score=train,
                )
                # Each search is given the data as they were loaded.
                X, y, _ = arrays_of(dataset)
                found[model] = sklearns.fit(X, y, groups=groups).cv_results_
            except Exception as error:
                found[model] = error
                if str(error).startswith("\nAll the "):
                    found[model] = _nothing(len(list(ParameterGrid(grid))), folds, ["score"] if one else names, train)
    return found


def built_metric(metric: dict[str, Any]) -> Any:
    """Make a scorer of the user's own."""
    (spec,) = metric.values()
    return make_scorer(**built({k: v for k, v in spec.items() if k != "class"})) if "class" in spec else built(spec)


def _nothing(candidates: int, folds: int, suffixes: list[str], train: bool) -> dict[str, np.ndarray]:
    """Return what `cv_results_` would hold where every fit fails: GridSearchCV then raises."""
    found = {}
    for suffix in suffixes:
        for part in ("test", "train") if train else ("test",):
            for column in [f"split{k}" for k in range(folds)] + ["mean", "std"]:
                found[f"{column}_{part}_{suffix}"] = np.full(candidates, np.nan)
    return found


def cells_of(found: dict[str, Any]) -> Cells:
    """Return scikit-learn's numbers; ranks are over the candidates of all models, by its own rule."""
    cells: Cells = {}
    for model, table in found.items():
        if isinstance(table, Exception):
            continue
        for column, values in table.items():
            if column.startswith(("split", "mean_", "std_")) and not column.endswith("_time"):
                cells |= {(model, k, column): float(value) for k, value in enumerate(values)}
    if any(isinstance(table, Exception) for table in found.values()):
        return cells
    for mean in sorted({column for _, _, column in cells if column.startswith("mean_test_")}):
        rows = [key for key in cells if key[2] == mean]
        means = np.array([cells[key] for key in rows])
        if np.isnan(means).all():
            ranks = np.ones(len(means))
        else:
            ranks = rankdata(-np.nan_to_num(means, nan=np.nanmin(means) - 1), method="min")
        named = mean.replace("mean_", "rank_", 1)
        cells |= {(model, k, named): float(rank) for (model, k, _), rank in zip(rows, ranks, strict=True)}
    return cells


def hopeless(by_model: dict[str, Any]) -> set[str]:
    """Return the models with which GridSearchCV itself ends, or of which it has no number."""
    cells = cells_of(by_model)
    return {model for model, found in by_model.items() if isinstance(found, Exception) or _all_nan(cells, model)}


def unrepeatable(config: dict[str, Any], times: int = 4) -> set[str]:
    """Return the models of which GridSearchCV itself finds other numbers when it is asked again.

    There are estimators whose results do not follow from their seed: PCA of a sparse matrix, for one, whose solver draws random vectors of its own
    where singular values vanish.
    """
    tables = [cells_of(expected(config)) for _ in range(times)]
    return {
        model
        for (model, k, column), value in tables[0].items()
        if "rank_" not in column and any(repr(table[model, k, column]) != repr(value) for table in tables[1:])
    }


def _all_nan(cells: Cells, model: str) -> bool:
    return all(np.isnan(value) for (name, _, column), value in cells.items() if name == model and "rank" not in column)
