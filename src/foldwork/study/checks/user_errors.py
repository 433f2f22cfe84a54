"""Turn exceptions of the classes and functions that a config names into one-line errors of the config."""

import contextlib
from collections.abc import Iterator

from foldwork.errors import FoldworkError, one_line
from foldwork.study.messages import config_error


@contextlib.contextmanager
def errors_at(path: list) -> Iterator[None]:
    """Turn any exception in the block (from `get_params` of a user's class, say) into an error for a key of the config."""
    try:
        yield
    except FoldworkError:
        raise
    except Exception as error:
        raise config_error(path, problem_of(error)) from error


def problem_of(error: Exception) -> str:
    """Return an exception in one line, without its type where that adds nothing to the message."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"needs the package {error.name.partition('.')[0]}, which is not installed"
    text = one_line(error)
    return text.partition(": ")[2] or text if type(error) in (ValueError, TypeError) else text
