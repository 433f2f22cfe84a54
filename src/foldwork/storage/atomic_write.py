"""Files that are either whole or not there: written to a temporary name beside the final one, then renamed."""

import contextlib
import glob
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from foldwork.errors import FoldworkError


class Replaced(FoldworkError):
    """Another process has taken over what this one does; it may write nothing any more."""


_may_replace: list[Callable[[], None]] = []
"""Called before a file gets its final name; what they raise leaves the old file in its place."""


@contextlib.contextmanager
def only_writer(path: str | os.PathLike, runs: str = "") -> Iterator[None]:
    """Make this process the only one that gives files their final names, among those that say the same of one path.

    The one that says so last counts: the orphan of a killed run, which may live on another node, then replaces nothing any more.

    Parameters
    ----------
    path : path-like
        Where the nonce of the last writer stands.
    runs : str, optional
        What to write before the nonce, for others to read.

    Raises
    ------
    Replaced
        From `replacing`, once another process has said the same.
    """
    nonce = f"{runs}/{secrets.token_hex(8)}"
    write_text(path, nonce)

    def check() -> None:
        if Path(path).read_text() != nonce:
            raise Replaced(f"{path}: another run does this work now; this one stops, and has written nothing over it")

    _may_replace.append(check)
    try:
        yield
    finally:
        _may_replace.remove(check)


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path in the folder of `path`; rename it to `path` when the block ends without an error.

    Parameters
    ----------
    path : path-like
        The final name. Its folder is made where it is missing.

    Yields
    ------
    Path
        Where to write. It begins with a dot; it is removed when the block raises.

    Raises
    ------
    OSError
        With the final name as its `filename`, where the disk is full or otherwise refuses.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        error.filename = os.fspath(path)
        raise
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp gives 0600, which a group's shared results folder does not want
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        for check in _may_replace:
            check()
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        # A write that fails does not know its file, an open knows the temporary one.
        if isinstance(error, OSError) and (error.filename is None or os.fspath(error.filename) == name):
            error.filename = os.fspath(path)
        raise


def remove_parts(path: str | os.PathLike) -> None:
    """Remove what `replacing` left beside `path` when its process was killed. Call it where nobody else may write `path`."""
    path = Path(path)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        left.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write `text` (UTF-8) to `path` in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Write `value` to `path` as indented JSON with a final newline, in one step."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: str | os.PathLike) -> Any:
    """Read one JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
