"""Packages that only some strategies need."""

import importlib
import importlib.util
from types import ModuleType

from foldwork.errors import FoldworkError

PACKAGES = {"tpe": "optuna", "evolution": "deap"}
"""Strategy to the package that it needs. The extra in pyproject.toml that installs it has the strategy's name."""


def import_optional(strategy: str) -> ModuleType:
    """Import the package that a strategy needs.

    Raises
    ------
    FoldworkError
        If the package is not installed.
    """
    package = PACKAGES[strategy]
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise FoldworkError(f"{strategy}: {missing_package(strategy)}") from error


def missing_package(strategy: str) -> str | None:
    """Return the message about the package that a strategy needs if it is not installed, else None. Nothing is imported."""
    package = PACKAGES.get(strategy)
    if package is None or importlib.util.find_spec(package) is not None:
        return None
    return f"the package {package} is not installed; pip install foldwork[{strategy}]"
