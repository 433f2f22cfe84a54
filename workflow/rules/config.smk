# Mistakes in the config end the parsing with one line, before Snakemake reads the file itself.
import sys
from pathlib import Path

from foldwork.study.config import read
from foldwork.errors import FoldworkError


def or_one_line(function, *args):
    """Call a function; a mistake of the person's ends the parsing with its line."""
    try:
        return function(*args)
    except FoldworkError as error:
        sys.exit(f"foldwork: {error}")


if not workflow.configfiles and not workflow.modifier.skip_configfile:
    or_one_line(read, ["config/config.yaml"])
