"""`foldwork adopt`: copy records from another results folder, of a colleague or another cluster. Searches use them instead of evaluating again.

The copies are in ledgers beside the results, one for each source. So they can be adopted before a search has run and while it runs. A search uses
a record only if its key follows from how it was made, its parameters and the folds of this study.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from foldwork.commands.search_folders import SECTIONS, folders, request_of, requested_of
from foldwork.errors import FoldworkError
from foldwork.records.reuse import section_of_records
from foldwork.records.serving import ReadReport, read_made, report_unused
from foldwork.storage import ledger
from foldwork.storage.atomic_write import replacing
from foldwork.storage.file_names import ADOPTED, LEDGER, STOP

KINDS = {"search": "searches", "clustering": "clusterings"}
"""Kind of records to the section that they are adopted for: those of curves are records of searches."""


HELP = "Copy the records of another results folder. The next snakemake uses those that match requested evaluations."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "path", type=Path, metavar="PATH", help="a results folder, the folder of one search, or a ledger"
    )


def run(options: argparse.Namespace) -> None:
    """Adopt records."""
    for line in adopt(options.path, options.results):
        print(line)


def adopt(source: Path, results: Path) -> Iterator[str]:
    """Copy the undamaged records of other ledgers.

    Parameters
    ----------
    source : Path
        A results folder, the folder of one search or clustering, or a ledger.
    results : Path
        The results folder of this study.

    Yields
    ------
    str
        Lines for the screen: what was copied from each ledger, then how many of these records each started search can use.

    Raises
    ------
    FoldworkError
        When `source` has no ledger, or belongs to `results`.
    """
    copied: dict[str, list[Path]] = {section: [] for section in SECTIONS}
    for path in _ledgers(source, results):
        section, line = _copy(path, results)
        if section:
            copied[section].append(_destination(path, results, section))
        yield line
    for folder in folders(results):
        if paths := copied[section_of_records(folder)]:
            yield from _usable(folder, paths)


def _ledgers(source: Path, results: Path) -> list[Path]:
    """Return the ledgers in a results folder, in the folder of a search, or the ledger itself."""
    if source.is_file():
        found = [source]
    elif (source / LEDGER).exists():
        found = [source / LEDGER]
    else:
        found = [path for section in SECTIONS for path in sorted((source / section).glob(f"*/{LEDGER}"))]
    if not found:
        there = "has no ledger" if source.exists() else "there is no such file or folder"
        raise FoldworkError(
            f"{source}: {there}; give a results folder, the folder of a search in it, or a ledger.jsonl"
        )
    if any(path.resolve().is_relative_to(results.resolve()) for path in found):
        raise FoldworkError(
            f"{source}: is part of these results; searches of one study use each other's records without adopting"
        )
    return found


def _name(path: Path) -> str:
    return path.resolve().parent.name if path.name == LEDGER else path.stem


def _destination(path: Path, results: Path, section: str) -> Path:
    return results / ADOPTED / section / f"{_name(path)}.jsonl"


def _copy(path: Path, results: Path) -> tuple[str | None, str]:
    """Copy the undamaged records of one ledger. Return their section (None if nothing can be used), and a line for the screen."""
    made = read_made(path)
    kinds = {KINDS.get(each["kind"]) for each in made.values()}
    if len(kinds) != 1 or None in kinds:
        return None, f"{path}: has no description of how its records were made: nothing is adopted"
    (section,) = kinds
    destination = _destination(path, results, section)
    known = {record["key"] for record in ledger.read(destination)}
    lines, counts = [], Counter()
    for key, line in ledger.keys_and_lines(path):
        record = ledger.decode(line)
        if record is None:
            counts["damaged"] += 1
        elif key.startswith(ledger.MADE):
            lines += [line] * (key not in known)
        elif key.startswith(ledger.PREDICTIONS):
            continue
        elif record.get("made") not in made:
            counts["without a description of how they were made"] += 1
        elif record.get("final") is False:
            counts["of evaluations that ended their engines or timed out"] += 1
        elif key in known:
            counts["adopted before"] += 1
        else:
            counts[""] += 1
            # Stored predictions are not copied, and a record must not refer to files of another study.
            here = {name: value for name, value in record.items() if name != "predictions"}
            lines.append(ledger.encode(here).encode() if "predictions" in record else line)
        known.add(record["key"] if record else "")
    if counts[""]:
        with replacing(destination) as temporary:
            old = destination.read_bytes() if destination.exists() else b""
            temporary.write_bytes(old + b"".join(line + b"\n" for line in lines))
    ignored = ", ".join(f"{count:,} {why}" for why, count in counts.items() if why)
    return section, f"{path}: {counts['']:,} records adopted" + (f"; not {ignored}" if ignored else "")


def _usable(folder: Path, paths: list[Path]) -> Iterator[str]:
    """Yield lines: how many records of adopted ledgers a started search can use, and why not the others."""
    request = request_of(folder)
    requested = requested_of(folder)
    missing = set(requested.unique) - {e.key for e, _ in requested.records(folder / LEDGER)}
    if not missing:
        return
    found, reasons = set(), []
    for path in paths:
        report, made = ReadReport(), read_made(path)
        found |= {e.key for e, _ in requested.records(path, made=made, report=report)} & missing
        reasons += report_unused(report, made, request)
    use = (
        f"; foldwork resume {folder.name}, then snakemake, uses them"
        if (folder / STOP).exists()
        else "; snakemake uses them"
    )
    yield f"{folder.name}: {len(found):,} of its {len(missing):,} missing evaluations are among them{use if found else ''}"
    yield from (f"{folder.name}: {line}" for line in dict.fromkeys(reasons))
