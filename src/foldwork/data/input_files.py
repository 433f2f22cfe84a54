"""Find the files that a dataset is read from, and digest their content.

Digests are computed when the Snakefile is parsed, and cached with size, times and inode of the file. So a large file is read once, and a change is
noticed even if the modification time stays the same.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from foldwork.data.file_digest import file_sha256
from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import write_json
from foldwork.study.messages import config_error

CACHE = Path(".snakemake/foldwork/content.json")
"""Digests of files: absolute path to [status, SHA-256]."""


def files_of(dataset: dict[str, Any]) -> list[str]:
    """Return the files that a dataset is read from: its `file`, its `inputs` (all files of a folder), and files that its `args` name.

    Parameters
    ----------
    dataset : dict
        Its part of the config.
    """
    found = [dataset["file"]] if dataset.get("file") else []
    for name in dataset.get("inputs") or []:
        found += sorted(map(str, _files_below(Path(name)))) if Path(name).is_dir() else [name]
    paths = (os.path.expanduser(text) for text in _strings(dataset.get("args") or {}))  # as pandas does
    found += [path for path in paths if _is(Path.is_file, path)]
    return list(dict.fromkeys(found))


def unwatched_folders(dataset: dict[str, Any]) -> list[str]:
    """Return the folders in a dataset's `args` that its `inputs` do not include: changes in them are not noticed.

    They are not inputs by default, since a loader may write files of its own into such a folder (`data_home`).
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
    """Refuse a dataset with a missing file.

    Raises
    ------
    FoldworkError
        Names the key of the config.
    """
    if dataset.get("file") and not Path(dataset["file"]).is_file():
        raise config_error(["datasets", name, "file"], f"there is no file {dataset['file']}")
    for place, text in enumerate(dataset.get("inputs") or []):
        if not Path(text).exists():
            raise config_error(["datasets", name, "inputs", place], f"there is no file or folder {text}")


def content(files: list[str]) -> dict[str, str | None]:
    """Return the SHA-256 of each file's bytes; None for a missing file, which another rule may make."""
    cached = _cached()
    found: dict[str, str | None] = {}
    new = {}
    for name in files:
        path = os.path.abspath(name)
        try:
            status = _status(path)
            if cached.get(path, [None])[0] != status:
                new[path] = [status, file_sha256(path)]
            found[name] = (new.get(path) or cached[path])[1]
        except FileNotFoundError:
            found[name] = None
        except OSError as error:
            raise FoldworkError(f"{name}: {error.strerror}") from error
    if new:
        with contextlib.suppress(OSError):  # on a full disk the files are read again next time
            write_json(CACHE, {**_cached(), **new})
    return found


def check_unchanged(where: str, before: dict[str, str | None]) -> None:
    """Refuse data whose files have changed since their digests were computed.

    Raises
    ------
    FoldworkError
    """
    after = content(list(before))
    for name in before:
        if before[name] not in (None, after[name]):
            raise FoldworkError(f"{where}: {name} has changed while it was read; run snakemake again")


def check_source(folder: Path, found: Any, wanted: Any) -> None:
    """Refuse a persisted dataset or splits that were made from another config than the present one.

    Parameters
    ----------
    folder : Path
        The folder of the dataset or splits.
    found, wanted : JSON-able
        The config that they were made from, and the present one (None: not known).

    Raises
    ------
    FoldworkError
        Names the folder to remove.
    """
    if wanted is not None and found != wanted:
        raise FoldworkError(
            f"{folder} was made from another config than the present one; remove it and run snakemake again"
        )


def source_of_splits(splits: dict[str, Any]) -> dict[str, Any]:
    """Return what folds are made from: `dataset` and `cv`, and `holdout` if rows are held out.

    Parameters
    ----------
    splits : dict
        Splits in the config, or the content of splits.json.
    """
    source = {key: splits.get(key) for key in ("dataset", "cv")}
    return source | ({"holdout": splits["holdout"]} if splits.get("holdout") else {})


def _cached() -> dict[str, Any]:
    try:
        found = json.loads(CACHE.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _status(path: str) -> list[int]:
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
