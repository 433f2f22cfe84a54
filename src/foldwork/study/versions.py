"""Versions of packages and digests of the user's own modules: what a score depends on beside config and data.

Runs while the Snakefile is parsed, so it imports none of the packages.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def distribution_version(package: str) -> tuple[str, str] | None:
    """Return name and version of the installed distribution that a top-level package comes from, or None."""
    found = distribution(package)
    return None if found is None else (found[0], found[1].version)


def dependencies(spec: Any, study: Path) -> dict[str, str]:
    """Return versions and digests of all code that a part of the config names.

    Parameters
    ----------
    spec : JSON-able
    study : Path
        The study's directory, which holds the user's own modules.

    Returns
    -------
    dict
        Distribution to version, and `source of {file}` to the SHA-256 of each file of the user's own modules. Always contains scikit-learn,
        NumPy and SciPy.
    """
    found = dict(filter(None, map(distribution_version, ALWAYS)))
    for package in sorted({name.partition(".")[0] for name in names_in(spec)}):
        own = source_files(package, study)
        for path, root in own.items():
            found[f"source of {path.relative_to(root)}"] = hashlib.sha256(path.read_bytes()).hexdigest()
        if not own and (entry := distribution_version(package)):
            found[entry[0]] = entry[1]
    return found
