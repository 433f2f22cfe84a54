"""Make the key of shared work from the objects that do it: steps with equal keys compute the same."""

import functools
from collections.abc import Hashable
from typing import Any

import numpy as np

from foldwork.data.digests import content_digest
from foldwork.errors import FoldworkError
from foldwork.evaluation.sharing_rules import FUNCTIONS, PREDICTORS, TRANSFORMERS, refused
from foldwork.sklearn_private import public_module
from foldwork.study.objects import locate


class NotShareable(Exception):
    """Raised for an object that is not known to be safe to share; the evaluation is then done without sharing it."""


@functools.cache
def public_path(found: type) -> str | None:
    """Return the public import path of a class or function: `sklearn.svm.SVC` for `sklearn.svm._classes.SVC`; None if it has none.

    The object at this path is compared by identity: a class that only has the name of another has no public path.
    """
    module, name = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
    if not module or not name:
        return None
    for path in (f"{public_module(module)}.{name}", f"{module}.{name}"):
        try:
            if locate(path) is found:
                return path
        except (FoldworkError, ImportError):
            continue
    return None


def listed(estimator: Any, names: frozenset[str] | dict[str, Any]) -> str | None:
    """Return the public path of an estimator's class if this exact class is in `names` and the estimator has no state but its parameters; else None."""
    found = type(estimator)
    if not hasattr(found, "get_params"):
        return None
    path = public_path(found)
    if path not in names:
        return None
    params = estimator.get_params(deep=False)
    if found not in _attributes:
        _attributes[found] = frozenset(vars(found(**params)))
    # A key made from parameters would not cover other attributes (set by `set_output`, a replaced method).
    return path if vars(estimator).keys() <= _attributes[found] else None


_attributes: dict[type, frozenset[str]] = {}
"""Names of the attributes that a new instance of a class has."""


def object_key(value: Any, also: frozenset[str] = frozenset()) -> Hashable:
    """Return a key of an object: objects with equal keys behave the same.

    Parameters
    ----------
    value : object
        An estimator of a listed class, or a parameter's value: numbers, strings, containers and arrays of these, listed functions.
    also : frozenset of str
        Public import paths of classes that the user has declared safe to share.

    Returns
    -------
    hashable

    Raises
    ------
    NotShareable
        If the object, or anything in it, is not listed.
    """
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return kind.__name__, value
    if kind is float:
        return "float", value.hex()
    if kind in (list, tuple):
        return kind.__name__, tuple(object_key(item, also) for item in value)
    if kind in (set, frozenset):
        return kind.__name__, frozenset(object_key(item, also) for item in value)
    if kind is dict:
        return "dict", tuple((object_key(name, also), object_key(item, also)) for name, item in value.items())
    if kind is slice:
        return "slice", object_key((value.start, value.stop, value.step), also)
    if isinstance(value, np.generic) or kind is np.ndarray:
        if value.dtype.hasobject:
            return "array of objects", np.shape(value), object_key(value.tolist(), also)
        return kind.__name__, content_digest(np.asarray(value))
    if isinstance(value, np.dtype):
        return "dtype", value.str
    if isinstance(value, type) and (value.__module__ == "builtins" or issubclass(value, np.generic)):
        return "type", value.__module__, value.__qualname__
    return _named_key(value, also)


def _named_key(value: Any, also: frozenset[str]) -> Hashable:
    """Return the key of a listed function or estimator."""
    path = public_path(type(value))
    if path == "sklearn.compose.make_column_selector":
        return path, object_key(vars(value), also)
    names = TRANSFORMERS | PREDICTORS | also
    if path in names:
        if listed(value, names) is None:
            raise NotShareable(f"{path} has state beside its parameters")
        params = value.get_params(deep=False)
        if _unseeded_in_processes(value):
            raise NotShareable(f"{path} may draw random numbers without a seed in other processes, unnoticed here")
        if refused(path, params):
            raise NotShareable(f"{path} may write into its input, or draw random numbers, with these parameters")
        return path, tuple((name, object_key(params[name], also)) for name in sorted(params))
    if callable(value) and hasattr(value, "__qualname__") and (function := public_path(value)) in FUNCTIONS:
        return "function", function
    raise NotShareable(f"{type(value).__module__}.{type(value).__qualname__} is not known")


def _unseeded_in_processes(estimator: Any) -> bool:
    """Return whether an estimator may work in other processes (`n_jobs`) and anything in it has `random_state=None`."""
    params = [(name.rpartition("__")[2], value) for name, value in estimator.get_params().items()]
    parallel = any(name == "n_jobs" and value not in (None, 1) for name, value in params)
    return parallel and any(name == "random_state" and value is None for name, value in params)


def global_random_state() -> tuple[Any, ...]:
    """Return the state of NumPy's global generator, from which estimators with `random_state=None` draw.

    States before and after a call are equal if nothing was drawn.
    """
    name, keys, position, has_gauss, cached = np.random.get_state()
    return name, keys.tobytes(), position, has_gauss, cached
