"""Check the names of arguments against the signature of a class or function."""

import inspect
from collections.abc import Iterable
from typing import Any

from foldwork.study.messages import config_error, did_you_mean, hint, shown

_FEW = 12
"""So many parameters or fewer are all listed in a message."""


def name_of(found: Any) -> str:
    """Return the name of a class or function."""
    return getattr(found, "__name__", type(found).__name__)


def parameters_of(found: Any) -> dict[str, inspect.Parameter]:
    """Return the parameters of a callable by name."""
    try:
        return dict(inspect.signature(found).parameters)
    except (ValueError, TypeError):  # some builtins have no signature
        return {"arguments": inspect.Parameter("arguments", inspect.Parameter.VAR_KEYWORD)}


def check_arguments(found: Any, arguments: Iterable[str], path: list, skip: int = 0, strict: bool = False) -> None:
    """Check that a callable has all parameters that the config gives, and that none without a default is missing.

    Parameters
    ----------
    found : callable
    arguments : iterable of str
        Names that the config gives.
    path : list
        Path of the arguments in the config.
    skip : int
        Number of leading parameters that the config does not give.
    strict : bool
        Whether to refuse unknown names even if the callable takes `**kwargs`.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    parameters = dict(list(parameters_of(found).items())[skip:])
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()) and not strict
    by_name = {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    for key in arguments:
        if key not in by_name and not takes_any:
            suggestion = hint(key, by_name) if len(by_name) <= _FEW else did_you_mean(key, by_name)
            raise config_error([*path, key], f"{name_of(found)} has no parameter {shown(key)}{suggestion}")
    for name, parameter in by_name.items():
        if parameter.default is parameter.empty and name not in arguments:
            near = next((key for key in arguments if key not in by_name and did_you_mean(key, [name])), None)
            misspelling = f"; is {near!r} a misspelling?" if near else ""
            raise config_error([*path, name], f"is missing: {name_of(found)} needs it{misspelling}")
