"""Match the records of a ledger with requested evaluations.

If several records serve one evaluation, the first is used.
"""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Protocol

from foldwork.records.request import Made, Request, keys_of
from foldwork.records.serving import Origin, ReadReport, Record, key_bytes, other_origins, reason_to_skip
from foldwork.storage import ledger
from foldwork.strategies.interface import Proposal


class Rows(Protocol):
    """What `matches` needs of `Requested`."""

    request: Request
    proposals: list[Proposal]
    numbers: dict[bytes, int]
    duplicates: dict[int, int]
    first_fold: list[int]
    n_folds: int
    size: int

    def numbers_of_row(self, row: int) -> list[int]:
        """Return the numbers of the evaluations of a row."""
        ...


def matches(
    requested: Rows,
    file: BinaryIO,
    made: dict[str, Made],
    *,
    every: bool = False,
    report: ReadReport | None = None,
    reasons: dict[int, str] | None = None,
    among: set[int] | None = None,
    origins: list[Origin] | None = None,
) -> Iterator[tuple[int, Record, tuple[int, int]]]:
    """Yield (number of the evaluation, record, (start, end) of its line in bytes) of an open ledger.

    `among` are the numbers of the evaluations to look for; default: all. `origins` are those, other than the requested ones, that may serve; default: those of
    `other_origins`. For the other parameters see `records`.
    """
    wanted = requested.numbers if among is None else {key: n for key, n in requested.numbers.items() if n in among}
    others = _other_keys(requested, other_origins(requested.request, made) if origins is None else origins, among)
    own = {model: Origin.compared(model, each, each) for model, each in requested.request.made.items()}
    served = bytearray(requested.size)
    reasons = {} if reasons is None else reasons
    end = 0
    for line in file:
        start, end = end, end + len(line)
        raw = key_bytes(key := ledger.undecoded_key(line))
        if report is None and key and raw not in wanted and raw not in others:
            continue  # no need to decode it
        record = ledger.decode(line.rstrip(b"\n"))
        if record is None:
            if report is not None:
                report.damaged += 1
            continue
        used = False
        raw = raw if record["key"] == key else key_bytes(record["key"])
        for number, origin in _served_by(raw, wanted, others):
            proposal = requested.proposals[number // requested.n_folds]
            origin = origin or own[proposal.model]
            if why := reason_to_skip(requested.request, origin, proposal.params, record):
                reasons[number] = why
            elif not (origin.exact or record["status"] == "ok"):
                continue
            elif every or not served[number]:
                served[number] = True
                yield number, record, (start, end)
            used = True
        if report is not None and not used and not record["key"].startswith(ledger.MADE):
            report.unused[record.get("made")] += 1
    if report is not None:
        unserved = {number: why for number, why in reasons.items() if not served[number]}
        report.skipped.update(
            (requested.proposals[number // requested.n_folds].model, why) for number, why in unserved.items()
        )


def _served_by(
    key: bytes | None, wanted: Mapping[bytes, int], others: dict[bytes, list[tuple[int, Origin]]]
) -> Iterator[tuple[int, Origin | None]]:
    """Yield (number, origin) of the evaluations that a record with this key may serve; None where it was made as requested."""
    if (number := wanted.get(key)) is not None:
        yield number, None
    yield from others.get(key, ())


def _other_keys(
    requested: Rows, origins: list[Origin], among: set[int] | None = None
) -> dict[bytes, list[tuple[int, Origin]]]:
    """Return the keys of the requested evaluations for other origins in a ledger: key to (number, origin) pairs."""
    found: dict[bytes, list[tuple[int, Origin]]] = {}
    for origin in origins:
        keys = keys_of(origin.made["id"], requested.request.folds)
        for row, proposal in enumerate(requested.proposals):
            if (
                proposal.model != origin.model
                or row in requested.duplicates
                or not origin.serves(requested.request, proposal.params)
            ):
                continue
            fold_keys = keys(proposal.params, proposal.resource)
            for number in requested.numbers_of_row(row):
                fold = number % requested.n_folds
                if requested.first_fold[fold] == fold and (among is None or number in among):
                    found.setdefault(fold_keys[fold], []).append((number, origin))
    return found
