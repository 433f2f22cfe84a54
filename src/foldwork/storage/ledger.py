"""The ledger: an append-only file with one line for each finished evaluation.

One process appends. A line is a JSON object whose last member, `crc`, is the CRC-32 of all text before it, so a reader detects damaged or
incomplete lines and skips only those. If several records have the same key, readers use the first.
"""

import contextlib
import datetime
import json
import math
import os
import re
import secrets
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from foldwork import platforms
from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import Replaced, replacing, write_text

MADE = "made:"
"""Key prefix of lines that describe how records were made: estimator, scoring, versions. See `records.request.Made`."""

PREDICTIONS = "predictions:"
"""Key prefix of lines of evaluations that had a record and were made again for their predictions."""

REMOVAL_TAKES = 1.0
"""Seconds that the removal of a folder may take from one of its files to the next."""

_BEGIN = b'{"key":"'
_SURROGATE = re.compile(r"\\ud[89a-f]")
_END = re.compile(rb',"crc":"([0-9a-f]{8})"\}')
_decoder = json.JSONDecoder()
_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_END_SIZE = len(b',"crc":"00000000"}')


def encode(record: dict[str, Any]) -> str:
    """Return a record as a line of the ledger.

    Parameters
    ----------
    record : dict
        JSON-serialisable apart from non-finite floats, with the member `key`.

    Returns
    -------
    str
        The line without its newline. NaN and infinities are written as "nan", "inf" and "-inf". Lone surrogates, which UTF-8 cannot
        encode, are escaped.
    """
    try:
        body = _encoder.encode(record)[:-1]
    except ValueError:  # a parameter may be infinite
        body = _encoder.encode(_finite_values(record))[:-1]
    if _SURROGATE.search(body):
        body = _encoder.encode(_escape_surrogates(json.loads(f"{body}}}")))[:-1]
    return f'{body},"crc":"{zlib.crc32(body.encode()):08x}"}}'


def decode(line: bytes) -> dict[str, Any] | None:
    """Return the record of a line (without its newline), or None if the line is incomplete or damaged."""
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
    return _escape_surrogates(record) if b"\\ud" in line else record  # earlier versions wrote lone surrogates


