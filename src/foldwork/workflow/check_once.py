"""Check a config deeply once: the imports take seconds, and a workflow is started often."""

from pathlib import Path
from typing import Any

from foldwork.study.deep_check import check_once
from foldwork.study.versions import dependencies, digest

STAMPS = Path(".snakemake/foldwork")


def check_unless_done(settings: dict[str, Any]) -> None:
    """Run `check_once`, unless this very config has passed it in this study, with this source of its own modules and these versions.

    Raises
    ------
    FoldworkError
        For the first mistake, in one line.
    """
    stamp = STAMPS / f"checked-{digest([settings, dependencies(settings, Path.cwd())])[:24]}"
    if not stamp.exists():
        check_once(settings)
        STAMPS.mkdir(parents=True, exist_ok=True)
        stamp.touch()
