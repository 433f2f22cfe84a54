"""The deep check of a config: imports what it names and holds it against signatures, parameters and metrics.

Apart from `foldwork.study.config` because it imports scikit-learn: it runs once, in a process of its own (`python -m
foldwork.study.deep_check`, a validated config as JSON on its standard input), before the first job.
"""

import contextlib
import importlib
import inspect
import io
import json
import os
import pkgutil
import re
import subprocess
import sys
import traceback
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from foldwork.errors import FoldworkError, one_line
from foldwork.study import file_formats
from foldwork.study.clustering_metrics import METRICS
from foldwork.study.messages import did_you_mean, hint, kind, nearest, short, wrong
from foldwork.study.objects import SPLITTERS, build, build_estimator, build_scorer, locate, metric_name, splitter_name
from foldwork.study.search_space import parameter_values

# Where `random_state` is drawn from only under some settings: class -> parameter -> the values under which it is.
_DRAWS_IF: dict[str, dict[str, tuple]] = {
    "SVC": {"probability": (True,)},
    "NuSVC": {"probability": (True,)},
    "LogisticRegression": {"solver": ("sag", "saga", "liblinear")},
    "LogisticRegressionCV": {"solver": ("sag", "saga", "liblinear")},
    "Ridge": {"solver": ("sag", "saga")},
    "RidgeClassifier": {"solver": ("sag", "saga")},
    "Lasso": {"selection": ("random",)},
    "LassoCV": {"selection": ("random",)},
    "ElasticNet": {"selection": ("random",)},
    "ElasticNetCV": {"selection": ("random",)},
    "PCA": {"svd_solver": ("randomized", "arpack")},  # and "auto", see _draws_now
    "DummyClassifier": {"strategy": ("stratified", "uniform")},
    "IterativeImputer": {"sample_posterior": (True,), "imputation_order": ("random",)},
}
_SPLITTER_NUMBERS = ("n_splits", "n_repeats", "n_groups", "p", "test_size", "train_size", "random_state", "gap")
_PROMISE = "outside the promise of same bytes"


def check(config: dict[str, Any]) -> list[str]:
    """Import everything that a validated config names and check how it is used.

    Parameters
    ----------
    config : dict
        What `foldwork.study.config.validate` returned. The study's directory is on `sys.path`.

    Returns
    -------
    list of str
        Warnings, a line each: what draws random numbers without a seed.

    Raises
    ------
    FoldworkError
        For the first mistake in the config's own order, in one line that begins with `config:` and the key.
    """
    checks = {
        "datasets": _check_dataset,
        "splits": _check_split,
        "searches": _check_search,
        "clusterings": _check_clustering,
    }
    found: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of constructors: the jobs will say them again
        for section, parts in config.items():
            for name, part in parts.items():
                with _telling([section, name]):
                    found += checks[section](part, [section, name], config)
    return found


@contextlib.contextmanager
def _telling(path: list) -> Iterator[None]:
    """Turn whatever a user's own class raises (in `get_params`, say) into one line that names the key."""
    try:
        yield
    except FoldworkError:
        raise
    except Exception as error:
        raise wrong(path, _told(error)) from error


def _check_dataset(dataset: dict, path: list, config: dict) -> list[str]:
    if "load" not in dataset:
        _check_dtypes((dataset.get("read") or {}).get("dtype"), [*path, "read", "dtype"])
        return []
    load = _locate(dataset["load"], [*path, "load"])
    if not callable(load):
        raise wrong([*path, "load"], f"{short(dataset['load'])} cannot be called: it is no loader")
    for key, value in dataset["args"].items():
        _check_value(value, [*path, "args", key])
    _check_arguments(load, dataset["args"], [*path, "args"])
    _check_constraints(load, dataset["args"], [*path, "args"])
    if _unseeded(load, dataset["args"]):
        return [f"{'.'.join(path)}: {_called(load)} has no random_state; its data are {_PROMISE}"]
    return []


