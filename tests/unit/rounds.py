"""Run a search in this process, without engines: the client's rounds are real, and evaluations end in a random order."""

import json
import random
from pathlib import Path
from typing import Any

import yaml
from threadpoolctl import threadpool_limits

from foldwork.data import datasets, inner_splits, splits
from foldwork.data.input_files import source_of_splits
from foldwork.evaluation.bundle import run
from foldwork.execution.completion import Completion
from foldwork.execution.outstanding import Outstanding
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.make_request import make_request, spec_and_source
from foldwork.records.requested import Requested
from foldwork.results import curves, importance, nested, tables
from foldwork.results.best import best
from foldwork.results.csv_table import write_table
from foldwork.results.results import Results
from foldwork.storage import ledger
from foldwork.storage.atomic_write import write_json
from foldwork.storage.file_names import INNER
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import read, validate

SCHEMA = Path(__file__).parents[2] / "workflow/schemas/config.schema.json"


class Searched:
    """What a search has left: its results folder, `records`, the content of best.json or nested.json, and how many evaluations were made."""

    def __init__(self, folder: Path, records: Results, made: int, stop: dict[str, Any] | None) -> None:
        self.folder, self.records, self.made, self.stop = folder, records, made, stop
        write_table(folder / "evaluations.csv", *tables.evaluation_rows(records))
        if records.request.is_nested:
            write_table(folder / "scores.csv", *nested.scores(records))
            write_table(folder / "nested.csv", *nested.outer_scores(records))
            self.nested = nested.summary(records)
        elif records.request.permutation_importance is not None:
            self.importances = importance.Importances(records)
            write_table(folder / "scores.csv", *importance.feature_rows(self.importances))
            write_table(folder / "repeats.csv", *importance.repeat_rows(self.importances))
        elif records.request.is_curve:
            write_table(folder / "scores.csv", *curves.scores(records))
        else:
            columns, rows = tables.cv_results(records)
            write_table(folder / "scores.csv", columns, rows)
            self.best = best(records, rows)
            write_json(folder / "best.json", self.best)
        self.scores = (folder / "scores.csv").read_text()


def search(
    folder: Path,
    config: dict[str, Any],
    name: str = "s",
    *,
    seed: int = 0,
    evaluations: int | None = None,
    likely: float = 0.3,
) -> Searched:
    """Run a search or curve, or go on with it, until it is finished or has made so many evaluations."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    settings = validate(read([folder / "config.yaml"]), SCHEMA)
    check_config(settings)
    kind = "curve" if name in settings["curves"] else "search"
    results = folder / ("curves" if kind == "curve" else "searches") / name
    best_of = folder / "searches" / settings["curves"].get(name, {}).get("search", "") / "best.json"
    spec, source = spec_and_source(settings, kind, name, best_of)
    of_splits = settings["splits"][spec["splits"]]
    dataset, folds = folder / "datasets" / of_splits["dataset"], folder / "splits" / spec["splits"]
    if not folds.exists():
        datasets.persist(of_splits["dataset"], settings["datasets"][of_splits["dataset"]], dataset)
        splits.persist(spec["splits"], of_splits, dataset, folds)
    results.mkdir(parents=True, exist_ok=True)
    if "inner" in spec and not (results / INNER).exists():
        inner_splits.persist(name, spec["inner"], folds, results / INNER, source_of_splits(of_splits))
    request = make_request(kind, name, spec, folds / splits.MANIFEST, folder, 1, source, results / INNER)
    path = results / "ledger.jsonl"
    made, choose = 0, random.Random(seed)
    outstanding = Outstanding(Requested(request), results, BestSoFar.of(request))
    todo, _ = outstanding.find()
    with ledger.Writer(path) as writer, threadpool_limits(1):
        writer.append(outstanding.take_lines())
        while todo and not outstanding.reached() and made != evaluations:
            choose.shuffle(todo)
            evaluation = todo.pop()
            line, score = evaluate(request, evaluation, folder)
            writer.append([line])
            made += 1
            outstanding.add_score(evaluation, score)
            todo += outstanding.next_round()
            writer.append(outstanding.take_lines())
            if choose.random() < likely:
                todo += outstanding.likely(1)
    reached = outstanding.reached()
    requested = Requested(request).replay(path)
    if reached:
        requested.cut(reached[0])
    elif evaluations is None:
        assert Completion(requested, path).missing == 0
    return Searched(results, Results(request, path, reached and reached[0]), made, reached)


def evaluate(request: Any, evaluation: Any, study: Path) -> tuple[str, float]:
    """Make one evaluation as an engine does it; return its line of the ledger and its score."""
    e = evaluation
    bundle = {
        "number": 0,
        "study": str(study),
        "task": json.dumps(request.task()),
        "fold": request.folds[e.fold].for_engine(),
        "evaluations": [(e.key, request.made[e.model]["id"], e.model, e.params, 0, e.resource)],
    }
    ((line, score, *_),) = run(json.loads(json.dumps(bundle)))["results"]
    return line, score
