"""Decide which records serve which evaluations.

A record serves an evaluation, that is, it is used as its result, if no difference between how it was made and how it would be made now can change a
requested score. The key of a record contains the id of the description of how it was made (`made`). So for each compatible id in a ledger the
keys of the requested evaluations are computed and looked up.
"""

import binascii
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foldwork.evaluation.sharing_rules import deterministic_predictions, old_shared_record_is_right
from foldwork.records.request import Made, Request, made_id
from foldwork.storage import ledger
from foldwork.study.clustering_metrics import leaves_points
from foldwork.study.number_of_clusters import n_clusters_parameter
from foldwork.study.objects import metric_name
from foldwork.study.versions import in_order, names_in

Record = dict[str, Any]
"""A decoded line of the ledger."""

WRONG_SHARING: frozenset[int] = frozenset()
"""Versions of the sharing code with wrong scores. Their records with the route `shared` are skipped."""

WRONG_TRAIN_SCORES = frozenset({3})
"""Versions of the sharing code whose train scores may differ in the last bit, for estimators that keep the rows that they are fitted on."""

_FIELDS = {"id", "kind", "estimator", "how", "threads", "evaluation", "versions"}

_COMPARED = frozenset({"key", "id", "kind", "estimator", "versions", "how"})
"""Members of a description that `differences` compares in a way of its own. All others must be equal, those that a later version adds, too."""

_COMPARED_OF_HOW = frozenset({"scoring", "metrics", "train_scores", "share"})
"""The same for the members of `how`. `share` is ignored: records name the version of the sharing code themselves."""

_LABELS = {"threads": "threads per engine", "evaluation": "foldwork's evaluation code"}


@dataclass
class ReadReport:
    """Counts of the lines of a ledger that serve no requested evaluation.

    Attributes
    ----------
    damaged : int
        Number of damaged or incomplete lines.
    unused : Counter
        Records that serve no evaluation, by the id of how they were made.
    skipped : Counter
        Records that would serve an evaluation without another record, but are not known to be right, by (model, reason).
    """

    damaged: int = 0
    unused: Counter[str | None] = field(default_factory=Counter)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Origin:
    """How records of a ledger were made, and the model of the request that they may serve.

    Attributes
    ----------
    model : str
        Name of the model in the request.
    made : dict
        Content of the `made:` line of the ledger.
    exact : bool
        Whether the metrics and their order are the requested ones. Then failed records serve, too.
    sharing : int or None
        Version of the sharing code, for records of earlier versions that do not name their route.
    """

    model: str
    made: Made
    exact: bool
    sharing: int | None

    @classmethod
    def compared(cls, model: str, made: Made, wanted: Made) -> "Origin":
        """Return the origin of records that were made as `made` describes, where `wanted` is requested."""
        return cls(model, made, same_metrics(made, wanted), _old_sharing_version(made))

    def serves(self, request: Request, params: dict[str, Any]) -> bool:
        """Return whether records of this origin serve a candidate with the given parameters."""
        wanted = request.made[self.model]
        if not (self.exact or independent(self.made, wanted, params)):
            return False
        versions = request.versions_of(self.model, params)
        return all(self.made["versions"].get(name) == wanted["versions"][name] for name in versions)


def other_origins(request: Request, made: dict[str, Made]) -> list[Origin]:
    """Return the origins in a ledger that may serve a request, apart from the requested ones.

    Parameters
    ----------
    request : Request
    made : dict
        How the records of the ledger were made, by id.

    Returns
    -------
    list of Origin
    """
    return [
        Origin.compared(model, each, wanted)
        for model, wanted in request.made.items()
        for name, each in made.items()
        if name != wanted["id"] and compatible(each, wanted, request.versions_of_some(model))
    ]


def key_bytes(key: Any) -> bytes | None:
    """Return the key of a record as bytes, None if it is not hexadecimal."""
    try:
        return binascii.unhexlify(key)
    except (ValueError, TypeError):  # a `made:` line, or damaged
        return None


