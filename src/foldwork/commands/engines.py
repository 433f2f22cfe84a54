"""`foldwork engines`: the engines of a search."""

import argparse
import csv
from pathlib import Path
from typing import Any

from foldwork.commands.search_folders import folder_of, running
from foldwork.errors import FoldworkError
from foldwork.storage.file_names import ENGINES

HELP = "Show the engines of a search with node, load and memory. `foldwork engines add SEARCH -n 4` adds four."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")
    parser.add_argument("--connect", action="store_true", help="print Python code that connects an ipyparallel client")


def run(options: argparse.Namespace) -> None:
    """Print the engines, or the code that connects to them."""
    folder = folder_of(options.results, options.search)
    live = running(folder)
    if options.connect:
        print(_connect(folder, live))
        return
    if live:
        rows = live["engines"]
    else:
        path = folder / ENGINES
        rows = list(csv.DictReader(path.open())) if path.exists() else []
        print("not running; the engines of the last run:")
    titles = ("evaluations", "busy", "peak MB", "unshared", "shared", "host free GB")
    print(f"{'node':<16} {'pid':>8} {titles[0]:>11} {titles[1]:>6} " + " ".join(f"{title:>8}" for title in titles[2:]))
    for row in rows:
        print(_row(row))


def _connect(folder: Path, live: dict[str, Any] | None) -> str:
    """Return Python code that connects an ipyparallel client."""
    if not live:
        raise FoldworkError(f"{folder.name} is not running: there is nothing to connect to")
    name = live["connection"]
    if name.endswith(".json") and not Path(name).exists():
        raise FoldworkError(f"{folder.name} is still starting: try again in a few seconds")
    argument = repr(name) if name.endswith(".json") else f"profile={name!r}"
    return (
        f"import ipyparallel\n\nclient = ipyparallel.Client({argument})\nview = client[:]  # DirectView of all engines"
    )


def _row(row: dict[str, Any]) -> str:
    """Return the line of an engine."""
    span = max(1e-9, float(row["last"]) - float(row["first"]))
    busy = f"{min(1.0, max(0.0, float(row['busy'])) / span):.0%}"
    mb = [f"{float(row[name]) / 1e6:.0f}" if row.get(name) else "-" for name in ("peak", "unshared", "shared")]
    free = f"{float(row['free']) / 1e9:.1f}" if row.get("free") else "-"
    memory = f"{mb[0]:>8} {mb[1]:>8} {mb[2]:>8} {free:>12}"
    return f"{row['node']:<16} {row['pid']:>8} {row['evaluations']:>11} {busy:>6} {memory}"
