"""Refuse results of a run during which the user's code, or a file that an estimator reads, has changed."""

import os
from pathlib import Path

from foldwork.errors import FoldworkError
from foldwork.records.request import Request
from foldwork.study.source_code import drop_bytecode
from foldwork.study.versions import dependencies, files_behind


class SourceGuard:
    """Compares the files behind a request with their state when the request was made.

    An engine imports modules when it starts, so one that replaces another would evaluate the new code under the key of the old.

    Parameters
    ----------
    request : Request
    study : Path
        Directory of the study.
    """

    def __init__(self, request: Request, study: Path) -> None:
        self._request, self._study = request, study
        self._specs = {model: [spec, request.made[model]["how"]] for model, spec in request.spec["models"].items()}
        self._files = sorted(files_behind(list(self._specs.values()), study))
        drop_bytecode(self._files)
        self._status = self._look()

    def check(self) -> None:
        """Raise if a file has changed. Files whose size and times have not changed are not read.

        Raises
        ------
        FoldworkError
        """
        if (status := self._look()) == self._status:
            return
        for model, spec in self._specs.items():
            before, now = self._request.made[model]["versions"], dependencies(spec, self._study, files=True)
            if changed := sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name)):
                raise FoldworkError(
                    f"{self._request.name}: {changed[0]} has changed during the run; what was evaluated since the last "
                    "append is not recorded, run snakemake again"
                )
        self._status = status

    def _look(self) -> list[tuple[int, int, int] | None]:
        found = []
        for path in self._files:
            try:
                status = os.stat(path)
                found.append((status.st_size, status.st_mtime_ns, status.st_ino))
            except OSError:
                found.append(None)
        return found
