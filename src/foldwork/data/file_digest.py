"""The digest of a file. Imports nothing heavy: the Snakefile's process uses it."""

import hashlib
import os


def file_sha256(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
