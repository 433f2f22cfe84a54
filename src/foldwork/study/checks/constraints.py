"""Check arguments against scikit-learn's own constraints on parameters."""

from typing import Any

from foldwork.sklearn_private import constraint_violation, parameter_constraints, string_violation
from foldwork.study.checks.signatures import name_of
from foldwork.study.messages import config_error, described, did_you_mean
from foldwork.study.objects import build


def check_constraints(found: Any, arguments: dict[str, Any], path: list) -> None:
    """Check the arguments of a class or function of scikit-learn's; those of other packages pass.

    Raises
    ------
    FoldworkError
        For the first value that scikit-learn would refuse.
    """
    constraints = parameter_constraints(found)
    for key, value in arguments.items():
        if key not in constraints:
            continue
        violation = constraint_violation(key, build(value), constraints[key], name_of(found))
        if violation is not None:
            problem, words = violation
            raise config_error([*path, key], problem + (did_you_mean(value, words) if isinstance(value, str) else ""))


def refuse_string(owner: Any, parameter: str, value: str, path: list) -> None:
    """Refuse a string in a space for a parameter that takes no string at all.

    Raises
    ------
    FoldworkError
    """
    problem = string_violation(value, parameter_constraints(owner).get(parameter))
    if problem is not None:
        raise config_error(path, f"{problem}, not {described(value)}")
