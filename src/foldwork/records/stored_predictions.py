"""Where the predictions of recorded evaluations are stored.

A record refers to its own (member `predictions`). Of records without, a later evaluation may have stored them: its line has the key `predictions:<key>`. A search that
keeps those of its best candidate alone has moved them within the store: `kept.json` says where they are now.
"""

import contextlib
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from foldwork.records.serving import Record
from foldwork.storage import ledger
from foldwork.storage.file_names import KEPT, LEDGER, PREDICTIONS

Predictions = dict[str, Any]
"""Member `predictions` of a record: `file`, relative to the search's folder; `type`, `methods` and `classes` of the estimator; `test` and `train`, response
method to reference (see `storage.predictions`)."""


class StoredPredictions:
    """References to the stored predictions of a search.

    Parameters
    ----------
    folder : Path
        The folder of the search, with its ledger.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sizes: dict[str, int] = {}

    @cached_property
    def _again(self) -> dict[str, Record]:
        lines = map(ledger.decode, ledger.lines_with_prefix(self._folder / LEDGER, ledger.PREDICTIONS))
        return {line["key"].removeprefix(ledger.PREDICTIONS): line for line in lines if line is not None}

    @cached_property
    def _kept(self) -> dict[str, Any]:
        try:
            return json.loads((self._folder / KEPT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def of(self, record: Record) -> Predictions | None:
        """Return the references of a record to stored predictions; None if it has none, or their files are gone."""
        for found in self._candidates(record):
            if found and (found["test"] or not found["methods"]) and self._is_there(found):
                return found
        return None

    def differs(self, record: Record) -> bool:
        """Return whether an evaluation was made again for its predictions, and has other scores than the record."""
        again = self._again.get(record["key"])
        return again is not None and not same_scores(again, record)

    def _candidates(self, record: Record) -> list[Predictions | None]:
        again = None if self.differs(record) else self._again.get(record["key"], {}).get("predictions")
        kept = self._kept.get(record["key"])
        # Records that were forgotten have the key of those that came after them, and other times.
        kept = kept["predictions"] if kept and kept["finished"] == record.get("finished") else None
        return [kept, again, record.get("predictions")]

    def _is_there(self, predictions: Predictions) -> bool:
        from foldwork.storage.predictions import number_of_bytes

        stored = [predictions["classes"], *predictions.get("test", {}).values(), *predictions.get("train", {}).values()]
        each = [one for found in stored if found for one in (found if isinstance(found, list) else [found])]
        end = max((one["offset"] + number_of_bytes(one) for one in each), default=0)
        return end <= self._size(predictions["file"])

    def _size(self, file: str) -> int:
        if file not in self._sizes:
            path = self._folder / file
            self._sizes[file] = path.stat().st_size if path.exists() else 0
        return self._sizes[file]


def same_scores(one: Record, other: Record) -> bool:
    """Return whether two records of an evaluation agree in all scores that both have: one copied from another search may have more metrics."""
    for part in ("test", "train"):
        scores, others = one.get(part) or {}, other.get(part) or {}
        if any(scores[name] != others[name] for name in scores.keys() & others.keys()):
            return False
    return True


def seen_from_beside(predictions: Predictions, name: str) -> Predictions:
    """Return references of the search `name` as another search of the study has them: files are relative to a search's folder."""
    file = predictions["file"]
    return predictions if file.startswith("../") else {**predictions, "file": f"../{name}/{file}"}


def used_by_others(folder: Path) -> set[str]:
    """Return the names of the files in a search's store that ledgers of other searches refer to."""
    found: set[str] = set()
    for path in folder.parent.glob(f"*/{LEDGER}"):
        if path.parent.name != folder.name:
            found |= _named_in(path, f"../{folder.name}/")
    return found


def remove_unused(folder: Path) -> None:
    """Remove the files of a search's store to which no ledger refers: of engines that were killed, or of forgotten records.

    Only the run that writes the search's ledger may call it.
    """
    stored = list((folder / PREDICTIONS).glob("*.bin"))
    if stored:
        used = _named_in(folder / LEDGER) | _named_in(folder / KEPT) | used_by_others(folder)
        for path in [path for path in stored if path.name not in used]:
            path.unlink(missing_ok=True)


def _named_in(path: Path, prefix: str = "") -> set[str]:
    """Return the names of the files of a store that a ledger or kept.json mentions."""
    pattern = re.compile(rb'"' + re.escape(f"{prefix}{PREDICTIONS}/").encode() + rb'(\w+\.bin)"')
    found: set[str] = set()
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        for line in file:
            found |= {name.decode() for name in pattern.findall(line)}
    return found
