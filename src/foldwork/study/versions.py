"""What a score depends on beside config and data: versions of packages, and the source of the user's own code.

Runs while the Snakefile is parsed, so it imports none of what it looks at.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foldwork.study.source_code import distribution, source_files

EVALUATION = 1
"""Version of how foldwork makes evaluations. It is part of every record's key: raise it with any change that can change a score."""

SHARING = 4
"""Version of how evaluations share work. A record that was made so names it; it is no part of a key."""

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


def distribution_version(package: str) -> tuple[str, str] | None:
    """Return name and version of the installed distribution that a top-level package comes from, or None."""
    found = distribution(package)
    return None if found is None else (found[0], found[1].version)


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
    found = dict(filter(None, map(distribution_version, ALWAYS)))
    for package in sorted({name.partition(".")[0] for name in names_in(spec)}):
        own = source_files(package, study)
        for path, root in own.items():
            found[f"source of {path.relative_to(root)}"] = hashlib.sha256(path.read_bytes()).hexdigest()
        if not own and (entry := distribution_version(package)):
            found[entry[0]] = entry[1]
    return found
