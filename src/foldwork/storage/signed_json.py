"""JSON files with a checksum: damaged or edited content is refused when it is read."""

import hashlib
import json
import os
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import read_json, write_json

CHECKSUM = "checksum"
"""Member of a signed file: the SHA-256 of the canonical JSON of all other members."""


def write_signed(path: str | os.PathLike, value: dict[str, Any]) -> None:
    """Write a mapping as JSON, with a checksum of its content.

    Parameters
    ----------
    path : path-like
        The file; it is replaced atomically.
    value : dict
        JSON-serialisable, without the member `checksum`.
    """
    write_json(path, {**value, CHECKSUM: _checksum(value)})


def read_signed(path: str | os.PathLike, remove: str) -> dict[str, Any]:
    """Read a file written by `write_signed`, and verify its checksum.

    Parameters
    ----------
    path : path-like
        The file.
    remove : str
        What the error message advises to remove so that Snakemake makes the file again: "it" or "its folder".

    Returns
    -------
    dict
        The content without its checksum.

    Raises
    ------
    FoldworkError
        When the file is missing, is no JSON object, or does not match its checksum.
    """
    try:
        value = read_json(path)
        sound = isinstance(value, dict) and value.pop(CHECKSUM, None) == _checksum(value)
    except OSError as error:
        raise FoldworkError(f"{path}: {error.strerror}; remove {remove} and run snakemake again") from error
    except ValueError:
        sound = False
    if not sound:
        raise FoldworkError(f"{path}: its content is not what was written; remove {remove} and run snakemake again")
    return value


def _checksum(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
