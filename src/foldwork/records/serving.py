"""Which records serve which evaluations.

A record serves an evaluation if nothing that differs between how it was made and how it would be made now can change a score that is requested.
The id under which it was made (`made`) is part of its key, so for each id in a ledger that may serve, the keys of the requested evaluations are
computed and looked up.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foldwork.evaluation.sharing_rules import deterministic_predictions, old_shared_record_is_right
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Made, Request, keys
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


@dataclass(frozen=True, slots=True)
class Service:
    """An evaluation that the records of one key may serve.

    Attributes
    ----------
    evaluation : Evaluation
    exact : bool
        The record has the same metrics in the same order, so failures serve, too.
    doubt : str or None
        Why records of this key are not known to be right.
    """

    evaluation: Evaluation
    exact: bool
    doubt: str | None


def ways(request: Request, model: str, made: dict[str, Made]) -> list[Made]:
    """Return the ways of making a model's records that may serve: the one that is wanted first, then those comparable to it.

    Parameters
    ----------
    made : dict
        How the records of a ledger were made, by id.
    """
    wanted, some = request.made[model], request.versions_of_some(model)
    return [wanted, *(each for name, each in made.items() if name != wanted["id"] and comparable(each, wanted, some))]


def services(request: Request, candidate: list[Evaluation], made: list[Made]) -> Iterator[tuple[str, Service]]:
    """Yield the keys whose records may serve a candidate, each with what it serves.

    Parameters
    ----------
    request : Request
    candidate : list of Evaluation
        The candidate's evaluations, of different folds.
    made : list
        What `ways` gave for the candidate's model.
    """
    first = candidate[0]
    wanted = request.made[first.model]
    estimator = request.spec["models"][first.model]["estimator"]
    folds = [request.folds[e.fold] for e in candidate]
    of_values = request.versions_of(first.model, first.params)
    for way in made:
        exact = same_metrics(way, wanted)
        if not (exact or independent(way, wanted, first.params)):
            continue
        if any(way["versions"].get(name) != wanted["versions"][name] for name in of_values):
            continue
        why = None
        if (sharing := _shared_before(way)) and not old_shared_record_is_right(estimator, first.params):
            why = f"they were made by version {sharing} of the code that shares work, and are not known to be right"
        own = [e.key for e in candidate] if way is wanted else keys(way["id"], first.params, folds)
        for key, evaluation in zip(own, candidate, strict=True):
            yield key, Service(evaluation, exact, why)


def made_in(path: Path) -> dict[str, Made]:
    """Return how the records of a ledger were made, by id, as its `made:` lines say."""
    lines = (ledger.decode(line) for key, line in ledger.lines_of(path) if key.startswith(ledger.MADE))
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


def doubt(service: Service, record: Record, train_scores: bool) -> str | None:
    """Return why a record is passed over; None where it is not.

    Parameters
    ----------
    service : Service
    record : dict
    train_scores : bool
        Whether train scores are requested.
    """
    if record.get("route") == "shared":
        wrong = WRONG_SHARING | (WRONG_TRAIN_SCORES if train_scores else frozenset())
        if record.get("sharing") in wrong:
            return f"they were made by version {record['sharing']} of the code that shares work, which is known to be wrong"
    return service.doubt if "route" not in record else None


def declared_by_others(record: Record, also: list[str]) -> str | None:
    """Return why a record is passed over that shares the work of classes which this search does not declare safe."""
    others = sorted(set(record.get("also", ())) - set(also))
    return f"they share work of {', '.join(others)}, which share.also of this search does not name" if others else None
