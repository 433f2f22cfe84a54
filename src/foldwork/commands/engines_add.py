"""`foldwork engines add`: add engines to a running search."""

import argparse

from foldwork.commands.search_folders import folder_of, running
from foldwork.engines.add_engines import add
from foldwork.errors import FoldworkError

HELP = (
    "Add engines to a running search. On Slurm they are submitted as a job with the partition, account, memory and time of the search. "
    "Further options for sbatch follow after --."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")
    parser.add_argument("-n", dest="count", type=int, default=1, help="number of engines (default: 1)")


def run(options: argparse.Namespace) -> None:
    """Start engines that connect to the controller of the search."""
    folder = folder_of(options.results, options.search)
    live = running(folder)
    if not live:
        raise FoldworkError(f"{folder.name} is not running: engines can only be added to a running search")
    print(add(folder, live, options.count, options.rest))
