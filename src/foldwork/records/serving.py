"""Which records serve which evaluations.

A record serves an evaluation if nothing that differs between how it was made and how it would be made now can change a score that is requested.
The id under which it was made (`made`) is part of its key, so for each id in a ledger that may serve, the keys of the requested evaluations are
computed and looked up.
"""

import binascii
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foldwork.evaluation.sharing_rules import deterministic_predictions, old_shared_record_is_right
from foldwork.records.request import Made, Request
from foldwork.storage import ledger
from foldwork.study.objects import metric_name
from foldwork.study.versions import digest, names_in

Record = dict[str, Any]
"""A line of the ledger, read."""

WRONG_SHARING: frozenset[int] = frozenset()
"""Versions of the sharing code whose records (those that name the route `shared`) are passed over."""

WRONG_TRAIN_SCORES = frozenset({3})
"""Versions of it whose train scores may differ in a last bit, where an estimator keeps the rows that it is fitted on."""

_FIELDS = {"id", "kind", "estimator", "how", "threads", "evaluation", "versions"}


@dataclass
class Notes:
    """What a reader of a ledger met besides the records that serve.

    Attributes
    ----------
    damaged : int
        Lines that are torn or damaged.
    others : Counter
        Records that serve nothing, by the id of how they were made.
    passed_over : Counter
        Records that would serve an evaluation which has no other one, but are not known to be right, by (model, why).
    """

    damaged: int = 0
    others: Counter[str | None] = field(default_factory=Counter)
    passed_over: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Way:
    """A way of making records that may serve a model of a request.

    Attributes
    ----------
    model : str
    made : dict
        As a `made:` line says it.
    exact : bool
        The same metrics in the same order, so failures serve, too.
    sharing : int or None
        The version of the sharing code, where the records do not name their route.
    """

    model: str
    made: Made
    exact: bool
    sharing: int | None

    @classmethod
    def between(cls, model: str, made: Made, wanted: Made) -> "Way":
        """Return the way of making records where another is wanted."""
        return cls(model, made, same_metrics(made, wanted), _shared_before(made))

    def suits(self, request: Request, params: dict[str, Any]) -> bool:
        """Return whether records of a candidate that were made so can serve the request."""
        wanted = request.made[self.model]
        if not (self.exact or independent(self.made, wanted, params)):
            return False
        versions = request.versions_of(self.model, params)
        return all(self.made["versions"].get(name) == wanted["versions"][name] for name in versions)


def other_ways(request: Request, made: dict[str, Made]) -> list[Way]:
    """Return the ways in which records of a ledger were made that may serve a request, beside its own.

    Parameters
    ----------
    request : Request
    made : dict
        How the records of the ledger were made, by id.
    """
    return [
        Way.between(model, each, wanted)
        for model, wanted in request.made.items()
        for name, each in made.items()
        if name != wanted["id"] and comparable(each, wanted, request.versions_of_some(model))
    ]


def raw_key(key: Any) -> bytes | None:
    """Return the bytes that a record's key stands for, None where it is none."""
    try:
        return binascii.unhexlify(key)
    except (ValueError, TypeError):  # of a `made:` line, or damaged
        return None


def made_in(path: Path) -> dict[str, Made]:
    """Return how the records of a ledger were made, by id, as its `made:` lines say."""
    lines = (ledger.decode(line) for line in ledger.lines_beginning(path, ledger.MADE))
    return {made["id"]: made for made in lines if made is not None and made.keys() >= _FIELDS}


def comparable(made: Made, wanted: Made, some: frozenset[str] = frozenset()) -> bool:
    """Return whether a record that was made in one way can serve where another is wanted.

    Parameters
    ----------
    made : dict
        A `made:` line of a ledger.
    wanted : dict
        What a request says of one of its models.
    some : frozenset of str
        Versions that not all candidates depend on, which are compared candidate by candidate.
    """
    if made.get("id") == wanted["id"]:
        return True
    what = {name: value for name, value in made.items() if name not in ("key", "id")}
    return differences(made, wanted, some) == [] and digest(what) == made["id"]


