"""`foldwork predict`: predict a file of new data with the fitted model of a search."""

import argparse
import sys
from pathlib import Path

from foldwork.errors import FoldworkError

HELP = "Predict new data with the fitted model of a search."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="results folder of a search, or its name")
    parser.add_argument("data", metavar="DATA", help="file with the columns that the model was fitted on")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help=".csv, .tsv or .parquet (default: the screen)"
    )
    parser.add_argument("--proba", action="store_true", help="add the probability of each class")
    parser.add_argument(
        "--drop", nargs="+", action="extend", default=[], metavar="COLUMN", help="columns of DATA that are not used"
    )
    parser.add_argument(
        "--no-threshold",
        action="store_true",
        help="predict as the model itself does, where the search has chosen a decision threshold",
    )


def run(options: argparse.Namespace) -> None:
    """Write the predictions."""
    from foldwork.model.model import read_model
    from foldwork.model.predict import predictions, write, write_csv

    folder = Path(options.model)
    if not folder.is_dir():
        folder = options.results / "searches" / options.model
    if not Path(options.data).is_file():
        raise FoldworkError(f"{options.data}: there is no such file")
    model = read_model(folder, threshold=not options.no_threshold)
    if differing := model.other_versions():
        print(
            f"foldwork: warning: the model was fitted with {'; '.join(differing)}: predictions may differ",
            file=sys.stderr,
        )
    if model.threshold is not None:
        where, response = model.threshold["threshold"], model.threshold["response_method"]
        print(
            f"foldwork: labels follow the threshold of the search, {where!r} ({response}); --no-threshold predicts without it",
            file=sys.stderr,
        )
    tables = predictions(model, options.data, options.proba, options.drop)
    if options.output is None:
        write_csv(tables, sys.stdout)
    else:
        print(f"{options.output}: {write(tables, options.output, options.data):,} rows")
