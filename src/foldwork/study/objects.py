"""Build Python objects from the config: `{class: …}`, `{ref: …}`, `{tuple: […]}`, pipelines, splitters, scorers.

The config names classes and functions by their import paths; they are imported here, scikit-learn itself only where it is needed.
"""

import importlib
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.study.pipeline_steps import steps_of

SPLITTERS = "sklearn.model_selection"


def locate(name: str) -> Any:
    """Import an object by its dotted name.

    Parameters
    ----------
    name : str
        `package.module.object` or `package.module.Class.method`.

    Raises
    ------
    FoldworkError
        When there is no such module or object; names the missing part.
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
    """Build the value that a part of the config describes.

    Parameters
    ----------
    spec : JSON-able
        `{tuple: [1, 2]}` becomes a tuple, `{ref: package.function}` the function itself, `{class: package.Class, a: 1}` the result of the
        call (of a class or any other callable), `{dict: [[0, 1], [1, 5]]}` a mapping whose keys are not strings. Lists and other mappings
        are built item by item. Everything else is returned as it is.
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
    """Build an unfitted estimator from a `{class: …}` mapping, or a Pipeline from a list of named steps."""
    steps = steps_of(spec)
    if steps is None:
        return build(spec)
    from sklearn.pipeline import Pipeline

    return Pipeline([(name, build_estimator(step) if step else "passthrough") for name, step in steps])


def splitter_name(name: str) -> str:
    """Return the import path of a splitter: a bare name is one of scikit-learn's."""
    return name if "." in name else f"{SPLITTERS}.{name}"


def build_splitter(spec: dict) -> Any:
    """Build a cross-validation splitter from `{class: StratifiedKFold, n_splits: 5}`."""
    return build({**spec, "class": splitter_name(spec["class"])})


def metric_name(metric: str | dict) -> str:
    """Return the name of a metric in column names: the word itself, or the key of a one-key mapping."""
    return metric if isinstance(metric, str) else next(iter(metric))


def build_scorer(estimator: Any, scoring: list) -> Any:
    """Build scikit-learn's scorer for a list of metrics.

    Parameters
    ----------
    estimator : object
        Unfitted. Its own `score` is used if `scoring` is empty.
    scoring : list of (str or one-key mapping)
        Names of scikit-learn's scorers, or `{name: {ref: package.scorer}}`.

    Returns
    -------
    callable
        `scorer(estimator, X, y)`. With several metrics it returns a dict of metric name to float, or to a string (the traceback) for a metric
        that raises, as in `GridSearchCV`. With one metric it returns a float, or raises.
    """
    from sklearn.metrics import check_scoring

    if not scoring:
        return check_scoring(estimator)
    if len(scoring) == 1:
        metric = scoring[0]
        return check_scoring(estimator, metric if isinstance(metric, str) else build(metric[metric_name(metric)]))
    named = {metric_name(m): m if isinstance(m, str) else build(m[metric_name(m)]) for m in scoring}
    return check_scoring(estimator, scoring=named, raise_exc=False)
