"""`foldwork engines add`: let engines join a search that is running."""

import argparse

from foldwork.commands.search_folders import folder_of, running
from foldwork.engines.add_engines import add
from foldwork.errors import FoldworkError

HELP = (
    "Let engines join a search that is running. On Slurm they get a job with the partition, account, memory and time of the search's own; "
    "options for sbatch follow after --."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")
    parser.add_argument("-n", dest="count", type=int, default=1, help="how many (default: 1)")


def run(options: argparse.Namespace) -> None:
    """Start engines that join."""
    folder = folder_of(options.results, options.search)
    live = running(folder)
    if not live:
        raise FoldworkError(f"{folder.name} is not running: engines can only join a search that is")
    print(add(folder, live, options.count, options.rest))
