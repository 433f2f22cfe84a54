"""The files that a dataset comes from, and the digests of their content.

A digest is taken when the Snakefile is parsed, and kept with what the file system says of the file (size, times, inode): so a large file is read once
for it, and a change is seen even if it leaves the time of the file as it was.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import write_json
from foldwork.study.messages import wrong

KNOWN = Path(".snakemake/foldwork/content.json")
"""The digests of files that have been read."""


def files_of(dataset: dict[str, Any]) -> list[str]:
    """Return the files that a dataset comes from: its `file`, its `inputs`, and those that its `args` name.

    Parameters
    ----------
    dataset : dict
        Its part of the config. Of a folder in `inputs` every file counts.
    """
    found = [dataset["file"]] if dataset.get("file") else []
    for name in dataset.get("inputs") or []:
        found += sorted(map(str, _files_below(Path(name)))) if Path(name).is_dir() else [name]
    paths = (os.path.expanduser(text) for text in _strings(dataset.get("args") or {}))  # as pandas does
    found += [path for path in paths if _is(Path.is_file, path)]
    return list(dict.fromkeys(found))


def folders_left_out(dataset: dict[str, Any]) -> list[str]:
    """Return the folders that a dataset's `args` name and its `inputs` do not: what changes in them is not noticed.

    They are not looked into unasked, for a loader may keep things there of its own (`data_home`).
    """
    named = [Path(name).resolve() for name in dataset.get("inputs") or []]
    return [
        text
        for text in dict.fromkeys(_strings(dataset.get("args") or {}))
        if _is(Path.is_dir, path := os.path.expanduser(text))
        and not any(
            Path(path).resolve().is_relative_to(name) or name.is_relative_to(Path(path).resolve()) for name in named
        )
    ]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _is(kind: Callable[[Path], bool], text: str) -> bool:
    try:
        return bool(text) and kind(Path(text))
    except (OSError, ValueError):  # too long for a name, or with a zero byte in it
        return False


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def check(name: str, dataset: dict[str, Any]) -> None:
    """Refuse a dataset with a file that is not there.

    Raises
    ------
    FoldworkError
        Names the key of the config.
    """
    if dataset.get("file") and not Path(dataset["file"]).is_file():
        raise wrong(["datasets", name, "file"], f"there is no file {dataset['file']}")
    for place, text in enumerate(dataset.get("inputs") or []):
        if not Path(text).exists():
            raise wrong(["datasets", name, "inputs", place], f"there is no file or folder {text}")


def content(files: list[str]) -> dict[str, str | None]:
    """Return the SHA-256 of each file's bytes; None where it is not there (another rule may make it)."""
    known = _known()
    found: dict[str, str | None] = {}
    new = {}
    for name in files:
        path = os.path.abspath(name)
        try:
            stamp = _stamp(path)
            if known.get(path, [None])[0] != stamp:
                with open(path, "rb") as file:
                    new[path] = [stamp, hashlib.file_digest(file, "sha256").hexdigest()]
            found[name] = (new.get(path) or known[path])[1]
        except FileNotFoundError:
            found[name] = None
        except OSError as error:
            raise FoldworkError(f"{name}: {error.strerror}") from error
    if new:
        with contextlib.suppress(OSError):  # a full disk: then it is read again
            write_json(KNOWN, {**_known(), **new})
    return found


def check_unchanged(where: str, before: dict[str, str | None]) -> None:
    """Refuse data whose files have changed since their digests were taken.

    Raises
    ------
    FoldworkError
    """
    after = content(list(before))
    for name in before:
        if before[name] not in (None, after[name]):
            raise FoldworkError(f"{where}: {name} has changed while it was read; run snakemake again")


def check_source(folder: Path, found: Any, wanted: Any) -> None:
    """Refuse what was made from another config than the present one (None: not known here).

    Raises
    ------
    FoldworkError
        Names the folder to remove.
    """
    if wanted is not None and found != wanted:
        raise FoldworkError(
            f"{folder} was made from another config than the present one; remove it and run snakemake again"
        )


def _known() -> dict[str, Any]:
    try:
        found = json.loads(KNOWN.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _stamp(path: str) -> list[int]:
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
