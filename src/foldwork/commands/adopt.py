"""`foldwork adopt`: take over records from elsewhere: another folder of results, of a colleague or another cluster. Searches look there before they evaluate.

They are kept beside the results, in a ledger for each search that they come from, so that they can be adopted before a search has run, and while
one runs. Whether a record serves is decided where it is looked for: its key must follow from how it was made, its parameters and this study's folds.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from foldwork.commands.search_folders import SECTIONS, folders, request_of
from foldwork.errors import FoldworkError
from foldwork.records.requested import Requested
from foldwork.records.serving import Notes, made_in, unused
from foldwork.storage import ledger
from foldwork.storage.atomic_write import replacing
from foldwork.storage.file_names import ADOPTED, LEDGER, STOP

KINDS = dict(zip(("search", "clustering"), SECTIONS, strict=True))


HELP = "Take over the records of another results folder; the next snakemake uses those that serve."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("path", type=Path, metavar="PATH", help="a results folder, one search's, or a ledger")


def run(options: argparse.Namespace) -> None:
    """Adopt the records."""
    for line in adopt(options.path, options.results):
        print(line)


def adopt(source: Path, results: Path) -> Iterator[str]:
    """Copy the sound records of another place's ledgers.

    Parameters
    ----------
    source : Path
        A results folder, the folder of one search or clustering, or a ledger.
    results : Path
        This study's results.

    Yields
    ------
    str
        What was done, a line for each ledger; then what of it each search that has been started can use, a line each.

    Raises
    ------
    FoldworkError
        When there is no ledger.
    """
    taken: dict[str, list[Path]] = {section: [] for section in SECTIONS}
    for path in _ledgers(source, results):
        section, line = _copy(path, results)
        if section:
            taken[section].append(_place(path, results, section))
        yield line
    for folder in folders(results):
        if paths := taken[folder.parent.name]:
            yield from _of_use(folder, paths)


def _ledgers(source: Path, results: Path) -> list[Path]:
    """Return the ledgers that a path stands for."""
    if source.is_file():
        found = [source]
    elif (source / LEDGER).exists():
        found = [source / LEDGER]
    else:
        found = [path for section in SECTIONS for path in sorted((source / section).glob(f"*/{LEDGER}"))]
    if not found:
        there = "holds no ledger" if source.exists() else "there is no such file or folder"
        raise FoldworkError(
            f"{source}: {there}; a results folder, the folder of one search in it, or a ledger.jsonl would be right"
        )
    if any(path.resolve().is_relative_to(results.resolve()) for path in found):
        raise FoldworkError(
            f"{source}: belongs to these results; searches of one study use each other's records anyway"
        )
    return found


def _name(path: Path) -> str:
    return path.resolve().parent.name if path.name == LEDGER else path.stem


def _place(path: Path, results: Path, section: str) -> Path:
    return results / ADOPTED / section / f"{_name(path)}.jsonl"


def _copy(path: Path, results: Path) -> tuple[str | None, str]:
    """Add the sound records of one ledger to what has been adopted; return their section (None where nothing can be used), and what to say."""
    made = made_in(path)
    kinds = {KINDS.get(each["kind"]) for each in made.values()}
    if len(kinds) != 1 or None in kinds:
        return None, f"{path}: does not say how its records were made: nothing is adopted"
    (section,) = kinds
    place = _place(path, results, section)
    known = {record["key"] for record in ledger.read(place)}
    lines, counts = [], Counter()
    for key, line in ledger.lines_of(path):
        record = ledger.decode(line)
        if record is None:
            counts["damaged"] += 1
        elif key.startswith(ledger.MADE):
            lines += [line] * (key not in known)
        elif record.get("made") not in made:
            counts["that do not say how they were made"] += 1
        elif record.get("final") is False:
            counts["of evaluations that ended their engines or took too long"] += 1
        elif key in known:
            counts["adopted before"] += 1
        else:
            counts[""] += 1
            lines.append(line)
        known.add(record["key"] if record else "")
    if counts[""]:
        with replacing(place) as temporary:
            old = place.read_bytes() if place.exists() else b""
            temporary.write_bytes(old + b"".join(line + b"\n" for line in lines))
    left = ", ".join(f"{count:,} {why}" for why, count in counts.items() if why)
    return section, f"{path}: {counts['']:,} records adopted" + (f"; not {left}" if left else "")


def _of_use(folder: Path, paths: list[Path]) -> Iterator[str]:
    """Say what a search that has been started can use of adopted ledgers, and why not the rest."""
    request = request_of(folder)
    requested = Requested(request)
    missing = set(requested.different) - {e.key for e, _ in requested.records(folder / LEDGER)}
    if not missing:
        return
    found, reasons = set(), []
    for path in paths:
        notes, made = Notes(), made_in(path)
        found |= {e.key for e, _ in requested.records(path, made=made, notes=notes)} & missing
        reasons += unused(notes, made, request)
    goes_on = (
        f"; foldwork resume {folder.name}, then snakemake, takes them"
        if (folder / STOP).exists()
        else "; snakemake takes them"
    )
    yield f"{folder.name}: {len(found):,} of its {len(missing):,} missing evaluations are among them{goes_on if found else ''}"
    yield from (f"{folder.name}: {line}" for line in dict.fromkeys(reasons))
