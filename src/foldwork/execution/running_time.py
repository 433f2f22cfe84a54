"""The time for which a search has run: the rule `seconds` of `stop` counts it."""

from datetime import datetime
from pathlib import Path

from foldwork.storage import ledger


def seconds(path: Path) -> float:
    """Return the seconds during which at least one evaluation of a ledger ran.

    Parameters
    ----------
    path : Path
        The ledger. Records that were copied from other ledgers do not count.
    """
    found = []
    for record in ledger.read(path):
        if record["key"].startswith(ledger.MADE) or "from" in record:
            continue
        found.append(tuple(datetime.fromisoformat(record[name]).timestamp() for name in ("started", "finished")))
    total, until = 0.0, float("-inf")
    for started, finished in sorted(found):
        total += max(0.0, finished - max(started, until))
        until = max(until, finished)
    return total
