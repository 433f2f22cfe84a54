"""Import what a config names, with one-line errors that suggest the right name."""

import contextlib
import importlib
import os
import pkgutil
import traceback
from pathlib import Path
from typing import Any

from foldwork.errors import FoldworkError, one_line
from foldwork.sklearn_private import public_module
from foldwork.study.messages import config_error, did_you_mean, nearest, shown
from foldwork.study.objects import SPLITTERS, locate

_PACKAGE = str(Path(__file__).parents[2])


def import_named(name: str, path: list) -> Any:
    """Import the object of a dotted name.

    Raises
    ------
    FoldworkError
        For whatever makes the import fail: an unknown name, or an exception in the user's own module.
    """
    try:
        return locate(name)
    except FoldworkError as error:
        suggestion = (
            "" if "cannot be imported" in str(error) else _suggestion(name)
        )  # else a module that it needs is missing
        raise config_error(path, f"{error}{suggestion}") from error
    except (Exception, SystemExit) as error:
        raise config_error(path, f"{shown(name)} cannot be imported: {_source_line(error)}{one_line(error)}") from error


def _source_line(error: BaseException) -> str:
    """Return `file:line: ` of the source line that raised, the last one in the study if there is one."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.relpath(error.filename)}:{error.lineno}: "
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    import_system = (_PACKAGE, os.path.dirname(importlib.__file__), "<")
    frames = [frame for frame in frames if not frame[0].startswith(import_system)]
    own = [frame for frame in frames if frame[0].startswith(os.getcwd()) and "site-packages" not in frame[0]]
    for name, line in reversed(own or frames):
        return f"{os.path.relpath(name)}:{line}: "
    return ""


def _suggestion(name: str) -> str:
    """Return `; did you mean …?` for an unknown dotted name: a similar name in the same module, or one of scikit-learn's estimators."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        with contextlib.suppress(Exception, SystemExit):
            module = importlib.import_module(".".join(parts[:cut]))
            suggestion = did_you_mean(parts[cut], _public_names(module))
            if suggestion or parts[0] != "sklearn":
                return suggestion
            break
    if len(parts) > 1 and not did_you_mean(parts[0], ["sklearn"]):
        return did_you_mean(parts[0], [known.name for known in pkgutil.iter_modules([os.getcwd()])])
    paths = {known.rpartition(".")[2]: known for known in _sklearn_estimators()}
    near = nearest(parts[-1], paths)
    return f"; did you mean {paths[near]!r}?" if near else ""


def _public_names(module: Any) -> list[str]:
    names = [known for known in dir(module) if not known.startswith("_")]
    names += [known.name for known in pkgutil.iter_modules(getattr(module, "__path__", []))]
    if module.__name__ == SPLITTERS:
        names = [known for known in names if hasattr(getattr(module, known, None), "split")]
    return names


def _sklearn_estimators() -> list[str]:
    """Return the import paths of scikit-learn's estimators. Slow (it imports all of them): for error messages alone."""
    from sklearn.utils.discovery import all_estimators

    return [f"{public_module(cls.__module__)}.{name}" for name, cls in all_estimators()]
