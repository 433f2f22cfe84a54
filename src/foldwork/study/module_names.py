"""The study's folder comes first where Python looks for modules, so its files must not have the names of modules that foldwork needs."""

import re
import sys
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

from foldwork.errors import FoldworkError

_PROJECT = "foldwork"


def check_module_names(study: Path) -> None:
    """Refuse a module in the study's folder that would be imported in place of one that foldwork needs: jobs would fail.

    These are modules of Python's standard library, of foldwork, and of the packages that foldwork requires.

    Raises
    ------
    FoldworkError
        Names the first one.
    """
    hidden = sys.stdlib_module_names - set(sys.builtin_module_names)
    elsewhere = [folder for folder in sys.path if Path(folder).resolve() != study.resolve()]
    required: list[metadata.Distribution] | None = None
    for path in sorted(study.iterdir()):
        if not ((path.suffix == ".py" and path.is_file()) or (path / "__init__.py").is_file()):
            continue
        if path.stem in hidden:
            raise _hides(path, "a module of Python's standard library")
        if path.stem == _PROJECT:
            raise _hides(path, "foldwork itself")
        if PathFinder.find_spec(path.stem, elsewhere) is None:
            continue
        required = _required() if required is None else required  # takes a moment, and few modules hide another
        owner = next((each for each in required if _provides(each, path.stem)), None)
        if owner is not None:
            raise _hides(path, f"the package {owner.name}, which foldwork needs")


def _hides(path: Path, what: str) -> FoldworkError:
    return FoldworkError(f"{path.name}: has the name of {what}, and would be imported in its place; rename it")


def _required() -> list[metadata.Distribution]:
    """Return the installed distributions that foldwork requires, and those that they require. Of the extras foldwork's own that strategies need."""
    found: dict[str, metadata.Distribution | None] = {}
    names = [_PROJECT]
    while names:
        name = re.sub("[-_.]+", "-", names.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # of another platform
            found[name] = None
            continue
        for requirement in found[name].requires or []:
            _, _, marker = requirement.partition(";")
            if "extra" not in marker or (name == _PROJECT and "dev" not in marker):
                names.append(re.match(r"[\w.-]+", requirement)[0])
    return [each for each in found.values() if each is not None]


def _provides(distribution: metadata.Distribution, module: str) -> bool:
    """Return whether a distribution installs a module or package of this name."""
    files = f"\n{distribution.read_text('RECORD') or ''}"
    in_files = any(f"\n{module}{after}" in files for after in "/.")
    return in_files or module in (distribution.read_text("top_level.txt") or "").split()
