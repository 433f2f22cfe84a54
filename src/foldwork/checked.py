"""Run the deep check of a config once: its imports take seconds, and the Snakefile is parsed in every job."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.versions import dependencies, digest

STAMPS = Path(".snakemake/foldwork")


def check_once(settings: dict[str, Any]) -> None:
    """Check what only imports can tell (`foldwork.check`), in a process of its own, unless this very config has been checked before.

    Runs in the study's directory, whose own modules count: when their source or a library's version changes, the check runs again.

    Raises
    ------
    FoldworkError
        For the first mistake, in one line.
    """
    stamp = STAMPS / f"checked-{digest([settings, dependencies(settings, Path.cwd())])[:24]}"
    if stamp.exists():
        return
    found = subprocess.run(
        [sys.executable, "-m", "foldwork.check"],
        input=json.dumps(settings),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    if found.returncode:
        lines = [line for line in found.stderr.splitlines() if line.strip()] or [
            "config: the check ended without a word"
        ]
        raise FoldworkError(lines[-1])
    for line in found.stdout.splitlines():
        print(f"foldwork: {line}", file=sys.stderr)
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.touch()
