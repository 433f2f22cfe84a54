"""Find the source files of the user's own code: all modules that do not belong to Python or to an installed, unchanged distribution.

Runs while the Snakefile is parsed, so it imports none of the modules.
"""

import ast
import base64
import contextlib
import csv
import functools
import hashlib
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Iterable
from pathlib import Path

DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "pyyaml", "PIL": "pillow", "cv2": "opencv-python"}
"""Distributions whose top-level package has another name."""

SUFFIXES = (".py", *importlib.machinery.EXTENSION_SUFFIXES)
"""Of files that are source or compiled code."""


@functools.cache
def distribution(package: str) -> tuple[str, importlib.metadata.Distribution] | None:
    """Return name and distribution of an installed top-level package; None for a package of no distribution."""
    for name in (DISTRIBUTIONS.get(package, package), package.replace("_", "-")):
        try:
            return name, importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    for name in importlib.metadata.packages_distributions().get(package, []):  # slow, so last
        return name, importlib.metadata.distribution(name)
    return None


def source_files(module: str, study: Path, seen: dict[Path, Path] | None = None) -> dict[Path, Path]:
    """Return the source files of a module of the user's own, and of the modules that it imports.

    Parameters
    ----------
    module : str
        A dotted name. For a module of Python, or of an installed distribution with unchanged files, nothing is returned.
    study : Path
        The study's directory, searched first.
    seen : dict, optional
        Files that were found before; new ones are added.

    Returns
    -------
    dict of Path to Path
        Each file, and the folder on `sys.path` that it was found in.
    """
    seen = {} if seen is None else seen
    package = module.partition(".")[0]
    own = importlib.machinery.PathFinder.find_spec(package, [str(study)])
    if own is not None and own.origin is not None:
        found = [own]
    else:
        outside = _outside(package)
        # One with an origin comes before a folder of that name in the study: that is a namespace package.
        is_file = outside is not None and outside.origin is not None
        found = [outside] if is_file else [each for each in (own, outside) if each is not None]
    for path, root in [each for spec in found for each in _files_of(spec)]:
        if path in seen or not path.is_file():
            continue
        seen[path] = root
        for name in _imports(path):
            source_files(name, study, seen)
    return seen


def drop_bytecode(files: Iterable[Path]) -> None:
    """Remove the cached bytecode of source files: Python takes it for current if size and second of the source are the same."""
    for path in files:
        if path.suffix == ".py":
            with contextlib.suppress(OSError):
                Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


def _files_of(found: importlib.machinery.ModuleSpec) -> list[tuple[Path, Path]]:
    """Return the files of a package or module, each with the folder on `sys.path` that it was found in."""
    folders = [Path(folder) for folder in found.submodule_search_locations or []]
    if not folders:
        return [(Path(found.origin), Path(found.origin).parent)] if found.origin else []
    return [
        (path, folder.parent) for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES
    ]


def _imports(path: Path) -> set[str]:
    """Return the top-level packages that a Python file imports."""
    if path.suffix != ".py":
        return set()
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:
        return set()  # the import will raise, with its line
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    return names


@functools.cache
def _outside(package: str) -> importlib.machinery.ModuleSpec | None:
    """Return the spec of a top-level package outside the study if its source may change without its version; else None."""
    if package in sys.stdlib_module_names or package == "foldwork":  # foldwork has a version of its own, EVALUATION
        return None
    try:
        found = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    if found is None or (found.origin is not None and not Path(found.origin).is_file()):
        return None  # built-in or frozen
    installed = distribution(package)
    return None if installed is not None and _is_unchanged(installed[1], found) else found


def _is_unchanged(installed: importlib.metadata.Distribution, found: importlib.machinery.ModuleSpec) -> bool:
    """Return whether a package's files are those that its distribution has installed.

    All files are compared with RECORD by their size, and those that are newer than it by their hash, too.
    """
    if json.loads(installed.read_text("direct_url.json") or "{}").get("dir_info", {}).get("editable"):
        return False
    record = installed.read_text("RECORD")
    if record is None:
        return False  # not installed by pip
    root = Path(installed.locate_file(""))
    rows = [row for row in csv.reader(record.splitlines()) if row and row[0].endswith(SUFFIXES)]
    entries = {name: (expected, size) for name, expected, size, *_ in rows}
    folders = [Path(folder) for folder in found.submodule_search_locations or []]
    origin = Path(found.origin) if found.origin else folders[0] / "__init__.py"
    if found.origin and not (origin.is_relative_to(root) and origin.relative_to(root).as_posix() in entries):
        return False  # another package of that name comes first on sys.path
    record_file = next((path for path in installed.files or [] if path.name == "RECORD"), None)
    installed_at = Path(installed.locate_file(record_file)).stat().st_mtime if record_file else 0.0
    for entry, (expected, size) in entries.items():
        path = root / entry
        if not entry.startswith(f"{found.name}/") and path != origin:
            continue
        try:
            now = path.stat()
            if size and now.st_size != int(size):
                return False
            if now.st_mtime <= installed_at + 2 or not expected:
                continue
            if f"sha256={_urlsafe_sha256(path)}" != expected:
                return False
        except OSError:
            return False
    return True


def _urlsafe_sha256(path: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")
