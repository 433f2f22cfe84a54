"""Check values and objects of the config with all that they are made of, and build them."""

import contextlib
from typing import Any

from foldwork.study.checks.constraints import check_constraints
from foldwork.study.checks.imports import import_named
from foldwork.study.checks.signatures import check_arguments
from foldwork.study.checks.user_errors import errors_at, problem_of
from foldwork.study.messages import config_error, shown
from foldwork.study.objects import build


def check_value(value: Any, path: list) -> Any:
    """Check a value with all that it is made of; return it as `build` does.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    if isinstance(value, dict) and "class" in value:
        return check_object(value, path)
    if isinstance(value, dict) and "ref" in value:
        return import_named(value["ref"], [*path, "ref"])
    if isinstance(value, dict):
        for key, item in value.items():
            check_value(item, [*path, key])
    elif isinstance(value, list):
        for place, item in enumerate(value):
            check_value(item, [*path, place])
    with errors_at(path):
        return build(value)


def check_object(spec: dict[str, Any], path: list) -> Any:
    """Check `{class: …, **arguments}` against the signature and scikit-learn's constraints; return the built object.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    found = import_named(spec["class"], [*path, "class"])
    if not callable(found):
        raise config_error([*path, "class"], f"{shown(spec['class'])} cannot be called: it is no class")
    check_call(found, arguments_of(spec), path)
    try:
        return build(spec)
    except Exception as error:
        raise config_error([*path, *_argument_at_fault(spec)], problem_of(error)) from error


def check_call(found: Any, arguments: dict[str, Any], path: list, skip: int = 0, strict: bool = False) -> None:
    """Check the arguments of a call: their values, names, and scikit-learn's constraints. Parameters as for `check_arguments`."""
    for key, value in arguments.items():
        check_value(value, [*path, key])
    check_arguments(found, arguments, path, skip, strict)
    check_constraints(found, arguments, path)


def arguments_of(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments in `{class: …, **arguments}`."""
    return {key: value for key, value in spec.items() if key != "class"}


def _argument_at_fault(spec: dict[str, Any]) -> list[str]:
    """Return the argument without which the object can be built, or an empty list."""
    for key in arguments_of(spec):
        with contextlib.suppress(Exception):
            build({other: value for other, value in spec.items() if other != key})
            return [key]
    return []
