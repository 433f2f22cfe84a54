"""Check everything that a config names, in this process or in one of its own."""

import json
import sys
import tempfile
import warnings
from collections.abc import Callable
from typing import IO, Any

from foldwork.errors import FoldworkError
from foldwork.study.checks.clusterings import check_clustering
from foldwork.study.checks.curves import check_curve
from foldwork.study.checks.datasets import check_dataset
from foldwork.study.checks.searches import check_search
from foldwork.study.checks.splits import check_split
from foldwork.study.checks.user_errors import errors_at

SECTIONS = {
    "datasets": check_dataset,
    "splits": check_split,
    "searches": check_search,
    "clusterings": check_clustering,
    "curves": check_curve,
}
"""Each check takes a part of the config, its path and the config, and returns warnings."""


def check_config(config: dict[str, Any]) -> list[str]:
    """Import everything that a validated config names and check how it is used.

    Parameters
    ----------
    config : dict
        As `foldwork.study.config.validate` returns it. The study's directory is on `sys.path`.

    Returns
    -------
    list of str
        Warnings, a line each: what draws random numbers without a seed.

    Raises
    ------
    FoldworkError
        For the first mistake in the order of the config, in one line that begins with `config:` and the key.
    """
    found: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # from constructors: the jobs show them
        for section, parts in config.items():
            for name, part in parts.items():
                with errors_at([section, name]):
                    found += SECTIONS[section](part, [section, name], config)
    return found


def begin_check(config: dict[str, Any], start: Callable[[str, IO, IO, IO], Callable[[], int]]) -> Callable[[], None]:
    """Start `check_config` in a process of its own in this working directory, the study's.

    For the Snakefile's process, which must import neither scikit-learn nor the user's modules.

    Parameters
    ----------
    config : dict
    start : callable
        `start(module, given, said, errors)` starts a module as a program with these files as its standard streams, and returns a function that waits
        for its exit code.

    Returns
    -------
    callable
        Waits for the end of the process, and shows the warnings on standard error. It raises a FoldworkError with the error of `check_config`, or with
        how the process ended: one of the user's modules may end it.
    """
    given, said, errors = (tempfile.NamedTemporaryFile("w+") for _ in range(3))  # noqa: SIM115
    given.write(json.dumps(config))
    given.seek(0)
    wait = start("foldwork.study.checks", given, said, errors)

    def finish() -> None:
        code = wait()
        with given, said, errors:
            said.seek(0)
            errors.seek(0)
            lines = [line for line in errors.read().splitlines() if line.strip()] or [f"exit code {code}"]
            warnings_of_check = said.read()
        if code:
            mistakes = [line for line in lines if line.startswith("config: ")]
            raise FoldworkError(mistakes[-1] if mistakes else f"config: cannot be checked: {lines[-1]}")
        print(warnings_of_check, end="", file=sys.stderr)

    return finish
