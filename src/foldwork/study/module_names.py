"""The study's folder comes first where Python looks for modules, so its files must not have the names of Python's own modules."""

import sys
from pathlib import Path

from foldwork.errors import FoldworkError


def check_module_names(study: Path) -> None:
    """Refuse a module in the study's folder that would be imported in place of one of Python's standard library: every process would fail.

    Raises
    ------
    FoldworkError
        Names the first one.
    """
    hidden = sys.stdlib_module_names - set(sys.builtin_module_names)
    for path in sorted(study.iterdir()):
        is_module = (path.suffix == ".py" and path.is_file()) or (path / "__init__.py").is_file()
        if is_module and path.stem in hidden:
            raise FoldworkError(
                f"{path.name}: has the name of a module of Python's standard library, and would be imported in its place; rename it"
            )