def read_made(path: Path) -> dict[str, Made]:
    """Return the content of the `made:` lines of a ledger: how its records were made, by id."""
    lines = (ledger.decode(line) for line in ledger.lines_with_prefix(path, ledger.MADE))
    return {made["id"]: made for made in lines if made is not None and made.keys() >= _FIELDS}


def compatible(made: Made, wanted: Made, ignored: frozenset[str] = frozenset()) -> bool:
    """Return whether records that were made as `made` describes may serve where `wanted` is requested.

    Parameters
    ----------
    made : dict
        Content of a `made:` line of a ledger.
    wanted : dict
        Of one model of a request.
    ignored : frozenset of str
        Versions that only some candidates depend on: `Origin.serves` compares these.
    """
    if made.get("id") == wanted["id"]:
        return True
    return differences(made, wanted, ignored) == [] and _describes_itself(made)


def same_but_for_metrics(made: Made, wanted: Made, ignored: frozenset[str] = frozenset()) -> bool:
    """Return whether records are made as the requested ones are, apart from their metrics and train scores. For the parameters see `compatible`."""
    return _other_differences(made, wanted, ignored) == [] and _describes_itself(made)


def _describes_itself(made: Made) -> bool:
    """Return whether the id of a description is the digest of its content."""
    return made_id({name: value for name, value in made.items() if name not in ("key", "id")}) == made["id"]


def differences(made: Made, wanted: Made, ignored: frozenset[str] = frozenset()) -> list[str] | None:
    """Return the differences because of which records cannot serve.

    Parameters
    ----------
    made, wanted : dict
        How the records were made, and how the requested ones are made.
    ignored : frozenset of str
        Versions that are not compared.

    Returns
    -------
    list of str or None
        A phrase for each difference. None if the records are of another model.
    """
    if (found := _other_differences(made, wanted, ignored)) is None:
        return None
    recorded = _metrics(made["how"])
    lacking = [name for text, name in _metrics(wanted["how"]).items() if text not in recorded]
    found += [f"without {', '.join(lacking)}"] * bool(lacking)
    if wanted["how"].get("train_scores") and not made["how"].get("train_scores"):
        found.append("without train scores")
    return found


def _other_differences(made: Made, wanted: Made, ignored: frozenset[str]) -> list[str] | None:
    """Return the differences apart from metrics that the records lack."""
    if made.get("kind") != wanted["kind"] or in_order(made.get("estimator")) != in_order(wanted["estimator"]):
        return None
    before, now = made["versions"], wanted["versions"]
    # `before` may list more: versions of metrics and values that are not requested now.
    found = [
        f"{name} {before.get(name, 'none')[:12]} → {now[name][:12]}"
        for name in sorted(now.keys() - ignored)
        if before.get(name) != now[name]
    ]
    found += _unequal(made, wanted, _COMPARED)
    return [*found, *_unequal(made["how"], wanted["how"], _COMPARED_OF_HOW)]


def _unequal(made: dict[str, Any], wanted: dict[str, Any], compared: frozenset[str]) -> Iterator[str]:
    """Yield a phrase for each member that is not the same in both, apart from those in `compared`."""
    for name in [name for name in {**wanted, **made} if name not in compared]:
        before, now = (_canonical(each[name]) if name in each else "none" for each in (made, wanted))
        if before != now:
            yield f"{_LABELS.get(name, name)} {before[:40]} → {now[:40]}"


def _canonical(value: Any) -> str:
    return json.dumps(in_order(value), sort_keys=True)


def _metrics(how: dict[str, Any]) -> dict[str, str]:
    """Return the metrics of a scoring description: canonical JSON to the name in the records."""
    metrics = how.get("metrics") or how.get("scoring")
    named = {json.dumps(in_order(metric), sort_keys=True): metric_name(metric) for metric in metrics or []}
    return named or {"": "score"}  # the `score` method of the estimator


