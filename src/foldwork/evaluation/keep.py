"""Store the predictions of the evaluations that an engine runs, in a file of its own."""

import os
from pathlib import Path
from typing import Any

from foldwork.evaluation.responses import Copied, Wanted
from foldwork.storage.file_names import PREDICTIONS
from foldwork.storage.predictions import Appender

FLUSH_AT = 1 << 24
"""Bytes that are collected at most before they are written."""

_appenders: dict[tuple[str, int], Appender] = {}
"""By the search's folder and the id of this process."""


class Keeper:
    """Stores predictions of the evaluations of one bundle.

    Parameters
    ----------
    wanted : dict or None
        `folder`, that of the search; `train`, whether to store train predictions; `ask` and `scores`, see `responses.Wanted`;
        `limit`, the number of bytes after which this engine stores nothing (None: no limit). None stores nothing.
    """

    def __init__(self, wanted: dict[str, Any] | None) -> None:
        self._wanted = wanted
        self._classes: dict[bytes, Any] = {}

    @property
    def wanted(self) -> Wanted:
        """Which predictions an evaluation is to keep."""
        if self._wanted is None:
            return Wanted()
        limit = self._wanted["limit"]
        if limit is not None and self._appender().size >= limit:
            return Wanted()
        parts = ("test", "train") if self._wanted["train"] else ("test",)
        return Wanted(parts, tuple(self._wanted["ask"]), self._wanted["scores"])

    def store(self, described: dict[str, Any]) -> dict[str, Any]:
        """Append the arrays of `responses.described`; return it with references in their place, and the `file` that they refer to."""
        appender = self._appender()
        found = {
            "file": f"{PREDICTIONS}/{appender.path.name}",
            "type": described["type"],
            "methods": described["methods"],
        }
        for part in [part for part in ("test", "train") if part in described]:
            found[part] = {name: self._add(value) for name, value in described[part].items()}
        found["classes"] = self._add_classes(described["classes"])
        if appender.pending > FLUSH_AT:
            appender.flush()
        return found

    def flush(self) -> None:
        """Write what was stored. Records with references to it must not leave this engine before."""
        if self._wanted is not None:
            self._appender().flush()

    def _appender(self) -> Appender:
        name = (self._wanted["folder"], os.getpid())
        if name not in _appenders:
            _appenders[name] = Appender(Path(self._wanted["folder"]) / PREDICTIONS)
        return _appenders[name]

    def _add(self, value: Any) -> Any:
        if isinstance(value, Copied):
            return self._appender().add(value.array, exact=value.exact)
        if isinstance(value, list):
            found = [self._add(each) for each in value]
            return None if None in found else found
        return None

    def _add_classes(self, value: Any) -> Any:
        """Append classes unless the last evaluation of this bundle had the same."""
        if not isinstance(value, Copied):
            return self._add(value)
        name = f"{value.array.dtype} {value.array.tolist()}".encode()
        if name not in self._classes:
            self._classes[name] = self._add(value)
        return self._classes[name]
