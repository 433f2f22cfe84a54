"""A study whose evaluations keep predictions, in this process without engines."""

import itertools
import json
from pathlib import Path

from foldwork.data import datasets, splits
from foldwork.evaluation import keep
from foldwork.evaluation.bundle import run
from foldwork.execution.keeping import Keeping
from foldwork.execution.outstanding import Outstanding
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.make_request import make_request
from foldwork.records.requested import Requested
from foldwork.results.results import Results
from foldwork.storage import ledger
from foldwork.storage.file_names import LEDGER

TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}
CV = {"class": "StratifiedKFold", "n_splits": 3, "shuffle": True, "random_state": 0}


class Study:
    """A study with one dataset and splits `s`, and searches over them."""

    def __init__(self, folder: Path, load="sklearn.datasets.load_iris", args=None, cv=CV, layout="copy"):
        self.folder, self.results = folder, folder / "results"
        spec = {"load": load} | ({"args": args} if args else {})
        datasets.persist("d", spec, self.results / "datasets/d")
        splits.persist(
            "s", {"dataset": "d", "cv": cv, "layout": layout}, self.results / "datasets/d", self.results / "splits/s"
        )

    def request(self, name="t", estimator=TREE, space=None, **spec):
        models = {"m": {"estimator": estimator, "space": space or {}}}
        spec = {"splits": "s", "models": models, "scoring": ["accuracy"], "predictions": "all", **spec}
        return make_request("search", name, spec, self.results / "splits/s/splits.json", self.folder, 1)

    def search(self, name="t"):
        return self.results / "searches" / name

    def outstanding(self, request):
        self.search(request.name).mkdir(parents=True, exist_ok=True)
        return Outstanding(Requested(request), self.search(request.name), BestSoFar.of(request))

    def evaluate(self, request):
        """Make all evaluations that are to do; return what was said about them, and their new records."""
        folder = self.search(request.name)
        outstanding = self.outstanding(request)
        todo, said = outstanding.find()
        keeping = Keeping(request, folder, outstanding, 1)
        records = []
        with ledger.Writer(folder / LEDGER) as writer:
            writer.append(outstanding.take_lines())
            for fold, group in itertools.groupby(sorted(todo, key=lambda e: e.fold), key=lambda e: e.fold):
                group = list(group)
                bundle = {"number": 0, "study": str(self.folder), "task": json.dumps(request.task())}
                bundle |= {"fold": request.folds[fold].for_engine(), **keeping.members(group)}
                bundle["evaluations"] = [
                    (e.key, request.made[e.model]["id"], e.model, e.params, 0, e.resource) for e in group
                ]
                lines = [line for line, *_ in run(json.loads(json.dumps(bundle)))["results"]]
                writer.append(lines)
                records += [ledger.decode(line.encode()) for line in lines]
        keep._appenders.clear()  # the next run has other engines
        return said, records

    def read(self, request):
        return Results(request, self.search(request.name) / LEDGER)