def _finite_values(value: Any) -> Any:
    """Replace NaN and infinities, which JSON lacks, by their names."""
    if isinstance(value, dict):
        return {name: _finite_values(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite_values(item) for item in value]
    return finite(value) if isinstance(value, float) else value


def _escape_surrogates(value: Any) -> Any:
    """Escape lone surrogates in all strings of a record, so that UTF-8 can encode them."""
    if isinstance(value, dict):
        return {_escape_surrogates(name): _escape_surrogates(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_escape_surrogates(item) for item in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def finite(value: float) -> float | str:
    """Return a float as it is stored in a record: itself if finite, else "nan", "inf" or "-inf"."""
    return value if value - value == 0 else repr(float(value))


def score(test: dict[str, Any], rank: str | None) -> float:
    """Return the score by which a record is ranked.

    Parameters
    ----------
    test : dict
        Member `test` of the record: metric to score.
    rank : str or None
        The metric that ranks; None if no metric does.

    Returns
    -------
    float
        The score of `rank`, or the first score if a scorer returns a dict with other names. NaN if there is no score.
    """
    return math.nan if rank is None else float(test.get(rank, next(iter(test.values()), "nan")))


def read(path: str | os.PathLike) -> Iterator[dict[str, Any]]:
    """Yield the undamaged records of a ledger in the order of its lines, only the first of each key. A missing file is an empty ledger."""
    seen: set[str] = set()
    for record in read_lines(path):
        if record is not None and record["key"] not in seen:
            seen.add(record["key"])
            yield record


def read_lines(path: str | os.PathLike) -> Iterator[dict[str, Any] | None]:
    """Yield the record of each line, None for a damaged line. A missing file is an empty ledger."""
    try:
        with open(path, "rb") as file:
            for line in file:
                yield decode(line.rstrip(b"\n"))
    except FileNotFoundError:
        return


def keys_and_lines(path: str | os.PathLike) -> Iterator[tuple[str, bytes]]:
    """Yield (key, line) for each line of a ledger, without decoding it. The key is that of `undecoded_key`."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        for line in file:
            yield undecoded_key(line), line.rstrip(b"\n")


def lines_with_prefix(path: str | os.PathLike, prefix: str) -> Iterator[bytes]:
    """Yield the lines whose keys begin with `prefix`, without decoding them."""
    begin = _BEGIN + prefix.encode()
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        for line in file:
            if line.startswith(begin):
                yield line.rstrip(b"\n")


def undecoded_key(line: bytes) -> str:
    """Return the key of a line without decoding or checking the line; empty if the line does not begin as `encode` writes it."""
    end = line.find(b'"', len(_BEGIN)) if line.startswith(_BEGIN) else 0
    return line[len(_BEGIN) : max(end, 0)].decode("latin-1")


class Writer:
    """Append to a ledger.

    A new writer stores a nonce in the file `ledger.writer` beside the ledger. An earlier writer that is still running (the orphan of a killed
    job) finds a nonce that is not its own and stops. If the last line is incomplete, a newline is added, so that the next record
    begins on a line of its own.

    Parameters
    ----------
    path : path-like
        The ledger. It is created with its folder if it is missing.
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
        """Return whether another writer has taken over the ledger."""
        try:
            return self.nonce_path.read_text() != self._nonce
        except OSError:
            return True

    def _may_append(self) -> bool:
        return os.fstat(self._file).st_nlink > 0 and not self.replaced()

    def _restore_if_removed(self) -> None:
        """Write ledger and nonce again if they were removed: the removed ledger is still open, so its content can be read."""
        deadline = time.monotonic() + REMOVAL_TAKES
        while time.monotonic() < deadline and (self.path.exists() or self.nonce_path.exists()):
            if self.nonce_path.exists() and self.replaced():
                return
            time.sleep(0.01)  # the other of the two may be about to be removed or replaced as well
        if self.path.exists():
            return  # only the nonce was removed, or the ledger was replaced: either is to stop this writer
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path) as temporary, open(temporary, "wb") as file:
            offset = 0
            while part := os.pread(self._file, 1 << 20, offset):
                file.write(part)
                offset += len(part)
        write_text(self.nonce_path, self._nonce)
        os.close(self._file)
        self._file = os.open(self.path, os.O_RDWR | os.O_APPEND)

    def append(self, lines: Iterable[str]) -> None:
        """Append lines and flush them to the disk.

        Parameters
        ----------
        lines : iterable of str
            Returned by `encode`.

        Raises
        ------
        Replaced
            When another writer has taken over. Nothing is appended.
        FoldworkError
            When a line cannot be written, because the disk is full, say. An incomplete line is removed again.
        """
        if not self._may_append():
            self._restore_if_removed()
            if not self._may_append():
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
        """Write a line completely, or not at all."""
        written = 0
        try:
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise

    def close(self) -> None:
        """Close the file. The nonce stays, so that an orphan still detects that it was replaced."""
        os.close(self._file)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def remove(path: str | os.PathLike, keys: set[str]) -> int:
    """Remove records from a ledger, and save them in the file `forgotten-<time>.jsonl` beside it.

    Parameters
    ----------
    path : path-like
        The ledger.
    keys : set of str
        Keys of the records to remove.

    Returns
    -------
    int
        Number of removed records.
    """
    path = Path(path)
    lines = path.read_bytes().splitlines() if path.exists() else []
    removed = [line for line in lines if (record := decode(line)) and record["key"] in keys]
    if not removed:
        return 0
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    write_text(path.with_name(f"forgotten-{stamp}.jsonl"), b"".join(line + b"\n" for line in removed).decode())
    removed_lines = set(removed)
    with replacing(path) as temporary:
        temporary.write_bytes(b"".join(line + b"\n" for line in lines if line not in removed_lines))
    # A writer that is still running has the old file open: the new nonce stops it.
    write_text(path.with_suffix(".writer"), secrets.token_hex(8))
    return len(removed)
