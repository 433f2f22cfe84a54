"""Check what a config names once for each state of config, code and versions: the imports take seconds, and a workflow is started often."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from foldwork.study.checks.check_config import begin_check
from foldwork.study.versions import dependencies, digest
from foldwork.workflow.served_scripts import start_module

STAMPS = Path(".snakemake/foldwork")
"""Holds an empty file for each state that has passed."""


def check_once(settings: dict[str, Any]) -> Callable[[], None]:
    """Begin to check a validated config, unless it has passed in this study with the same source of the user's modules and the same versions.

    Returns
    -------
    callable
        Waits for the end of the check, which goes on beside the rest of the workflow's definition. It raises a FoldworkError for the first mistake,
        in one line.
    """
    stamp = STAMPS / f"checked-{digest([settings, dependencies(settings, Path.cwd())])[:24]}"
    if stamp.exists():
        return lambda: None
    finish = begin_check(settings, start_module)

    def wait() -> None:
        finish()
        STAMPS.mkdir(parents=True, exist_ok=True)
        stamp.touch()

    return wait