def _check_dtypes(dtype: str | dict | None, path: list) -> None:
    """Check the types that columns of a table are to have."""
    from pandas.api.types import pandas_dtype

    for key, value in dtype.items() if isinstance(dtype, dict) else [] if dtype is None else [(None, dtype)]:
        try:
            pandas_dtype(value)
        except (TypeError, ValueError):
            here = path if key is None else [*path, key]
            raise wrong(
                here, f"pandas knows no type {short(value)}; str, category, float64 and int64 are some"
            ) from None


def _check_split(split: dict, path: list, config: dict) -> list[str]:
    spec, here = split["cv"], [*path, "cv"]
    cls = _locate(splitter_name(spec["class"]), [*here, "class"])
    arguments = {key: value for key, value in spec.items() if key != "class"}
    if "." not in spec["class"] and not hasattr(cls, "split"):  # train_test_split, GridSearchCV
        raise wrong([*here, "class"], f"{short(spec['class'])} is no splitter: it has no split(X, y, groups)")
    if callable(cls):
        _check_arguments(cls, arguments, here)
        _check_splitter_numbers(cls, arguments, here)
    splitter = _check_object({**spec, "class": splitter_name(spec["class"])}, here)
    if isinstance(splitter, type) or not hasattr(splitter, "split"):
        raise wrong([*here, "class"], f"{short(spec['class'])} is no splitter: it has no split(X, y, groups)")
    # Of other data (a Bunch, an NPZ file) it is known only once they are loaded.
    dataset = config["datasets"][split["dataset"]]
    is_table = file_formats.table_of(dataset.get("file", "")) is not None
    if is_table and "groups" not in dataset and "Group" in type(splitter).__name__:
        raise wrong(
            [*here, "class"], f"{_called(cls)} needs groups: name a column in datasets.{split['dataset']}.groups"
        )
    if _unseeded(cls, arguments):
        return [f"{'.'.join(path)}: {_called(cls)} has no random_state; its folds are {_PROMISE}"]
    return []


def _check_splitter_numbers(cls: Any, arguments: dict, path: list) -> None:
    """Refuse a word where a splitter reckons: most of them notice only when they split."""
    parameters = _parameters(cls)
    for key, value in arguments.items():
        default = parameters[key].default if key in parameters else None
        numeric = isinstance(default, int | float) and not isinstance(default, bool)
        if isinstance(value, str) and (numeric or key in _SPLITTER_NUMBERS):
            raise wrong([*path, key], f"must be a number, not {kind(value)}")


def _check_search(search: dict, path: list, config: dict) -> list[str]:
    found = []
    for name, model in search["models"].items():
        estimator, said = _check_model(model, [*path, "models", name], f"its search is {_PROMISE}")
        found += said
        _check_scoring(estimator, search["scoring"], [*path, "scoring"], name)
    if isinstance(search["share"], dict):
        for place, name in enumerate(search["share"]["also"]):
            here = [*path, "share", "also", place]
            cls = _locate(name, here)
            missing = [method for method in ("fit", "transform", "get_params") if not hasattr(cls, method)]
            if not isinstance(cls, type) or missing:
                raise wrong(here, f"{short(name)} is no transformer{': it has no ' + missing[0] if missing else ''}")
    return found


def _check_clustering(clustering: dict, path: list, config: dict) -> list[str]:
    found = []
    for name, model in clustering["models"].items():
        found += _check_model(model, [*path, "models", name], f"its clustering is {_PROMISE}")[1]
    for place, metric in enumerate(clustering["metrics"]):
        arguments = metric[metric_name(metric)] if isinstance(metric, dict) else {}
        here = [*path, "metrics", place, metric_name(metric)]
        if arguments and not METRICS[metric_name(metric)].function:
            raise wrong([*here, next(iter(arguments))], f"unknown argument; {metric_name(metric)} takes none")
        if arguments:
            function = locate(f"sklearn.metrics.{METRICS[metric_name(metric)].function}")
            for key, value in arguments.items():
                _check_value(value, [*here, key])
            _check_arguments(function, arguments, here, given=2, strict=True)
            _check_constraints(function, arguments, here)
            if "sample_size" in arguments and arguments.get("random_state") is None:
                found.append(f"{'.'.join(path)}: silhouette has a sample_size but no random_state; it is {_PROMISE}")
    return found


# ---- models