def same_metrics(made: Made, wanted: Made) -> bool:
    """Return whether metrics, their order and train scores are the same: then estimators with random predictions are called in the same order."""
    if made.get("id") == wanted["id"]:
        return True
    same_train = bool(made["how"].get("train_scores")) == bool(wanted["how"].get("train_scores"))
    return same_train and list(_metrics(made["how"])) == list(_metrics(wanted["how"]))


def independent(made: Made, wanted: Made, params: dict[str, Any]) -> bool:
    """Return whether each score of a candidate is known not to depend on the other metrics and their order.

    A clustering computes its labels once. A custom scorer, or function of a clustering metric, may change what later ones get.
    """
    if wanted["kind"] == "clustering":
        return all(
            leaves_points(metric_name(metric))
            for how in (made["how"], wanted["how"])
            for metric in how.get("metrics") or ()
        )
    scorers = names_in([made["how"].get("scoring"), wanted["how"].get("scoring")])
    return all(name.startswith("sklearn.") for name in scorers) and deterministic_predictions(
        wanted["estimator"], params
    )


def _old_sharing_version(made: Made) -> int | None:
    """Return the version of the sharing code of records that do not name their route; None if they shared no work."""
    how = made.get("how") or {}
    scorers = how.get("scoring") or []
    return (
        how.get("share") if all(isinstance(metric, str) for metric in scorers) else None
    )  # with a custom scorer, no work was shared


def reason_to_skip(request: Request, origin: Origin, params: dict[str, Any], record: Record) -> str | None:
    """Return why a record is not known to be right, None if it is.

    Parameters
    ----------
    request : Request
    origin : Origin
        Of the record.
    params : dict
        Of the candidate that the record may serve.
    record : dict

    Returns
    -------
    str or None
        A clause about records in the plural: "they were made by ...".
    """
    if "sharing" in record:  # the route is shared, or rescored from a record of that route
        wrong = WRONG_SHARING | (WRONG_TRAIN_SCORES if request.train_scores else frozenset())
        if record.get("sharing") in wrong:
            return f"they were made by version {record['sharing']} of the code that shares work, which is known to be wrong"
    if "route" not in record and origin.sharing:
        estimator = request.spec["models"][origin.model]["estimator"]
        if not old_shared_record_is_right(estimator, params):
            return f"they were made by version {origin.sharing} of the code that shares work, and are not known to be right"
    if request.spec.get("gap") and record["status"] == "ok" and not record.keys() & {"resource", "dispersion"}:
        estimator = request.spec["models"][origin.model]["estimator"]
        return "they have no dispersion, which gap needs" if n_clusters_parameter(estimator) in params else None
    if others := sorted(set(record.get("also", ())) - set(request.also_shared)):
        return f"they share work of {', '.join(others)}, which share.also of this search does not name"
    return None


def report_unused(report: ReadReport, made: dict[str, Made], request: Request) -> Iterator[str]:
    """Yield a line for each group of unused records of a ledger, with the reason.

    Parameters
    ----------
    report : ReadReport
        Filled in by `Requested.records`.
    made : dict
        How the records of the ledger were made, by id.
    request : Request
    """
    for (model, why), count in report.skipped.items():
        yield f"{count:,} records of {model} are skipped: {why}"
    for identity, count in report.unused.items():
        if (old := made.get(identity)) is None:
            continue
        found = {model: differences(old, wanted) for model, wanted in request.made.items()}
        if unchanged := [model for model, changes in found.items() if changes == []]:
            wanted = request.made[unchanged[0]]
            if not (same_metrics(old, wanted) or independent(old, wanted, {})):
                yield (
                    f"{count:,} records of {unchanged[0]} are kept and not used: their metrics or the order of these differ, "
                    "which may change a score"
                )
            continue  # otherwise their candidates or folds are not requested
        for model, changes in found.items():
            if changes:
                yield f"{count:,} records of {model} are kept and not used: {', '.join(changes)}"
                break
