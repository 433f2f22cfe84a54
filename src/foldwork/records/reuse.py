"""Records that other searches of the study have, and those adopted from elsewhere: looked for before anything is evaluated."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Made, made_line
from foldwork.records.requested import Requested
from foldwork.records.serving import Record, made_in
from foldwork.storage import ledger
from foldwork.storage.file_names import ADOPTED, LEDGER


@dataclass
class Reused:
    """What was found elsewhere: lines to append to the ledger, the evaluations that they serve, how many come from where, and what is not used."""

    lines: list[str] = field(default_factory=list)
    records: list[tuple[Evaluation, Record]] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)
    unused: list[str] = field(default_factory=list)


def ledgers_elsewhere(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the ledgers in which a search or clustering may find records, each with its name: those of its siblings, then adopted ones.

    Parameters
    ----------
    folder : Path
        Of the search or clustering.
    """
    for path in sorted(folder.parent.glob(f"*/{LEDGER}")):
        if path.parent.name != folder.name:
            yield path.parent.name, path
    for path in sorted((folder.parent.parent / ADOPTED / folder.parent.name).glob("*.jsonl")):
        yield f"{ADOPTED}/{path.stem}", path


def find(requested: Requested, missing: dict[str, Evaluation], folder: Path, made: dict[str, Made]) -> Reused:
    """Look for records of the missing evaluations in the ledgers of others.

    Parameters
    ----------
    requested : Requested
    missing : dict
        Key to evaluation.
    folder : Path
        Of the search or clustering, with its own ledger.
    made : dict
        How the records in that were made.

    Returns
    -------
    Reused
        Copies name the ledger that they come from (`from`), and model and fold as this request has them.
    """
    found, left, known = Reused(), dict(missing), dict(made)
    dropped: dict[str, bool] | None = None
    doubted: dict[str, tuple[str, str]] = {}
    for name, path in ledgers_elsewhere(folder):
        if not left:
            break
        theirs = made_in(path)
        if not requested.can_use(theirs):
            continue
        if dropped is None:
            dropped = _dropped(requested, folder, made)
        doubts: dict[str, str] = {}
        for evaluation, record in requested.records(path, made=theirs, every=True, doubts=doubts):
            if evaluation.key not in left or record.get("final") is False:
                continue
            if evaluation.key in dropped and (dropped[evaluation.key] or record["status"] != "ok"):
                continue
            del left[evaluation.key]
            if (identity := record.get("made")) not in known and identity in theirs:
                known[identity] = theirs[identity]
                found.lines.append(ledger.encode(made_line(theirs[identity])))
            copy = record | {"model": evaluation.model, "fold": evaluation.fold, "from": name}
            found.lines.append(ledger.encode(copy))
            found.records.append((evaluation, copy))
            found.sources[name] += 1
        doubted = {key: (name, doubt) for key, doubt in doubts.items()} | doubted
    passed = Counter((left[key].model, *why) for key, why in doubted.items() if key in left)
    found.unused = [
        f"{count:,} records of {model} in {name} are passed over: {doubt}"
        for (model, name, doubt), count in passed.items()
    ]
    return found


def _dropped(requested: Requested, folder: Path, made: dict[str, Made]) -> dict[str, bool]:
    """Return the evaluations whose records a person has dropped (`foldwork forget`), by key, and whether one of these had not failed.

    Such a record does not come back as a copy. A failed one may have a better one elsewhere.
    """
    found: dict[str, bool] = {}
    for path in sorted(folder.glob("forgotten-*.jsonl")):
        for evaluation, record in requested.records(path, made=made, every=True):
            found[evaluation.key] = found.get(evaluation.key, False) or record["status"] == "ok"
    return found