def _check_model(model: dict, path: list, consequence: str) -> tuple[Any, list[str]]:
    """Check an estimator with its space; return the built estimator and the warnings."""
    from sklearn.base import clone

    with _telling([*path, "estimator"]):
        estimator = _check_estimator(model["estimator"], [*path, "estimator"])
        _refuse_square(estimator, [*path, "estimator"])
        clone(estimator)  # what every evaluation does first
        parameters = estimator.get_params(deep=True)
    grids = model["space"] if isinstance(model["space"], list) else [model["space"]]
    new = []
    for place, grid in enumerate(grids):
        here = [*path, "space", place] if isinstance(model["space"], list) else [*path, "space"]
        with _telling(here):
            for name, spec in grid.items():
                _check_parameter(name, parameters, grid, estimator, [*here, name])
                new += _check_space_values(name, spec, parameters, grid, estimator, [*here, name])
    drawn = draws(estimator, grids) + [name for other in new for name in draws(other, [])]
    return estimator, [f"{'.'.join(path)}: {name} has no random_state; {consequence}" for name in dict.fromkeys(drawn)]


def _check_estimator(spec: Any, path: list) -> Any:
    """Build an estimator, or a pipeline step by step, so that a mistake is reported where it stands."""
    if isinstance(spec, dict):
        estimator = _check_object(spec, path)
        missing = [name for name in ("fit", "get_params", "set_params") if not hasattr(estimator, name)]
        if missing:
            raise wrong(
                [*path, "class"], f"{short(spec['class'])} is no estimator: it has no {' and no '.join(missing)}"
            )
        return estimator
    for place, step in enumerate(spec):
        ((name, inner),) = step.items()
        if inner is None or inner == "passthrough":
            continue
        built = _check_estimator(inner, [*path, place, name])
        if place < len(spec) - 1 and not hasattr(built, "transform"):
            raise wrong([*path, place, name], f"{type(built).__name__} has no transform: it can be the last step alone")
    with _telling(path):
        pipeline = build_estimator(spec)
        if hasattr(pipeline, "_validate_steps"):  # names that a Pipeline has for itself: `memory`
            pipeline._validate_steps()
        return pipeline


def _check_parameter(name: str, parameters: dict, grid: dict, estimator: Any, path: list) -> None:
    """Check that a parameter of a space is one of the estimator's, unless the space replaces the step that has it."""
    if name in parameters:
        return
    root = name.partition("__")[0]
    if root in parameters and any(prefix in grid for prefix in _prefixes(name)):
        return
    nested = next((known for known in parameters if known.endswith(f"__{name}")), None)
    near = f"; did you mean {nested!r}?" if nested else did_you_mean(name, parameters)
    raise wrong(path, f"{type(estimator).__name__} has no parameter {short(name)}{near}")


def _prefixes(name: str) -> list[str]:
    """Return the steps that a parameter belongs to: of `a__b__c` these are `a` and `a__b`."""
    parts = name.split("__")
    return ["__".join(parts[:n]) for n in range(1, len(parts))]


def _check_space_values(
    name: str, spec: list | dict, parameters: dict, grid: dict, estimator: Any, path: list
) -> list[Any]:
    """Check the values of one parameter; return the estimators among them.

    A value that the estimator refuses is not a mistake here: its evaluations fail and are recorded. A word where no
    word can stand is one.
    """
    if not isinstance(spec, list):
        return []  # numbers
    prefix, _, last = name.rpartition("__")
    known = not any(step in grid for step in _prefixes(name))
    owner = (parameters.get(prefix) if prefix else estimator) if known else None
    new = []
    for place, value in enumerate(spec):
        built = _check_value(value, [*path, place])
        if hasattr(built, "get_params") and not isinstance(built, type):
            _refuse_square(built, [*path, place])
            new.append(built)
        if isinstance(value, str) and owner is not None:
            _refuse_word(owner, last, value, [*path, place])
        if last in _SQUARE and isinstance(value, str) and value.startswith("precomputed"):
            raise wrong([*path, place], f"precomputed kernels are not supported: {last} is {value!r}")
    return new


_SQUARE = ("kernel", "metric", "affinity")


