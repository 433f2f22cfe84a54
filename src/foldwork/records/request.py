"""What a search or clustering requests: the models, how they are scored, and the folds.

The key of a record is the SHA-256 of all that can change a score: the model (its spec, and the versions of all code that it names), how it is
scored, the threads of an engine, the parameters, and the fold's content.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from foldwork.storage.ledger import MADE
from foldwork.study import clustering_metrics
from foldwork.study.objects import metric_name
from foldwork.study.versions import names_in

Made = dict[str, Any]
"""How the records of one model are made, as a `made:` line of the ledger says it: `id` (the digest of the rest), `kind`, `estimator`, `how` it is
scored, `threads`, `evaluation` (version of foldwork's evaluation code) and `versions`."""


@dataclass(frozen=True)
class Fold:
    """One fold as persist_splits wrote it; of a clustering, the whole dataset.

    Attributes
    ----------
    index : int
    path, file : str
        The joblib file: its absolute path, and its name in the folder of its manifest.
    sha256 : str
        Of the file.
    digest : str
        Of the content of the arrays.
    n_train, n_test : int, optional
    train, test : list of int, optional
        Where several folds lie in one file: first row and end of the part.
    """

    index: int
    path: str
    file: str
    sha256: str
    digest: str
    n_train: int | None = None
    n_test: int | None = None
    train: list[int] | None = None
    test: list[int] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-able data, without what it does not have."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def for_engine(self) -> dict[str, Any]:
        """Return what an engine needs to open it."""
        return {
            name: value
            for name, value in self.as_json().items()
            if name in ("index", "path", "sha256", "train", "test")
        }


@dataclass(frozen=True)
class Request:
    """A search or clustering, with all that its records depend on.

    Attributes
    ----------
    kind : {"search", "clustering"}
    name : str
        Its name in the config.
    spec : dict
        Its part of the (normalised) config.
    folds : tuple of Fold
    threads : int
        Threads of an engine.
    made : dict
        For each model, how its records are made.
    values : dict
        For each model, by package, the versions that only candidates with values from that package depend on.
    """

    kind: str
    name: str
    spec: dict[str, Any]
    folds: tuple[Fold, ...]
    threads: int
    made: dict[str, Made]
    values: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Request":
        """Return the request that `as_json` gave."""
        folds = tuple(
            Fold(**{name: fold[name] for name in Fold.__dataclass_fields__ if name in fold}) for fold in value["folds"]
        )
        return cls(
            value["kind"], value["name"], value["spec"], folds, value["threads"], value["made"], value.get("values", {})
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-able data."""
        return {**self.__dict__, "folds": [fold.as_json() for fold in self.folds]}

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, the one that ranks first; "score" is the estimator's own."""
        metrics = self.spec.get("metrics") or self.spec.get("scoring") or ["score"]
        return [metric_name(metric) for metric in metrics]

    @property
    def ranking(self) -> tuple[str | None, bool]:
        """The metric that ranks the candidates (None where none can), and whether lower is better."""
        return (self.metrics[0], False) if self.kind == "search" else clustering_metrics.ranking(self.metrics)

    @property
    def train_scores(self) -> bool:
        """Whether the train parts are scored, too."""
        return bool(self.spec.get("train_scores"))

    @property
    def also_shared(self) -> list[str]:
        """Import paths of the user's classes that may be shared."""
        share = self.spec.get("share")
        return share.get("also", []) if isinstance(share, dict) else []

    @property
    def shares(self) -> bool:
        """Whether evaluations may share work. A scorer of the user's own may look at X itself, so it gets candidate and fold as they are."""
        scoring = self.spec.get("scoring") or []
        return self.kind == "search" and bool(self.spec.get("share", True)) and all(isinstance(m, str) for m in scoring)

    def task(self) -> dict[str, Any]:
        """Return what an engine must know besides fold and candidate: the description of an `evaluation.task.Task`."""
        return {
            "kind": self.kind,
            "models": {name: model["estimator"] for name, model in self.spec["models"].items()},
            "scoring": self.spec.get("scoring"),
            "metrics": self.spec.get("metrics"),
            "train_scores": self.train_scores,
            "timeout": self.spec.get("timeout"),
            "share": self.shares,
            "also": self.also_shared,
            "rank": self.ranking[0],
        }

    def versions_of_some(self, model: str) -> frozenset[str]:
        """Return the versions that some candidates of a model depend on, and others do not."""
        return frozenset(name for names in self.values.get(model, {}).values() for name in names)

    def versions_of(self, model: str, params: dict[str, Any]) -> set[str]:
        """Return the versions that a candidate depends on because of its values."""
        packages = {name.partition(".")[0] for name in names_in(params)}
        return {name for package in packages for name in self.values.get(model, {}).get(package, ())}

    def made_lines(self) -> list[dict[str, Any]]:
        """Return the records of the ledger that say how others are made."""
        return [made_line(made) for made in self.made.values()]


def made_line(made: Made) -> dict[str, Any]:
    """Return the ledger's record that says how others were made."""
    return {"key": MADE + made["id"], **made}


KeysOf = Callable[[dict[str, Any]], list[bytes]]


def keys_of(made: str, folds: Sequence[Fold]) -> KeysOf:
    """Return the function from a candidate's parameters to the keys of its records on each fold, if they were made as the id `made` says.

    A key is the SHA-256 of the canonical JSON of [canonical JSON of [made, params], digest of the fold]. What all folds have in common is hashed once:
    the keys of a large grid take seconds.
    """
    ends = [f"{json.dumps(fold.digest)}]".encode() for fold in folds]

    def keys(params: dict[str, Any]) -> list[bytes]:
        start = json.dumps([made, params], sort_keys=True, separators=(",", ":"))
        begun = hashlib.sha256(f"[{json.dumps(start)},".encode())
        found = []
        for end in ends:
            one = begun.copy()
            one.update(end)
            found.append(one.digest())
        return found

    return keys
