"""Atomic file writes: to a temporary file in the same folder, which is then renamed."""

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
    """Another process has taken over the work of this one, which must not write any more."""


_may_replace: list[Callable[[], None]] = []
"""Called before a temporary file is renamed. If one of them raises, the file is not replaced."""


@contextlib.contextmanager
def only_writer(path: str | os.PathLike, runs: str = "") -> Iterator[None]:
    """Allow atomic writes only while this process is the last one that entered this context with `path`.

    An orphan of a killed run, which may still run on another node, cannot replace the files of the next run.

    Parameters
    ----------
    path : path-like
        File with the nonce of the last writer.
    runs : str, optional
        Written before the nonce: the ids of the runs that the process belongs to.

    Raises
    ------
    Replaced
        By `replacing` inside the block, after another process has entered the context.
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
    """Yield a temporary file, and rename it to `path` if the block ends without an exception.

    Parameters
    ----------
    path : path-like
        The file to replace. Its folder is created if it is missing.

    Yields
    ------
    Path
        A hidden file in the same folder. It is removed when the block raises.

    Raises
    ------
    OSError
        When the file cannot be written, because the disk is full, say. Its `filename` is `path`.
    Replaced
        When another process has entered `only_writer` with the path of an enclosing `only_writer` block.
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
        temporary.chmod(
            0o666 & ~umask
        )  # mkstemp uses 0600; in a shared results folder, others must be able to read the file
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        for check in _may_replace:
            check()
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        # The error of a write has no file name, that of an open has the temporary one.
        if isinstance(error, OSError) and (error.filename is None or os.fspath(error.filename) == name):
            error.filename = os.fspath(path)
        raise


def remove_parts(path: str | os.PathLike) -> None:
    """Remove temporary files of killed processes that were writing `path` with `replacing`.

    Parameters
    ----------
    path : path-like
        The file that was to be replaced. No other process may be writing it.
    """
    path = Path(path)
    for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        part.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write `text` to `path` atomically, in UTF-8."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Write `value` to `path` atomically, as indented JSON with a final newline."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: str | os.PathLike) -> Any:
    """Return the content of a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
