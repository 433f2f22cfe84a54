"""A study whose evaluations keep predictions, in this process without engines."""

import io
import itertools
import json
from pathlib import Path

from foldwork.data import datasets, inner_splits, splits
from foldwork.engines.allocation import Allocation
from foldwork.evaluation import keep
from foldwork.evaluation.bundle import run
from foldwork.execution import attempt
from foldwork.execution.keeping import Keeping
from foldwork.execution.outstanding import Outstanding
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.make_request import make_request
from foldwork.records.requested import Requested
from foldwork.results import nested, tables
from foldwork.results.best import best
from foldwork.results.results import Results, results_of
from foldwork.storage import ledger
from foldwork.storage.atomic_write import write_json
from foldwork.storage.file_names import EVALUATED, INNER, LEDGER
from foldwork.storage.signed_json import write_signed

TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}
CV = {"class": "StratifiedKFold", "n_splits": 3, "shuffle": True, "random_state": 0}


class Study:
    """A study with one dataset and splits `s`, and searches over them."""

    def __init__(self, folder: Path, load="sklearn.datasets.load_iris", args=None, cv=CV, layout="copy", spec=None):
        self.folder, self.results = folder, folder / "results"
        spec = spec or {"load": load} | ({"args": args} if args else {})
        datasets.persist("d", spec, self.results / "datasets/d")
        splits.persist(
            "s", {"dataset": "d", "cv": cv, "layout": layout}, self.results / "datasets/d", self.results / "splits/s"
        )

    def request(self, name="t", estimator=TREE, space=None, **spec):
        models = {"m": {"estimator": estimator, "space": space or {}}}
        spec = {"splits": "s", "models": models, "scoring": ["accuracy"], "predictions": "all", **spec}
        folds, inner = self.results / "splits/s", self.search(name) / INNER
        if "inner" in spec and not inner.exists():
            inner_splits.persist(name, spec["inner"], folds, inner)
        return make_request("search", name, spec, folds / "splits.json", self.folder, 1, inner=inner)

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
            while todo:
                writer.append(outstanding.take_lines())
                records += self._run(request, keeping, todo, writer, outstanding)
                todo = outstanding.next_round()
            writer.append(outstanding.take_lines())
        keep._appenders.clear()  # the next run has other engines
        return said, records

    def _run(self, request, keeping, todo, writer, outstanding):
        records = []
        for fold, group in itertools.groupby(sorted(todo, key=lambda e: e.fold), key=lambda e: e.fold):
            group = list(group)
            bundle = {"number": 0, "study": str(self.folder), "task": json.dumps(request.task())}
            bundle |= {"fold": request.folds[fold].for_engine(), **keeping.members(group)}
            bundle["evaluations"] = [
                (e.key, request.made[e.model]["id"], e.model, e.params, 0, e.resource) for e in group
            ]
            results = run(json.loads(json.dumps(bundle)))["results"]
            for evaluation, (line, score, *_) in zip(group, results, strict=True):
                writer.append([line])
                outstanding.add_score(evaluation, score)
                records.append(ledger.decode(line.encode()))
        return records

    def finish(self, request):
        """Write evaluated.json and best.json or nested.json of an evaluated search; return its folder."""
        folder, said = self.search(request.name), []
        found = attempt.run(
            request, folder, Allocation(None, 0), study=self.folder, log=io.StringIO(), show=said.append
        )
        write_signed(folder / EVALUATED, found)
        results = results_of(folder / EVALUATED)
        if request.is_nested:
            write_json(folder / "nested.json", nested.summary(results))
        else:
            write_json(folder / "best.json", best(results, tables.cv_results(results)[1]))
        return folder

    def read(self, request):
        return Results(request, self.search(request.name) / LEDGER)