def differences(made: Made, wanted: Made, some: frozenset[str] = frozenset()) -> list[str] | None:
    """Return why records made in one way cannot serve where another is wanted, `some` versions apart; None where they are of another model."""
    if any(made.get(name) != wanted.get(name) for name in ("kind", "estimator")):
        return None
    before, now = made["versions"], wanted["versions"]
    # More may be listed before: of metrics and values that are not asked for now.
    found = [
        f"{name} {before.get(name, 'none')[:12]} → {now[name][:12]}"
        for name in sorted(now.keys() - some)
        if before.get(name) != now[name]
    ]
    if made["threads"] != wanted["threads"]:
        found.append(f"threads per engine {made['threads']} → {wanted['threads']}")
    if made["evaluation"] != wanted["evaluation"]:
        found.append(f"foldwork's evaluation code {made['evaluation']} → {wanted['evaluation']}")
    recorded = _metrics(made["how"])
    lacking = [name for text, name in _metrics(wanted["how"]).items() if text not in recorded]
    found += [f"without {', '.join(lacking)}"] * bool(lacking)
    if wanted["how"].get("train_scores") and not made["how"].get("train_scores"):
        found.append("without train scores")
    return found


def _metrics(how: dict[str, Any]) -> dict[str, str]:
    """Return the metrics of a `made` entry, each as canonical JSON, with the names by which records have them."""
    metrics = how.get("metrics") or how.get("scoring")
    named = {json.dumps(metric, sort_keys=True): metric_name(metric) for metric in metrics or []}
    return named or {"": "score"}  # the estimator's own


def same_metrics(made: Made, wanted: Made) -> bool:
    """Return whether the same is scored in the same order: what asks for random predictions asks for the same ones."""
    if made.get("id") == wanted["id"]:
        return True
    same_train = bool(made["how"].get("train_scores")) == bool(wanted["how"].get("train_scores"))
    return same_train and list(_metrics(made["how"])) == list(_metrics(wanted["how"]))


def independent(made: Made, wanted: Made, params: dict[str, Any]) -> bool:
    """Return whether a candidate's scores are known not to depend on which others are computed, and when.

    Labels of a clustering are given once. A scorer of the user's own may change what others then see.
    """
    if wanted["kind"] == "clustering":
        return True
    scorers = names_in([made["how"].get("scoring"), wanted["how"].get("scoring")])
    return all(name.startswith("sklearn.") for name in scorers) and deterministic_predictions(
        wanted["estimator"], params
    )


def _shared_before(made: Made) -> int | None:
    """Return the version of the sharing code by which records were made that do not name their route; None where it was the plain one."""
    how = made.get("how") or {}
    scorers = how.get("scoring") or []
    return how.get("share") if all(isinstance(metric, str) for metric in scorers) else None  # one's own: never shared


def doubt(request: Request, way: Way, params: dict[str, Any], record: Record) -> str | None:
    """Return why a record that may serve a candidate is passed over; None where it is not."""
    if record.get("route") == "shared":
        wrong = WRONG_SHARING | (WRONG_TRAIN_SCORES if request.train_scores else frozenset())
        if record.get("sharing") in wrong:
            return f"they were made by version {record['sharing']} of the code that shares work, which is known to be wrong"
    if "route" not in record and way.sharing:
        estimator = request.spec["models"][way.model]["estimator"]
        if not old_shared_record_is_right(estimator, params):
            return (
                f"they were made by version {way.sharing} of the code that shares work, and are not known to be right"
            )
    if others := sorted(set(record.get("also", ())) - set(request.also_shared)):
        return f"they share work of {', '.join(others)}, which share.also of this search does not name"
    return None


def unused(notes: Notes, made: dict[str, Made], request: Request) -> Iterator[str]:
    """Report records of a ledger that are not used, and why.

    Parameters
    ----------
    notes : Notes
        Of the reading.
    made : dict
        How its records were made.
    request : Request
    """
    for (model, why), count in notes.passed_over.items():
        yield f"{count:,} records of {model} are passed over: {why}"
    for identity, count in notes.others.items():
        if (old := made.get(identity)) is None:
            continue
        found = {model: differences(old, wanted) for model, wanted in request.made.items()}
        if same := [model for model, changes in found.items() if changes == []]:
            wanted = request.made[same[0]]
            if not (same_metrics(old, wanted) or independent(old, wanted, {})):
                yield (
                    f"{count:,} records of {same[0]} are kept and not used: they have other metrics, or these in another order, "
                    "and it is not known that this changes no score"
                )
            continue  # else of candidates or folds that are not requested
        for model, changes in found.items():
            if changes:
                yield f"{count:,} records of {model} are kept and not used: {', '.join(changes)}"
                break
