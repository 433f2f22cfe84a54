"""Find records of missing evaluations in the ledgers of other searches of the study, and in adopted ledgers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Made, made_line
from foldwork.records.requested import Requested
from foldwork.records.serving import Record, read_made
from foldwork.records.stored_predictions import Predictions, StoredPredictions, seen_from_beside
from foldwork.storage import ledger
from foldwork.storage.file_names import ADOPTED, LEDGER

SEARCHING = ("searches", "curves")
"""Sections of the results whose records are of one kind."""


def section_of_records(folder: Path) -> str:
    """Return the section whose adopted records may serve the search, clustering or curve of a folder."""
    return SEARCHING[0] if folder.parent.name in SEARCHING else folder.parent.name


@dataclass
class Reused:
    """Records found in other ledgers.

    Attributes
    ----------
    lines : list of str
        Lines to append to the ledger.
    records : list of (Evaluation, record)
        The evaluations that they serve.
    sources : Counter
        Number of records from each ledger, by its name.
    skipped : list of str
        Messages about records that would serve, but are not known to be right.
    """

    lines: list[str] = field(default_factory=list)
    records: list[tuple[Evaluation, Record]] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)


def other_ledgers(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name, path) of the ledgers in which a search, clustering or curve may find records: of others, then adopted ones.

    The records of curves and searches serve each other.

    Parameters
    ----------
    folder : Path
        Results folder of the search or clustering.
    """
    results, own = folder.parent.parent, folder.parent.name
    sections = [own, *(section for section in SEARCHING if section != own and own in SEARCHING)]
    for section in sections:
        for path in sorted((results / section).glob(f"*/{LEDGER}")):
            if path.parent != folder:
                yield path.parent.name if section == own else f"{section}/{path.parent.name}", path
    for path in sorted((results / ADOPTED / section_of_records(folder)).glob("*.jsonl")):
        yield f"{ADOPTED}/{path.stem}", path


def usable_ledgers(requested: Requested, folder: Path) -> list[tuple[str, Path, dict[str, Made]]]:
    """Return name, path and descriptions of how the records were made of all other ledgers that may have records for a request."""
    found = [(name, path, read_made(path)) for name, path in other_ledgers(folder)]
    return [each for each in found if requested.may_use(each[2])]


def find(
    requested: Requested,
    missing: dict[str, Evaluation],
    folder: Path,
    made: dict[str, Made],
    ledgers: list[tuple[str, Path, dict[str, Made]]] | None = None,
) -> Reused:
    """Find records of missing evaluations in other ledgers.

    Parameters
    ----------
    requested : Requested
    missing : dict
        Key to evaluation. It is not changed.
    folder : Path
        Results folder of the search or clustering, with its own ledger.
    made : dict
        How the records of its own ledger were made, by id.
    ledgers : list, optional
        As `usable_ledgers` returns it; by default it is called.

    Returns
    -------
    Reused
        The copied records name their ledger (`from`), and model and fold of this request.
    """
    found, unserved, known = Reused(), dict(missing), dict(made)
    forgotten: dict[str, bool] | None = None
    skipped: dict[str, tuple[str, str]] = {}
    if not unserved:
        return found
    among = None if len(missing) == len(requested.numbers) else requested.numbers_of(missing)
    for name, path, theirs in usable_ledgers(requested, folder) if ledgers is None else ledgers:
        if not unserved:
            break
        if forgotten is None:
            forgotten = _forgotten(requested, folder, made)
        reasons: dict[str, str] = {}
        stored = StoredPredictions(path.parent)
        for evaluation, record in requested.records(path, made=theirs, every=True, reasons=reasons, among=among):
            if evaluation.key not in unserved or record.get("final") is False:
                continue
            if evaluation.key in forgotten and (forgotten[evaluation.key] or record["status"] != "ok"):
                continue
            del unserved[evaluation.key]
            if (identity := record.get("made")) not in known and identity in theirs:
                known[identity] = theirs[identity]
                found.lines.append(ledger.encode(made_line(theirs[identity])))
            place = {"model": evaluation.model, **requested.request.folds[evaluation.fold].numbers}
            copy = _with_predictions(record | place | {"from": name}, stored.of(record), name)
            found.lines.append(ledger.encode(copy))
            found.records.append((evaluation, copy))
            found.sources[name] += 1
        skipped = {key: (name, reason) for key, reason in reasons.items()} | skipped
    counts = Counter((unserved[key].model, *why) for key, why in skipped.items() if key in unserved)
    found.skipped = [
        f"{count:,} records of {model} in {name} are skipped: {reason}"
        for (model, name, reason), count in counts.items()
    ]
    return found


def _forgotten(requested: Requested, folder: Path, made: dict[str, Made]) -> dict[str, bool]:
    """Return the evaluations whose records were removed by `foldwork forget`: key to whether one of these records was successful.

    Copies of such records are not taken from other ledgers. But if all removed records failed, a successful record is.
    """
    found: dict[str, bool] = {}
    for path in sorted(folder.glob("forgotten-*.jsonl")):
        for evaluation, record in requested.records(path, made=made, every=True):
            found[evaluation.key] = found.get(evaluation.key, False) or record["status"] == "ok"
    return found


def _with_predictions(record: Record, stored: Predictions | None, name: str) -> Record:
    """Return a record with where its predictions are stored now: in the folder of the search `name`, which may have moved them."""
    if stored is None:
        return {member: value for member, value in record.items() if member != "predictions"}
    return record | {"predictions": seen_from_beside(stored, name)}
