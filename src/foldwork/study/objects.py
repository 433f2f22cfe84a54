"""From the config's words to Python objects: `{class: …}`, `{ref: …}`, `{tuple: […]}`, pipelines, splitters, scorers.

The config names things by their import path. Nothing here imports scikit-learn by itself: only what is named is imported.
"""

import importlib
from typing import Any

from foldwork.errors import FoldworkError

SPLITTERS = "sklearn.model_selection"


def locate(name: str) -> Any:
    """Import the object that a dotted name stands for.

    Parameters
    ----------
    name : str
        `package.module.object` or `package.module.Class.method`.

    Raises
    ------
    FoldworkError
        When no such module or no such object exists; says which part is missing.
    """
    parts = name.split(".")
    if len(parts) < 2 or not all(parts):
        raise FoldworkError(f"{name!r} is not an import path such as sklearn.svm.SVC")
    for cut in range(len(parts) - 1, 0, -1):
        module_name = ".".join(parts[:cut])
        try:
            found = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
                raise FoldworkError(f"{module_name} cannot be imported: no module named {error.name}") from error
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                raise FoldworkError(f"{name!r}: {module_name} has no {part!r}")
            found = getattr(found, part)
        return found
    raise FoldworkError(f"{name!r}: no module named {parts[0]!r}")


def build(spec: Any) -> Any:
    """Make the value that a piece of config stands for.

    `{tuple: [1, 2]}` becomes a tuple, `{ref: package.function}` the function itself, `{class: package.Class, a: 1}` an object
    (any callable will do), `{dict: [[0, 1], [1, 5]]}` a mapping whose keys are no strings; lists and other mappings are built item by item, all else stands for itself.
    """
    if isinstance(spec, list):
        return [build(item) for item in spec]
    if not isinstance(spec, dict):
        return spec
    if set(spec) == {"tuple"}:
        return tuple(build(item) for item in spec["tuple"])
    if set(spec) == {"dict"}:
        return {build(key): build(value) for key, value in spec["dict"]}
    if set(spec) == {"ref"}:
        return locate(spec["ref"])
    if "class" in spec:
        return locate(spec["class"])(**{key: build(value) for key, value in spec.items() if key != "class"})
    return {key: build(value) for key, value in spec.items()}


def build_estimator(spec: dict | list) -> Any:
    """Make an unfitted estimator: one `{class: …}` mapping, or a list of named steps, which is a Pipeline."""
    if isinstance(spec, list):
        from sklearn.pipeline import Pipeline

        steps = [next(iter(step.items())) for step in spec]
        return Pipeline([(name, build_estimator(step) if step else "passthrough") for name, step in steps])
    return build(spec)


def splitter_name(name: str) -> str:
    """Return the import path of a splitter: a bare name is one of scikit-learn's."""
    return name if "." in name else f"{SPLITTERS}.{name}"


def build_splitter(spec: dict) -> Any:
    """Make a cross-validation splitter from `{class: StratifiedKFold, n_splits: 5}`."""
    return build({**spec, "class": splitter_name(spec["class"])})


def metric_name(metric: str | dict) -> str:
    """Return what a metric is called in column names: the word itself, or the key of a one-key mapping."""
    return metric if isinstance(metric, str) else next(iter(metric))


def build_scorer(estimator: Any, scoring: list) -> Any:
    """Make scikit-learn's scorer for a list of metrics.

    Parameters
    ----------
    estimator : object
        The unfitted estimator, whose own `score` serves where `scoring` is empty.
    scoring : list of (str or one-key mapping)
        Names that scikit-learn knows, or `{name: {ref: package.scorer}}`.

    Returns
    -------
    callable
        `scorer(estimator, X, y)`, which gives a dict of metric name to float; what fails inside is a string (its traceback) there
        where there are several metrics, as in `GridSearchCV`, and raises where there is one.
    """
    from sklearn.metrics import check_scoring

    if not scoring:
        return check_scoring(estimator)
    if len(scoring) == 1:
        metric = scoring[0]
        return check_scoring(estimator, metric if isinstance(metric, str) else build(metric[metric_name(metric)]))
    named = {metric_name(m): m if isinstance(m, str) else build(m[metric_name(m)]) for m in scoring}
    return check_scoring(estimator, scoring=named, raise_exc=False)
