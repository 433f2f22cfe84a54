"""`foldwork failed`: the errors of failed evaluations."""

import argparse
import json

from foldwork.commands.search_folders import folder_of, recorded, request_of
from foldwork.records import error_kinds

HELP = "Show the errors of failed evaluations, each with its count and an example."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")
    parser.add_argument("--all", action="store_true", help="print one line for each failed evaluation")
    parser.add_argument("--json", action="store_true", help="print one line of JSON for each failed evaluation")


def run(options: argparse.Namespace) -> None:
    """Print the errors."""
    folder = folder_of(options.results, options.search)
    failed = ((evaluation, record) for evaluation, record in recorded(folder) if record["status"] != "ok")
    if options.json:
        folds = request_of(folder).folds
        for evaluation, record in failed:
            print(
                json.dumps(
                    {
                        "model": evaluation.model,
                        "params": evaluation.params,
                        **folds[evaluation.fold].numbers,
                        "error": record["error"],
                    }
                )
            )
    elif options.all:
        for evaluation, record in failed:
            print(f"{evaluation}: {record['error']}")
    else:
        for line in error_kinds.grouped(failed):
            print(line)
