"""What a score depends on beside config and data: versions of packages, and the source of the user's own code.

Runs while the Snakefile is parsed, so it imports none of what it looks at.
"""

import ast
import functools
import hashlib
import importlib.machinery
import importlib.metadata
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EVALUATION = 1
"""Version of how foldwork makes evaluations. It is part of every record's key: raise it with any change that can change a score."""

SHARING = 3
"""Version of how evaluations share work. A record that was made so names it; it is no part of a key."""

DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "pyyaml", "PIL": "pillow", "cv2": "opencv-python"}
ALWAYS = ("scikit-learn", "numpy", "scipy")


def digest(value: Any) -> str:
    """Return the SHA-256 (hexadecimal) of a value's canonical JSON: keys sorted, no white space."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def names_in(spec: Any) -> Iterator[str]:
    """Yield every import path that a piece of config names (`class`, `ref`, `load`)."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key in ("class", "ref", "load") and isinstance(value, str):
                yield value
            else:
                yield from names_in(value)
    elif isinstance(spec, list):
        for item in spec:
            yield from names_in(item)


@functools.cache
def distribution_version(package: str) -> str | None:
    """Return the version of the installed distribution that a top-level package comes from, or None."""
    for name in (DISTRIBUTIONS.get(package, package), package.replace("_", "-")):
        try:
            return f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    for name in importlib.metadata.packages_distributions().get(package, []):  # slow, so last
        return f"{name} {importlib.metadata.version(name)}"
    return None


def source_files(module: str, study: Path, seen: dict[Path, None] | None = None) -> dict[Path, None]:
    """Return the files of the study that make up a module of the user's own, those that it imports from the study included.

    Parameters
    ----------
    module : str
        A dotted name; what does not lie in the study gives nothing.
    study : Path
        The study's directory.
    """
    seen = {} if seen is None else seen
    found = importlib.machinery.PathFinder.find_spec(module.partition(".")[0], [str(study)])
    if found is None or (found.origin is None and not found.submodule_search_locations):
        return seen
    folders = list(found.submodule_search_locations or [])
    files = (
        sorted(path for folder in folders for path in Path(folder).rglob("*.py")) if folders else [Path(found.origin)]
    )
    for path in files:
        if path in seen or not path.is_file():
            continue
        seen[path] = None
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:
            continue  # the import will say so, with its line
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            else:
                continue
            for name in names:
                source_files(name, study, seen)
    return seen


def dependencies(spec: Any, study: Path) -> dict[str, str]:
    """Return what the code that a piece of config names depends on.

    Parameters
    ----------
    spec : JSON-able
        Any part of the config.
    study : Path
        The study's directory, where the user's own modules lie.

    Returns
    -------
    dict
        Distribution to version, and `source of {file}` to the SHA-256 of each file of the user's own. Always holds scikit-learn,
        NumPy and SciPy.
    """
    found = dict(entry.rsplit(" ", 1) for name in ALWAYS if (entry := distribution_version(name)))
    for package in sorted({name.partition(".")[0] for name in names_in(spec)}):
        own = source_files(package, study)
        for path in own:
            found[f"source of {path.relative_to(study)}"] = hashlib.sha256(path.read_bytes()).hexdigest()
        if not own and (entry := distribution_version(package)):
            name, version = entry.rsplit(" ", 1)
            found[name] = version
    return found