def _refuse_square(estimator: Any, path: list) -> None:
    """Refuse an estimator that wants a square matrix: folds are rows of samples, and their columns are not cut."""
    for name, value in estimator.get_params(deep=True).items():
        if name.rpartition("__")[2] in _SQUARE and isinstance(value, str) and value.startswith("precomputed"):
            raise wrong(path, f"precomputed kernels are not supported: {name} is {value!r}")
    square = False
    with contextlib.suppress(Exception):  # tags came with scikit-learn 1.6, and people's own classes may have none
        square = estimator.__sklearn_tags__().input_tags.pairwise
    if square:
        raise wrong(path, f"precomputed kernels are not supported: {type(estimator).__name__} wants a square matrix")


def _check_scoring(estimator: Any, scoring: list, path: list, model: str) -> None:
    if not scoring and not hasattr(estimator, "score"):
        raise wrong(path, f"is empty, and {type(estimator).__name__} ({model}) has no score of its own; name a metric")
    for place, metric in enumerate(scoring):
        if isinstance(metric, str):
            from sklearn.metrics import get_scorer_names

            if metric not in (known := get_scorer_names()):
                near = did_you_mean(metric, known) or "; sklearn.metrics.get_scorer_names() lists them"
                raise wrong([*path, place], f"unknown metric {short(metric)}{near}")
            continue
        here = [*path, place, metric_name(metric)]
        if not callable(_check_value(metric[metric_name(metric)], here)):
            raise wrong(here, "is no scorer: it cannot be called as scorer(estimator, X, y)")
        with _telling(here):
            build_scorer(estimator, [metric])
    with _telling(path):
        build_scorer(estimator, scoring)


# ---- values: what is named must be there, and be called as it is written


def _check_value(value: Any, path: list) -> Any:
    """Check a value with all that it is made of, and build it."""
    if isinstance(value, dict) and "class" in value:
        return _check_object(value, path)
    if isinstance(value, dict) and "ref" in value:
        return _locate(value["ref"], [*path, "ref"])
    if isinstance(value, dict):
        for key, item in value.items():
            _check_value(item, [*path, key])
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _check_value(item, [*path, place])
    with _telling(path):
        return build(value)


def _check_object(spec: dict, path: list) -> Any:
    """Check `{class: …, **arguments}` against the signature and scikit-learn's constraints, and build it."""
    found = _locate(spec["class"], [*path, "class"])
    if not callable(found):
        raise wrong([*path, "class"], f"{short(spec['class'])} cannot be called: it is no class")
    arguments = {key: value for key, value in spec.items() if key != "class"}
    for key, value in arguments.items():
        _check_value(value, [*path, key])
    _check_arguments(found, arguments, path)
    _check_constraints(found, arguments, path)
    try:
        return build(spec)
    except Exception as error:
        raise wrong([*path, *_culprit(spec)], _told(error)) from error


def _told(error: Exception) -> str:
    """Return an exception in one line; the type of the two that say themselves what is wrong is left out."""
    said = one_line(error)
    return said.partition(": ")[2] or said if type(error) in (ValueError, TypeError) else said


def _culprit(spec: dict) -> list[str]:
    """Return the argument without which the object could be built, or nothing where no single one is to blame."""
    for key in spec:
        if key != "class":
            with contextlib.suppress(Exception):
                build({other: value for other, value in spec.items() if other != key})
                return [key]
    return []


def _called(found: Any) -> str:
    return getattr(found, "__name__", type(found).__name__)


def _parameters(found: Any) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(found).parameters)
    except (ValueError, TypeError):  # some builtins have none
        return {"arguments": inspect.Parameter("arguments", inspect.Parameter.VAR_KEYWORD)}


