# Check that the config can be read before Snakemake reads it, to report mistakes in one line.
import sys
from pathlib import Path

from foldwork.study.config import read
from foldwork.errors import FoldworkError


def or_one_line(function, *args):
    """Call a function. On a FoldworkError, exit with its message."""
    try:
        return function(*args)
    except FoldworkError as error:
        sys.exit(f"foldwork: {error}")


if not workflow.configfiles and not workflow.modifier.skip_configfile:
    or_one_line(read, ["config/config.yaml"])
