"""Check what a config names once for each state of config, code and versions: the imports take seconds, and a workflow is started often."""

from pathlib import Path
from typing import Any

from foldwork.study.checks.check_config import check_in_subprocess
from foldwork.study.versions import dependencies, digest

STAMPS = Path(".snakemake/foldwork")
"""Holds an empty file for each state that has passed."""


def check_once(settings: dict[str, Any]) -> None:
    """Check a validated config, unless it has passed in this study with the same source of the user's modules and the same versions.

    Raises
    ------
    FoldworkError
        For the first mistake, in one line.
    """
    stamp = STAMPS / f"checked-{digest([settings, dependencies(settings, Path.cwd())])[:24]}"
    if not stamp.exists():
        check_in_subprocess(settings)
        STAMPS.mkdir(parents=True, exist_ok=True)
        stamp.touch()