def _check_arguments(found: Any, arguments: Iterable[str], path: list, given: int = 0, strict: bool = False) -> None:
    """Check argument names against a signature.

    The first `given` parameters are not the config's to give; with `strict`, `**kwargs` takes nothing else.
    """
    parameters = dict(list(_parameters(found).items())[given:])
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()) and not strict
    by_name = {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    for key in arguments:
        if key not in by_name and not open_ended:
            raise wrong([*path, key], f"{_called(found)} has no parameter {short(key)}{_near(key, by_name)}")
    for name, parameter in by_name.items():
        if parameter.default is parameter.empty and name not in arguments:
            near = next((key for key in arguments if key not in by_name and did_you_mean(key, [name])), None)
            maybe = f"; is {near!r} a misspelling?" if near else ""
            raise wrong([*path, name], f"is missing: {_called(found)} needs it{maybe}")


def _near(key: str, known: Iterable[str]) -> str:
    known = list(known)
    return hint(key, known) if len(known) <= 12 else did_you_mean(key, known)


def _unseeded(found: Any, arguments: dict) -> bool:
    """Return whether a loader or splitter would draw from the clock: it shuffles, and its `random_state` is None."""
    parameters = _parameters(found)
    if "random_state" not in parameters:
        return False
    values = {name: parameter.default for name, parameter in parameters.items()} | arguments
    return values["random_state"] is None and bool(values.get("shuffle", True))


def draws(estimator: Any, grids: list[dict]) -> list[str]:
    """Return the names of the classes in an estimator that would draw random numbers without a seed."""
    parameters = estimator.get_params(deep=True)
    found = []
    for name, value in parameters.items():
        prefix, _, last = name.rpartition("__")
        if last != "random_state" or value is not None or (grids and all(name in grid for grid in grids)):
            continue
        above = [estimator, *(parameters.get(step) for step in _prefixes(prefix))] if prefix else []
        if any(hasattr(owner, "random_state") for owner in above):
            continue  # a meta-estimator seeds what it holds
        owner = parameters.get(prefix) if prefix else estimator
        if grids and all(any(step in grid for step in _prefixes(name)) for grid in grids):
            continue  # every grid puts something else in its place
        if _draws_now(owner, prefix, grids):
            found.append(type(owner).__name__)
    return found


def _draws_now(owner: Any, prefix: str, grids: list[dict]) -> bool:
    """Return whether an unseeded estimator, under its own settings or one of the space's, draws random numbers."""

    def taken(parameter: str) -> list:
        name = f"{prefix}__{parameter}" if prefix else parameter
        values = [value for grid in grids for value in parameter_values(grid.get(name, []))]
        return [value for value in [getattr(owner, parameter, None), *values] if isinstance(value, str | int)]

    cls = next((cls for cls in type(owner).__mro__ if cls.__module__.startswith("sklearn.")), type(owner))
    if cls.__name__ not in _DRAWS_IF:
        return True
    # For a given number of components, PCA's "auto" takes the randomized solver where the data are large.
    if (
        cls.__name__ == "PCA"
        and "auto" in taken("svd_solver")
        and any(isinstance(n, int) for n in taken("n_components"))
    ):
        return True
    return any(value in values for parameter, values in _DRAWS_IF[cls.__name__].items() for value in taken(parameter))


# ---- scikit-learn's own constraints on parameters


def _constraints(found: Any) -> dict[str, Any]:
    """Return the constraints that scikit-learn keeps beside a class or a function of its own; {} for other people's."""
    kept = getattr(found, "_parameter_constraints", None) or getattr(found, "_skl_parameter_constraints", None)
    return kept if isinstance(kept, dict) else {}


def _check_constraints(found: Any, arguments: dict, path: list) -> None:
    constraints = _constraints(found)
    if not constraints:
        return
    try:
        from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints
    except ImportError:  # private to scikit-learn: without it the fits will say it
        return
    for key, value in arguments.items():
        if key not in constraints:
            continue
        try:
            validate_parameter_constraints({key: constraints[key]}, {key: build(value)}, caller_name=_called(found))
        except InvalidParameterError as error:
            text = one_line(error).partition(": ")[2]
            said = re.fullmatch(r"The .* parameter of .*? (must be .*)\. Got (.*) instead\.", text)
            near = did_you_mean(value, re.findall(r"'(\w+)'", said[1])) if said and isinstance(value, str) else ""
            raise wrong([*path, key], f"{said[1]}, not {said[2]}{near}" if said else text) from error


def _refuse_word(owner: Any, parameter: str, word: str, path: list) -> None:
    """Refuse a string for a parameter to which scikit-learn would give no string at all."""
    rules = _constraints(owner).get(parameter)
    if not isinstance(rules, list):
        return
    try:
        from sklearn.utils._param_validation import MissingValues, Options, _InstancesOf, make_constraint
    except ImportError:
        return
    made = [make_constraint(rule) for rule in rules]
    for rule in made:
        of_type = getattr(rule, "type", None) if isinstance(rule, Options | _InstancesOf) else None
        if isinstance(rule, MissingValues) or (isinstance(of_type, type) and issubclass(str, of_type)):
            return
        if rule.is_satisfied_by(word):
            return
    raise wrong(path, f"must be {' or '.join(str(rule) for rule in made if not rule.hidden)}, not {kind(word)}")


# ---- imports


def _locate(name: str, path: list) -> Any:
    """Import what a dotted name stands for, and turn every way in which that fails into one line."""
    try:
        return locate(name)
    except FoldworkError as error:
        near = "" if "cannot be imported" in str(error) else _near_name(name)  # a module that it needs is missing
        raise wrong(path, f"{error}{near}") from error
    except (Exception, SystemExit) as error:
        raise wrong(path, f"{short(name)} cannot be imported: {_place(error)}{one_line(error)}") from error


def _place(error: BaseException) -> str:
    """Return `file:line: ` of what broke an import: in the study's own code where that is in it."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.relpath(error.filename)}:{error.lineno}: "
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    machinery = (os.path.dirname(os.path.abspath(__file__)), os.path.dirname(importlib.__file__), "<")
    frames = [frame for frame in frames if not frame[0].startswith(machinery)]
    own = [frame for frame in frames if frame[0].startswith(os.getcwd()) and "site-packages" not in frame[0]]
    for name, line in reversed(own or frames):
        return f"{os.path.relpath(name)}:{line}: "
    return ""


def _near_name(name: str) -> str:
    """Return a hint for a dotted name that could not be found: a neighbour in the same module, or scikit-learn's."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        with contextlib.suppress(Exception, SystemExit):
            module = importlib.import_module(".".join(parts[:cut]))
            names = [known for known in dir(module) if not known.startswith("_")]
            names += [known.name for known in pkgutil.iter_modules(getattr(module, "__path__", []))]
            if module.__name__ == SPLITTERS:
                names = [known for known in names if hasattr(getattr(module, known, None), "split")]
            near = did_you_mean(parts[cut], names)
            if near or parts[0] != "sklearn":
                return near
            break
    if len(parts) > 1 and not did_you_mean(parts[0], ["sklearn"]):
        return did_you_mean(parts[0], [known.name for known in pkgutil.iter_modules([os.getcwd()])])
    full = {known.rpartition(".")[2]: known for known in _sklearn_names()}
    near = nearest(parts[-1], full)
    return f"; did you mean {full[near]!r}?" if near else ""


def _sklearn_names() -> list[str]:
    """Return the import paths of scikit-learn's estimators. Slow (it imports them all): for messages alone."""
    from sklearn.utils.discovery import all_estimators

    # sklearn.svm._classes.SVC is public as sklearn.svm.SVC
    return [".".join([*(re.split(r"\._", cls.__module__)[0]).split("."), name]) for name, cls in all_estimators()]


def check_once(config: dict[str, Any]) -> None:
    """Run `check` in a process of its own, with the working directory as the study's; its warnings go to the screen.

    For the Snakefile's main process, which must not import scikit-learn, nor a user's modules.

    Raises
    ------
    FoldworkError
        What `check` raised, or how the process ended where it said nothing (a user's module may end it).
    """
    command = [sys.executable, "-m", "foldwork.study.deep_check"]
    ended = subprocess.run(command, input=json.dumps(config), capture_output=True, text=True)
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if line.strip()] or [f"exit code {ended.returncode}"]
        ours = [line for line in said if line.startswith("config: ")]
        raise FoldworkError(ours[-1] if ours else f"config: cannot be checked: {said[-1]}")
    if ended.stdout:
        print(ended.stdout, end="", file=sys.stderr)


def main() -> int:
    """Check the config on standard input; print warnings, or the one line that is wrong, and return the exit code."""
    config = json.load(sys.stdin)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # a user's module may print as it is imported
            found = check(config)
    except FoldworkError as error:
        print(error, file=sys.stderr)
        return 1
    for line in found:
        print(f"warning: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
