"""Import packages that only some strategies need."""

import importlib
from types import ModuleType

from foldwork.errors import FoldworkError


def import_optional(package: str, *, strategy: str) -> ModuleType:
    """Import a package that the extra of a strategy installs.

    Parameters
    ----------
    package : str
    strategy : str
        Name of the strategy and of its extra in pyproject.toml.

    Raises
    ------
    FoldworkError
        If the package is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise FoldworkError(
            f"{strategy}: the package {package} is not installed; pip install foldwork[{strategy}]"
        ) from error
