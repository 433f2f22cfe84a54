"""The request of a search or clustering: models, scoring and folds.

The key of a record is the SHA-256 of everything that can change a score: the model (its config, and the versions of all code that it names), the
scoring, the threads of an engine, the parameters, and the content of the fold.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from foldwork.evaluation.inner_rows import numbers_of_fold
from foldwork.storage.ledger import MADE
from foldwork.strategies.interface import Data
from foldwork.study import clustering_metrics
from foldwork.study.objects import metric_name
from foldwork.study.versions import digest, in_order, names_in

Made = dict[str, Any]
"""Description of how the records of one model are made. The ledger stores it in a line with the key `made:<id>`.

Members: `id` (digest of the others), `kind`, `estimator`, `how` (scoring), `threads`, `evaluation` (version of foldwork's evaluation code) and
`versions` (of packages, and digests of the user's modules)."""

NOT_FOR_ENGINES = ("models", "strategy", "curve")
"""Keys of a spec that bundles do not carry as they are: they may hold a million values. Engines get each candidate's parameters with its evaluation."""


@dataclass(frozen=True)
class Fold:
    """One fold, as written by persist_splits. A clustering has one fold, the whole dataset.

    Attributes
    ----------
    index : int
        Number of the fold.
    path, file : str
        Absolute path of the joblib file, and its name in the folder of the manifest.
    sha256 : str
        SHA-256 of the file.
    digest : str
        Digest of the arrays in it.
    n_train, n_test : int, optional
        Number of rows of the train and test part.
    train, test : list of int, optional
        If one file holds several folds: first row and end (exclusive) of the part.
    inner : dict, optional
        Of an inner fold of a nested search, whose other fields describe the file of its outer fold: `of`, the index of the outer fold; `index`, its number
        among the inner folds of that one; `path`, `file` and `sha256` of the file with the row numbers of these (see `evaluation.inner_rows`).
    groups : dict, optional
        `path` and `sha256` of the file with the groups of all folds, if subsamples keep groups whole. `digest` covers them.
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
    inner: dict[str, Any] | None = None
    groups: dict[str, Any] | None = None

    @property
    def outer(self) -> int:
        """Index of the fold as the user counts: of an inner fold that of its outer fold."""
        return self.index if self.inner is None else self.inner["of"]

    @property
    def numbers(self) -> dict[str, int]:
        """Members of a record that name the fold: `fold`, and of an inner fold `inner_fold`."""
        return numbers_of_fold(self.index, self.inner)

    @property
    def label(self) -> str:
        """Name of the fold in messages: `fold 2`, or `fold 2, inner fold 0`."""
        return ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in self.numbers.items())

    def as_json(self) -> dict[str, Any]:
        """Return a JSON-serialisable dict without the fields that are None."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def for_engine(self) -> dict[str, Any]:
        """Return what an engine needs to open the fold."""
        return {
            name: value
            for name, value in self.as_json().items()
            if name in ("index", "path", "sha256", "train", "test", "inner", "groups")
        }


@dataclass(frozen=True)
class Request:
    """A search or clustering, with everything that its records depend on.

    Attributes
    ----------
    kind : {"search", "clustering"}
    name : str
        Its name in the config.
    spec : dict
        Its part of the normalised config.
    folds : tuple of Fold
        Of a nested search the outer folds, then the inner folds of each.
    threads : int
        Threads of each engine.
    made : dict of Made
        For each model, how its records are made.
    values : dict
        For each model: package to the versions that only candidates with values from that package depend on.
    data : Data
        What the search's strategy may need to know of the data.
    """

    kind: str
    name: str
    spec: dict[str, Any]
    folds: tuple[Fold, ...]
    threads: int
    made: dict[str, Made]
    values: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    data: Data = field(default_factory=lambda: Data(0))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Request":
        """Return a request from the dict of `as_json`."""
        folds = tuple(
            Fold(**{name: fold[name] for name in Fold.__dataclass_fields__ if name in fold}) for fold in value["folds"]
        )
        return cls(
            value["kind"],
            value["name"],
            value["spec"],
            folds,
            value["threads"],
            value["made"],
            value.get("values", {}),
            Data(**value.get("data", {"n_folds": len(folds)})),
        )

    def as_json(self) -> dict[str, Any]:
        """Return a JSON-serialisable dict."""
        return {**self.__dict__, "folds": [fold.as_json() for fold in self.folds], "data": asdict(self.data)}

    @property
    def is_nested(self) -> bool:
        """Whether a whole search runs inside each fold. `folds` has the outer folds, then the inner folds."""
        return bool(self.data.inner)

    @property
    def is_curve(self) -> bool:
        """Whether this is of the section `curves`, whose rows are not compared with each other."""
        return "curve" in self.spec

    @property
    def permutation_importance(self) -> dict[str, Any] | None:
        """Arguments of scikit-learn's `permutation_importance`; None if features are not permuted."""
        return self.spec.get("curve", {}).get("permutation_importance")

    @property
    def outer_folds(self) -> tuple[Fold, ...]:
        """The folds without inner folds."""
        return tuple(fold for fold in self.folds if fold.inner is None)

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics. The first ranks the candidates. "score" is the `score` method of the estimator."""
        metrics = self.spec.get("metrics") or self.spec.get("scoring") or ["score"]
        return [metric_name(metric) for metric in metrics]

    @property
    def ranking(self) -> tuple[str | None, bool]:
        """The metric that ranks the candidates (None if no metric can), and whether lower is better."""
        return (self.metrics[0], False) if self.kind == "search" else clustering_metrics.ranking(self.metrics)

    @property
    def train_scores(self) -> bool:
        """Whether train scores are requested."""
        return bool(self.spec.get("train_scores"))

    @property
    def also_shared(self) -> list[str]:
        """Import paths of the user's classes in `share.also`, whose work may be shared."""
        share = self.spec.get("share")
        return share.get("also", []) if isinstance(share, dict) else []

    @property
    def shares(self) -> bool:
        """Whether evaluations may share work.

        Not with a custom scorer: it may inspect the estimator and X, which differ where work is shared. Not if features are permuted: shared steps have
        transformed them already.
        """
        if self.kind != "search" or self.permutation_importance is not None:
            return False
        return bool(self.spec.get("share", True)) and all(isinstance(m, str) for m in self.spec.get("scoring") or [])

    def task(self) -> dict[str, Any]:
        """Return what all evaluations of the request have in common, for `evaluation.task.Task` on the engines: the keys of the config, some replaced."""
        told = {key: value for key, value in self.spec.items() if key not in NOT_FOR_ENGINES}
        return {
            **told,
            "kind": self.kind,
            "models": {name: model["estimator"] for name, model in self.spec["models"].items()},
            "scoring": self.spec.get("scoring"),
            "train_scores": self.train_scores,
            "permutation_importance": self.permutation_importance,
            "share": self.shares,
            "also": self.also_shared,
            "rank": self.ranking[0],
            "dispersion": bool(self.spec.get("gap")),
        }

    def versions_of_some(self, model: str) -> frozenset[str]:
        """Return the names of the versions that some candidates of a model depend on and others do not."""
        return frozenset(name for names in self.values.get(model, {}).values() for name in names)

    def versions_of(self, model: str, params: dict[str, Any]) -> set[str]:
        """Return the names of the versions that a candidate depends on because of its parameter values."""
        packages = {name.partition(".")[0] for name in names_in(params)}
        return {name for package in packages for name in self.values.get(model, {}).get(package, ())}

    def made_lines(self) -> list[dict[str, Any]]:
        """Return the `made:` records of all models."""
        return [made_line(made) for made in self.made.values()]


def made_line(made: Made) -> dict[str, Any]:
    """Return the `made:` record of a ledger for a description of how records are made."""
    return {"key": MADE + made["id"], **made}


def made_id(what: Mapping[str, Any]) -> str:
    """Return the id of a way of making records: the digest of all that it says."""
    how = {**what["how"], **{name: in_order(what["how"].get(name)) for name in ("scoring", "metrics")}}
    return digest({**what, "estimator": in_order(what["estimator"]), "how": how})


KeysOf = Callable[..., list[bytes]]
"""Function from the parameters of a candidate, and its resource, to the keys of its records, one for each fold."""


def keys_of(made: str, folds: Sequence[Fold]) -> KeysOf:
    """Return a function from the parameters of a candidate to the keys of its records.

    A key is the SHA-256 of the canonical JSON of [canonical JSON of [made, params], digest of the fold], or with a resource of
    [canonical JSON of [made, params, resource], digest of the fold]. The part that all folds have in common is hashed once, as hashing a large grid takes
    seconds.

    Parameters
    ----------
    made : str
        Id of the description of how the records are made.
    folds : sequence of Fold

    Returns
    -------
    callable
        Takes `params`, and `resource` (dict or None); returns a list of bytes of length 32, one for each fold.
    """
    ends = [f"{json.dumps(fold.digest)}]".encode() for fold in folds]

    def keys(params: dict[str, Any], resource: dict[str, Any] | None = None) -> list[bytes]:
        what = [made, _in_order(params)] if resource is None else [made, _in_order(params), resource]
        start = json.dumps(what, sort_keys=True, separators=(",", ":"))
        prefix = hashlib.sha256(f"[{json.dumps(start)},".encode())
        found = []
        for end in ends:
            key = prefix.copy()
            key.update(end)
            found.append(key.digest())
        return found

    return keys


def _in_order(params: dict[str, Any]) -> dict[str, Any]:
    plain = not any(isinstance(value, (dict, list)) for value in params.values())
    return params if plain else {name: in_order(value) for name, value in params.items()}
