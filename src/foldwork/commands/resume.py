"""`foldwork resume`: continue a stopped search."""

import argparse

from foldwork.commands.search_folders import folder_of
from foldwork.storage.atomic_write import read_json
from foldwork.storage.file_names import EVALUATED, STOP

HELP = "Continue a stopped search with the next snakemake."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")


def run(options: argparse.Namespace) -> None:
    """Remove the file that stops the search, and evaluated.json unless the search is complete."""
    folder = folder_of(options.results, options.search)
    (folder / STOP).unlink(missing_ok=True)
    evaluated = folder / EVALUATED
    try:
        complete = read_json(evaluated)["state"] == "complete"
    except (OSError, ValueError, KeyError):
        complete = False  # missing or damaged: it is made again
    if complete:
        print(f"{folder.name} is complete: there is nothing to resume")
        return
    evaluated.unlink(missing_ok=True)
    print(f"{folder.name} continues with the next snakemake, without targets or with {evaluated}")
