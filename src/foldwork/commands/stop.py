"""`foldwork stop`: end a search early."""

import argparse

from foldwork.commands.search_folders import folder_of, running
from foldwork.commands.status import status
from foldwork.storage.file_names import STOP

HELP = "End a search early: what is in flight ends, tables and plots are made from what there is."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")


def run(options: argparse.Namespace) -> None:
    """Leave a file that stops the search."""
    folder = folder_of(options.results, options.search)
    live = running(folder)
    if not live and status(folder).state == "complete":
        print(f"{folder.name} is complete: there is nothing to stop")
        return
    (folder / STOP).touch()
    consequence = (
        "is asked to stop; tables and plots are made from what there is"
        if live
        else "will not be evaluated further; snakemake makes tables and plots from what there is"
    )
    print(f"{folder.name} {consequence}; `foldwork resume {folder.name}` undoes it")
