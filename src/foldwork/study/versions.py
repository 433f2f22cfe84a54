"""Versions of packages and digests of the user's own modules: what a score depends on beside config and data.

Runs while the Snakefile is parsed, so it imports none of the packages.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foldwork.study.clustering_metrics import function_paths
from foldwork.study.source_code import distribution, source_files

EVALUATION = 1
"""Version of foldwork's code for evaluations, part of every record's key. Increase it with any change that can change a score."""

SHARING = 4
"""Version of foldwork's code for sharing work between evaluations. Records of shared evaluations name it; keys do not contain it."""

ALWAYS = ("scikit-learn", "numpy", "scipy")
"""Distributions that every score depends on."""

IMPORT_PATHS = ("class", "ref", "load")
"""Keys of the config whose values are import paths."""


def digest(value: Any) -> str:
    """Return the SHA-256 (hexadecimal) of a value's canonical JSON: keys sorted, no white space."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def in_order(value: Any) -> Any:
    """Return a part of the config for `digest`, such that the order of a mapping counts where a class or function may depend on it.

    Arguments of a class (`{class: …}`) are the same in any order. Another mapping is a value, whose order its receiver sees. A mapping whose keys are
    sorted is returned as it is.
    """
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    items = {key: in_order(item) for key, item in value.items()}
    if "class" in value or list(value) == sorted(value):
        return items
    return {"in order": [[key, item] for key, item in items.items()]}


def names_in(spec: Any, keys: tuple[str, ...] = IMPORT_PATHS) -> Iterator[str]:
    """Yield every import path in a part of the config, or those under some of the keys alone."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key in keys and isinstance(value, str):
                yield value
            else:
                yield from names_in(value, keys)
    elif isinstance(spec, list):
        for item in spec:
            yield from names_in(item, keys)


def packages_in(spec: Any) -> set[str]:
    """Return the top-level packages of all code that a part of the config names, functions of clustering metrics included."""
    return {name.partition(".")[0] for name in (*names_in(spec), *function_paths(spec))}


def distribution_version(package: str) -> tuple[str, str] | None:
    """Return name and version of the installed distribution that a top-level package comes from, or None."""
    found = distribution(package)
    return None if found is None else (found[0], found[1].version)


def dependencies(spec: Any, study: Path, *, files: bool = False) -> dict[str, str]:
    """Return versions and digests of all code that a part of the config names.

    Parameters
    ----------
    spec : JSON-able
    study : Path
        The study's directory, which holds the user's own modules.
    files : bool
        Whether strings that are names of files count, too: an estimator may read them.

    Returns
    -------
    dict
        Distribution to version, `source of {file}` to the SHA-256 of each file of the user's own modules, and `content of {file}` to that of
        each file that is named. Always contains scikit-learn, NumPy and SciPy.
    """
    found = dict(filter(None, map(distribution_version, ALWAYS)))
    for package in sorted(packages_in(spec)):
        own = source_files(package, study)
        for path, root in own.items():
            found[f"source of {path.relative_to(root)}"] = hashlib.sha256(path.read_bytes()).hexdigest()
        if not own and (entry := distribution_version(package)):
            found[entry[0]] = entry[1]
    for name in named_files(spec, study) if files else ():
        found[f"content of {name}"] = hashlib.sha256((study / name).read_bytes()).hexdigest()
    return found


def named_files(spec: Any, study: Path) -> list[str]:
    """Return the strings in a part of the config that are names of files, relative to the study or absolute."""
    return sorted(text for text in set(_strings(spec)) if _is_file(study, text))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _is_file(study: Path, text: str) -> bool:
    try:
        return bool(text) and (study / text).is_file()
    except (OSError, ValueError):  # too long for a name, or with a zero byte in it
        return False


def files_behind(spec: Any, study: Path) -> set[Path]:
    """Return the files whose content `dependencies` contains."""
    own = {path for package in packages_in(spec) for path in source_files(package, study)}
    return own | {study / name for name in named_files(spec, study)}
