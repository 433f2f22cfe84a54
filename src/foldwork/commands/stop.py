"""`foldwork stop`: end a search early."""

import argparse

from foldwork.commands.search_folders import folder_of, running
from foldwork.commands.status import status
from foldwork.storage.file_names import STOP

HELP = "End a search early: running evaluations finish, tables and plots are made from the recorded evaluations."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")


def run(options: argparse.Namespace) -> None:
    """Create the file that stops the search."""
    folder = folder_of(options.results, options.search)
    live = running(folder)
    if not live and status(folder).state == "complete":
        print(f"{folder.name} is complete: there is nothing to stop")
        return
    (folder / STOP).touch()
    consequence = (
        "is stopping; tables and plots are made from the recorded evaluations"
        if live
        else "is stopped; snakemake makes tables and plots from the recorded evaluations"
    )
    print(f"{folder.name} {consequence}; `foldwork resume {folder.name}` undoes it")
