"""The ledger: one line for every evaluation that has ended, appended by one writer, checked by every reader.

A line is a JSON object whose last member, `crc`, is the CRC-32 of all the text before it: a torn or damaged line is known as such
and loses its own record alone. A reader keeps the first of two records with one key.
"""

import contextlib
import datetime
import json
import math
import os
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from foldwork import platforms
from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import Replaced, replacing, write_text

MADE = "made:"
"""Key prefix of the lines that say how the records after them were made."""

_BEGIN = b'{"key":"'
_SURROGATE = re.compile(r"\\ud[89a-f]")
_END = re.compile(rb',"crc":"([0-9a-f]{8})"\}')
_decoder = json.JSONDecoder()
_END_SIZE = len(b',"crc":"00000000"}')


def encode(record: dict[str, Any]) -> str:
    """Return the line (without its newline) that stands for a record.

    Numbers that JSON lacks become "nan", "inf", "-inf"; a lone surrogate, which no file can hold, becomes its escape.
    """
    try:
        body = json.dumps(record, separators=(",", ":"), allow_nan=False)[:-1]
    except ValueError:  # a parameter may be infinite
        body = json.dumps(_in_words(record), separators=(",", ":"), allow_nan=False)[:-1]
    if _SURROGATE.search(body):
        body = json.dumps(_writable(json.loads(f"{body}}}")), separators=(",", ":"))[:-1]
    return f'{body},"crc":"{zlib.crc32(body.encode()):08x}"}}'


def decode(line: bytes) -> dict[str, Any] | None:
    """Return the record that a line holds, or None where the line is torn or damaged."""
    body = line[:-_END_SIZE]
    found = _END.fullmatch(line[-_END_SIZE:])
    if not found or zlib.crc32(body) != int(found[1], 16):
        return None
    try:
        text = body.decode() + "}"
        record, end = _decoder.raw_decode(text)
    except ValueError:
        return None
    if end != len(text) or not isinstance(record, dict) or "key" not in record:
        return None
    return _writable(record) if b"\\ud" in line else record  # earlier versions wrote lone surrogates


def _in_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_words(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_in_words(item) for item in value]
    return finite(value) if isinstance(value, float) else value


def _writable(value: Any) -> Any:
    """Return a record whose texts can be written as UTF-8."""
    if isinstance(value, dict):
        return {_writable(name): _writable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_writable(item) for item in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def finite(value: float) -> float | str:
    """Return a float as it stands in a record: itself, or the word for what JSON cannot hold."""
    return value if value - value == 0 else repr(float(value))


def score(test: dict[str, Any], rank: str | None) -> float:
    """Return the score that ranks from a record's `test`: of the metric `rank`, or the first of a scorer that returns several; NaN where there is none."""
    return math.nan if rank is None else float(test.get(rank, next(iter(test.values()), "nan")))


def read(path: str | os.PathLike) -> Iterator[dict[str, Any]]:
    """Yield the sound records of a ledger in the order they were written, the first of each key only; nothing where it is missing."""
    seen: set[str] = set()
    for record in read_lines(path):
        if record is not None and record["key"] not in seen:
            seen.add(record["key"])
            yield record


def read_lines(path: str | os.PathLike) -> Iterator[dict[str, Any] | None]:
    """Yield each line's record, None for a damaged one."""
    try:
        with open(path, "rb") as file:
            for line in file:
                yield decode(line.rstrip(b"\n"))
    except FileNotFoundError:
        return


def lines_of(path: str | os.PathLike) -> Iterator[tuple[str, bytes]]:
    """Yield the key that each line seems to have (empty where none is seen), and the line: to pass over most lines without decoding them."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        for line in file:
            yield seeming_key(line), line.rstrip(b"\n")


def lines_beginning(path: str | os.PathLike, prefix: str) -> Iterator[bytes]:
    """Yield the lines whose keys begin with a prefix."""
    begin = _BEGIN + prefix.encode()
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        for line in file:
            if line.startswith(begin):
                yield line.rstrip(b"\n")


def seeming_key(line: bytes) -> str:
    """Return the key that a line seems to have, empty where none is seen."""
    end = line.find(b'"', len(_BEGIN)) if line.startswith(_BEGIN) else 0
    return line[len(_BEGIN) : max(end, 0)].decode("latin-1")


class Writer:
    """The one process that appends to a ledger.

    On entry it writes a nonce beside the ledger (`ledger.writer`), which tells an earlier writer that may still live (the orphan of a killed
    job) to stop. A torn last line is closed, so that the next record does not become part of it.

    Parameters
    ----------
    path : path-like
        The ledger.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        self.nonce_path = self.path.with_suffix(".writer")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._nonce = secrets.token_hex(8)
        write_text(self.nonce_path, self._nonce)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.write(self._file, b"\n")

    def replaced(self) -> bool:
        """Return whether another writer has taken the ledger over."""
        try:
            return self.nonce_path.read_text() != self._nonce
        except OSError:
            return True

    def _put_back(self) -> None:
        """Write ledger and nonce anew where somebody has removed them: the removed file is still open here, with all that is in it."""
        if os.fstat(self._file).st_nlink or self.nonce_path.exists():
            return  # one of the two is there: whoever put another in the place of one wants this writer to stop
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path) as temporary, open(temporary, "wb") as file:
            at = 0
            while part := os.pread(self._file, 1 << 20, at):
                file.write(part)
                at += len(part)
        write_text(self.nonce_path, self._nonce)
        os.close(self._file)
        self._file = os.open(self.path, os.O_RDWR | os.O_APPEND)

    def append(self, lines: Iterable[str]) -> None:
        """Append lines (of `encode`) and have them on the disk when this returns.

        Raises
        ------
        Replaced
            When another writer has written its nonce; nothing is appended.
        FoldworkError
            When the disk is full (or otherwise refuses): what was written of the lines is taken back to the last whole one.
        """
        self._put_back()
        if self.replaced():
            raise Replaced(f"{self.path}: another run has taken over this ledger; this one stops")
        try:
            for line in lines:
                self._write(f"{line}\n".encode())
            platforms.sync_data(self._file)
        except OSError as error:
            raise FoldworkError(
                f"{self.path}: {error.strerror}; make room and run snakemake again, what is recorded is kept"
            ) from error

    def _write(self, line: bytes) -> None:
        """Write one line, or nothing of it."""
        written = 0
        try:
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise

    def close(self) -> None:
        """Close the file; the nonce stays, so that an orphan still finds itself replaced."""
        os.close(self._file)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def remove(path: str | os.PathLike, keys: set[str]) -> int:
    """Take records out of a ledger; keep them in a dated file beside it.

    Parameters
    ----------
    path : path-like
        The ledger.
    keys : set of str
        Keys of the records to take out.

    Returns
    -------
    int
        How many were taken out.
    """
    path = Path(path)
    lines = path.read_bytes().splitlines() if path.exists() else []
    taken = [line for line in lines if (record := decode(line)) and record["key"] in keys]
    if not taken:
        return 0
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    write_text(path.with_name(f"forgotten-{stamp}.jsonl"), b"".join(line + b"\n" for line in taken).decode())
    gone = set(taken)
    with replacing(path) as temporary:
        temporary.write_bytes(b"".join(line + b"\n" for line in lines if line not in gone))
    write_text(
        path.with_suffix(".writer"), secrets.token_hex(8)
    )  # whoever still writes has the old file open: it must stop
    return len(taken)
