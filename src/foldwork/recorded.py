"""Which evaluations are requested, and which records serve them: the one place where a request meets a ledger.

A record serves an evaluation if nothing that differs between how it was made and how it would be made now can change a score that is asked
for. The id under which it was made (`made`) is part of its key, so that for each id in a ledger that may serve, the keys of the requested
evaluations are computed and looked up. Of several records of one evaluation the first that serves counts, for every reader.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foldwork import ledger, request
from foldwork.objects import metric_name
from foldwork.plan import Evaluation
from foldwork.sharing_rules import deterministic_predictions, old_shared_record_is_right
from foldwork.versions import digest, names_in

Record = dict[str, Any]
Made = dict[str, Any]

WRONG_SHARING: frozenset[int] = frozenset()
"""Versions of the sharing code whose records (those that name the route `shared`) are passed over."""


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


@dataclass(frozen=True, slots=True)
class _Service:
    """An evaluation that the records of one key may serve."""

    evaluation: Evaluation
    exact: bool  # the same metrics in the same order, so that failures serve, too
    doubt: str | None  # why records of this key are not known to be right


class Requested:
    """The evaluations of a request, and the records of ledgers that serve them.

    Parameters
    ----------
    asked : dict
        What `request.make` gave.

    Attributes
    ----------
    evaluations : list of Evaluation
        All of them, in the config's order.
    different : dict
        Key to evaluation, each once: a grid may name a candidate twice.
    """

    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self._also = request.also(asked)
        self.evaluations = list(request.evaluations(asked))
        self.different: dict[str, Evaluation] = {}
        for evaluation in self.evaluations:
            self.different.setdefault(evaluation.key, evaluation)

    def records(
        self, path: Path, *, made: dict[str, Made] | None = None, every: bool = False, notes: Notes | None = None
    ) -> Iterator[tuple[Evaluation, Record]]:
        """Yield each evaluation that has a record in a ledger, with the first that serves it, in the ledger's order.

        Parameters
        ----------
        path : Path
            The ledger.
        made : dict, optional
            How records were made, by id; what the ledger itself says without it.
        every : bool
            Yield all records that serve, not only the first of each evaluation.
        notes : Notes, optional
            Is filled in, complete when the last record has been given.
        """
        services = self._services(made_in(path) if made is None else made)
        served: set[str] = set()
        doubts: dict[str, str] = {}
        for key, line in ledger.lines_of(path):
            if notes is None and key and key not in services:
                continue  # not worth decoding
            record = ledger.decode(line)
            if record is None:
                if notes is not None:
                    notes.damaged += 1
                continue
            used = False
            for service in services.get(record["key"], ()):
                evaluation = service.evaluation
                if doubt := _doubt(service, record) or _declared_by_others(record, self._also):
                    doubts[evaluation.key] = doubt
                elif not (service.exact or record["status"] == "ok"):
                    continue
                elif every or evaluation.key not in served:
                    served.add(evaluation.key)
                    yield evaluation, record
                used = True
            if notes is not None and not used and not record["key"].startswith(request.MADE):
                notes.others[record.get("made")] += 1
        if notes is not None:
            unserved = {key: doubt for key, doubt in doubts.items() if key not in served}
            notes.passed_over.update((self.different[key].model, doubt) for key, doubt in unserved.items())

    def can_use(self, made: dict[str, Made]) -> bool:
        """Return whether records that were made in one of these ways can serve anything."""
        return any(comparable(each, wanted) for each in made.values() for wanted in self.asked["made"].values())

    def _services(self, made: dict[str, Made]) -> dict[str, list[_Service]]:
        """Return what the records of each key may serve."""
        found: dict[str, list[_Service]] = defaultdict(list)
        folds = self.asked["folds"]
        for model, wanted in self.asked["made"].items():
            ways = [wanted, *(each for name, each in made.items() if name != wanted["id"] and comparable(each, wanted))]
            exact = [same_metrics(each, wanted) for each in ways]
            shared = [_shared_before(each) for each in ways]
            estimator = self.asked["spec"]["models"][model]["estimator"]
            mine = [e for e in self.evaluations if e.model == model]
            for start in range(0, len(mine), len(folds)):  # one candidate after the other
                candidate = mine[start : start + len(folds)]
                if self.different[candidate[0].key] is not candidate[0]:
                    continue  # stands twice in the grid
                params = candidate[0].params
                for way, is_exact, sharing in zip(ways, exact, shared, strict=True):
                    if not (is_exact or _independent(way, wanted, params)):
                        continue
                    doubt = None
                    if sharing and not old_shared_record_is_right(estimator, params):
                        doubt = f"they were made by version {sharing} of the code that shares work, and are not known to be right"
                    keys = [e.key for e in candidate] if way is wanted else request.keys(way["id"], params, folds)
                    for key, evaluation in dict(zip(keys, candidate, strict=True)).items():
                        found[key].append(_Service(self.different[evaluation.key], is_exact, doubt))
        return found


def made_in(path: Path) -> dict[str, Made]:
    """Return how the records of a ledger were made, by id, as its `made:` lines say."""
    lines = (ledger.decode(line) for key, line in ledger.lines_of(path) if key.startswith(request.MADE))
    return {made["id"]: made for made in lines if made is not None and made.keys() >= _FIELDS}


def comparable(made: Made, wanted: Made) -> bool:
    """Return whether a record that was made in one way can serve where another is wanted.

    Parameters
    ----------
    made : dict
        A `made:` line of a ledger.
    wanted : dict
        What a request says of one of its models.
    """
    if made.get("id") == wanted["id"]:
        return True
    what = {name: value for name, value in made.items() if name not in ("key", "id")}
    return differences(made, wanted) == [] and digest(what) == made["id"]


def differences(made: Made, wanted: Made) -> list[str] | None:
    """Return why records made in one way cannot serve where another is wanted; None where they are of another model altogether."""
    if any(made.get(name) != wanted.get(name) for name in ("kind", "estimator")):
        return None
    before, now = made["versions"], wanted["versions"]
    # More may be listed before: of metrics and values that are not asked for now.
    found = [
        f"{name} {before.get(name, 'none')[:12]} → {now[name][:12]}"
        for name in sorted(now)
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


def _independent(made: Made, wanted: Made, params: dict[str, Any]) -> bool:
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


def _doubt(service: _Service, record: Record) -> str | None:
    """Return why a record is passed over, None where it is not."""
    if record.get("route") == "shared" and record.get("sharing") in WRONG_SHARING:
        return f"they were made by version {record['sharing']} of the code that shares work, which is known to be wrong"
    return service.doubt if "route" not in record else None


def _declared_by_others(record: Record, also: list[str]) -> str | None:
    """Return why a record is passed over that shares the work of classes which this search does not declare safe."""
    others = sorted(set(record.get("also", ())) - set(also))
    return f"they share work of {', '.join(others)}, which share.also of this search does not name" if others else None


def unused(notes: Notes, made: dict[str, Made], asked: dict[str, Any]) -> Iterator[str]:
    """Say which records of a ledger are not used, and why.

    Parameters
    ----------
    notes : Notes
        Of the reading.
    made : dict
        How its records were made.
    asked : dict
        The request.
    """
    for (model, doubt), count in notes.passed_over.items():
        yield f"{count:,} records of {model} are passed over, and evaluated again: {doubt}"
    for identity, count in notes.others.items():
        if (old := made.get(identity)) is None:
            continue
        found = {model: differences(old, wanted) for model, wanted in asked["made"].items()}
        if same := [model for model, changes in found.items() if changes == []]:
            if not (same_metrics(old, asked["made"][same[0]]) or _independent(old, asked["made"][same[0]], {})):
                yield (
                    f"{count:,} records of {same[0]} are kept and not used: they have other metrics, or these in another order, "
                    "and it is not known that this changes no score"
                )
            continue  # else of candidates or folds that are not asked for
        for model, changes in found.items():
            if changes:
                yield f"{count:,} records of {model} are kept and not used: {', '.join(changes)}"
                break
