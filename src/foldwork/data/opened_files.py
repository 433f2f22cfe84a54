"""Note which files of a study are read while a loader runs."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

NOT_DATA = (".py", ".pyc", ".so")
"""Endings of code, whose changes are noticed in another way."""


class OpenedFiles:
    """Files below a folder that Python code opens for reading.

    What compiled code opens by itself (pyarrow, say) is not seen. The hook stays in the process, as Python cannot remove it.

    Parameters
    ----------
    folder : Path
        The study's directory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._found: dict[str, None] | None = {}
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and self._found is not None and isinstance(arguments[0], (str, bytes, os.PathLike)):
            path, mode, flags = arguments
            writes = "r" not in mode if isinstance(mode, str) else bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))
            if not writes:
                self._found[os.fsdecode(path)] = None

    def end(self, known: Iterable[str]) -> list[str]:
        """Stop noting; return the data files that are not among the known ones, relative to the folder."""
        found, self._found = self._found or {}, None
        expected = {Path(name).resolve() for name in known}
        paths = dict.fromkeys(Path(name).resolve() for name in found)
        return [
            str(path.relative_to(self._folder))
            for path in paths
            if path.is_relative_to(self._folder)
            and path not in expected
            and path.suffix not in NOT_DATA
            and path.is_file()
            and not any(part.startswith(".") for part in path.relative_to(self._folder).parts)
        ]
