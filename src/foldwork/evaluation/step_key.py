"""Keys of shared work, made from the very objects that do it: two steps have one key only if they do the same."""

import functools
from collections.abc import Hashable
from typing import Any

import numpy as np

from foldwork.data.digests import content_digest
from foldwork.errors import FoldworkError
from foldwork.evaluation.sharing_rules import FUNCTIONS, PREDICTORS, TRANSFORMERS, refused
from foldwork.study.objects import locate


class NotShareable(Exception):
    """An object is not known to be safe to share: the evaluation takes the plain route."""


@functools.cache
def public_path(found: type) -> str | None:
    """Return the public import path of a class or function: `sklearn.svm.SVC` for `sklearn.svm._classes.SVC`; None if it has none.

    The path is looked up and compared by identity, so a class that only bears the name of another has no such path.
    """
    module, name = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
    if not module or not name:
        return None
    for path in (f"{module.partition('._')[0]}.{name}", f"{module}.{name}"):
        try:
            if locate(path) is found:
                return path
        except (FoldworkError, ImportError):
            continue
    return None


def listed(estimator: Any, names: frozenset[str] | dict[str, Any]) -> str | None:
    """Return the public path of an estimator's exact class if it is among `names` and has no other state than its parameters; else None."""
    found = type(estimator)
    if not hasattr(found, "get_params"):
        return None
    path = public_path(found)
    if path not in names:
        return None
    params = estimator.get_params(deep=False)
    if found not in _attributes:
        _attributes[found] = frozenset(vars(found(**params)))
    # Anything else on the instance (by `set_output`, a method put there) would be missing in a key made from parameters.
    return path if vars(estimator).keys() <= _attributes[found] else None


_attributes: dict[type, frozenset[str]] = {}
"""What a new instance of a class has."""


def object_key(value: Any, also: frozenset[str] = frozenset()) -> Hashable:
    """Return a key that is equal for objects that behave the same in every respect.

    Parameters
    ----------
    value : object
        An estimator of a listed class, or a parameter's value: numbers, strings, containers and arrays of these, listed functions.
    also : frozenset of str
        Import paths of further classes that the user has declared safe to share.

    Raises
    ------
    NotShareable
        When anything in it is not known.
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
    """Return the key of a function or an estimator that a list names."""
    path = public_path(type(value))
    if path == "sklearn.compose.make_column_selector":
        return path, object_key(vars(value), also)
    names = TRANSFORMERS | PREDICTORS | also
    if path in names:
        if listed(value, names) is None:
            raise NotShareable(f"{path} has state beside its parameters")
        params = value.get_params(deep=False)
        if _draws_elsewhere(value):
            raise NotShareable(
                f"{path} may draw random numbers without a seed in other processes, where nobody sees it"
            )
        if refused(path, params):
            raise NotShareable(f"{path} may write into its input, or draw random numbers, with these parameters")
        return path, tuple((name, object_key(params[name], also)) for name in sorted(params))
    if callable(value) and hasattr(value, "__qualname__") and (function := public_path(value)) in FUNCTIONS:
        return "function", function
    raise NotShareable(f"{type(value).__module__}.{type(value).__qualname__} is not known")


def _draws_elsewhere(estimator: Any) -> bool:
    """Return whether an estimator gives work to other processes, and something in it has no seed."""
    params = [(name.rpartition("__")[2], value) for name, value in estimator.get_params().items()]
    parallel = any(name == "n_jobs" and value not in (None, 1) for name, value in params)
    return parallel and any(name == "random_state" and value is None for name, value in params)


def draws() -> tuple[Any, ...]:
    """Return the state of NumPy's global generator, from which estimators without a seed draw; equal states mean that nothing was drawn."""
    name, keys, position, has_gauss, cached = np.random.get_state()
    return name, keys.tobytes(), position, has_gauss, cached
