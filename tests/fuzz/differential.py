"""One search evaluated in several ways, by foldwork and by GridSearchCV, and where their numbers differ."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from evaluating import HERE, Cluster, InProcess
from gridsearch import Cells, Refused, cells_of, expected, hopeless, unrepeatable

from foldwork.data import datasets, splits
from foldwork.errors import FoldworkError
from foldwork.records.make_request import make_request
from foldwork.results import tables
from foldwork.results.results import Results
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import validate

SCHEMA = HERE.parents[1] / "workflow/schemas/config.schema.json"


class Folded:
    """A config's dataset and folds as foldwork persists them; evaluates its search.

    Parameters
    ----------
    config : dict
        One search, `x`.
    folder : Path
        Where the files go.

    Raises
    ------
    Refused
        When foldwork does not take the data or the splitter.
    """

    def __init__(self, config: dict[str, Any], folder: Path) -> None:
        text = yaml.safe_dump(config)
        self.settings = validate(yaml.safe_load(text), SCHEMA)
        self._folder = folder
        self._made = 0
        (dataset,), (of_splits,) = self.settings["datasets"], self.settings["splits"]
        try:
            check_config(self.settings)
            datasets.persist(dataset, self.settings["datasets"][dataset], folder / "dataset")
            splits.persist(of_splits, self.settings["splits"][of_splits], folder / "dataset", folder / "splits")
        except FoldworkError as error:
            raise Refused(str(error)) from error

    def cells(self, where: Cluster | InProcess, *, share: bool, name: str = "x") -> Cells:
        """Return the numbers of scores.csv."""
        spec = {**self.settings["searches"][name], "share": share}
        asked = make_request("search", name, spec, self._folder / "splits" / splits.MANIFEST, HERE, 1)
        self._made += 1
        folder = self._folder / f"{name}-{self._made}"
        folder.mkdir()
        where.evaluate(asked, folder)
        results = Results(asked, folder / "ledger.jsonl")
        columns, rows = tables.cv_results(results)
        cells: Cells = {}
        models = [proposal.model for proposal in results.requested.proposals]
        index: dict[str, int] = {}
        for model, row in zip(models, rows, strict=True):
            k = index[model] = index.get(model, -1) + 1
            for column in columns:
                if column.startswith(("split", "mean_", "std_", "rank_")):
                    cells[model, k, column] = float(row[column])
        return cells


def differing(found: Cells, wanted: Cells) -> Iterator[str]:
    """Yield a line for each cell that is not the same to the last bit; NaN is the same as NaN."""
    if found.keys() != wanted.keys():
        yield f"other cells: {sorted(found.keys() ^ wanted.keys())[:6]}"
    for key in found.keys() & wanted.keys():
        if found[key] != wanted[key] and not (np.isnan(found[key]) and np.isnan(wanted[key])):
            model, candidate, column = key
            yield f"{model} candidate {candidate} {column}: {found[key]!r}, GridSearchCV {wanted[key]!r}"


def differences(config: dict[str, Any], folder: Path, ways: list[tuple[Cluster | InProcess, bool]]) -> dict[str, Any]:
    """Evaluate a config's search `x` by GridSearchCV and in each of the ways (where, shared or not).

    Returns
    -------
    dict
        `cells` (how many were compared), `nan` (how many of GridSearchCV's are NaN), `unlike` (a way's name to its differing cells),
        `refused` (who refuses the search as a whole, and why), `ended` (models with which GridSearchCV ends whatever `error_score` is),
        `scored` (models that it has numbers of).
    """
    outcome = {"cells": 0, "nan": 0, "unlike": {}, "refused": None, "ended": {}, "scored": set()}
    by_model, refused, folded = {}, {}, None
    try:
        by_model = expected(config)
    except Refused as error:
        refused["scikit-learn"] = str(error)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folded = Folded(config, folder)
    except Refused as error:
        refused["foldwork"] = str(error)
    ended = {model: error for model, error in by_model.items() if isinstance(error, Exception)}
    wanted = cells_of(by_model)
    if refused:
        # A search with a model that GridSearchCV cannot evaluate at all may be refused as a whole.
        if len(refused) == 1 and not hopeless(by_model):
            outcome["unlike"] = {f"{who} refuses": [said] for who, said in refused.items()}
        return {**outcome, "refused": refused}
    unlike, compared = {}, 0
    for where, shared in sorted(ways, key=lambda way: way[1]):  # plain ones first
        found = folded.cells(where, share=shared)
        if ended and not compared:  # where GridSearchCV says nothing all ways must say the same
            wanted = {**found, **wanted}
        lines = sorted(differing(found, wanted), key=lambda line: ("rank_" in line, line))  # ranks follow from the rest
        compared += len(found)
        if lines:
            unlike[f"{where.engines} engines, {'shared' if shared else 'plain'}"] = lines
    if unlike and (odd := unrepeatable(config)):
        marks = ("rank_", *(f"{model} candidate" for model in odd))  # ranks are over all models
        unlike = {way: left for way, lines in unlike.items() if (left := [x for x in lines if not _has(x, marks)])}
    nan = sum(np.isnan(value) for value in wanted.values())
    scored = set(by_model) - hopeless(by_model)
    return {**outcome, "cells": compared, "nan": nan, "unlike": unlike, "ended": ended, "scored": scored}


def _has(line: str, marks: tuple[str, ...]) -> bool:
    return any(mark in line for mark in marks)


def refused_models(config: dict[str, Any]) -> dict[str, str]:
    """Return the models of a search that foldwork's look at the config refuses, each looked at by itself, with what it says."""
    found = {}
    for model, spec in config["searches"]["x"]["models"].items():
        alone = {**config, "searches": {"x": {**config["searches"]["x"], "models": {model: spec}}}}
        try:
            check_config(validate(alone, SCHEMA))
        except FoldworkError as error:
            found[model] = str(error)
    return found


class _Dumper(yaml.SafeDumper):
    """Writes what stands twice in a config twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    @classmethod
    def text(cls, config: dict[str, Any]) -> str:
        """Return a config as YAML."""
        return yaml.dump(config, Dumper=cls, sort_keys=False).rstrip()


def report(seed: Any, config: dict[str, Any], outcome: dict[str, Any]) -> str:
    """Say what differs, with all that is needed to see it again."""
    lines = [f"seed {seed} (FUZZ_SEED={seed} reproduces it)" if isinstance(seed, int) else seed]
    lines += [_Dumper.text(config)] if config else []
    for way, cells in outcome["unlike"].items():
        lines += [f"{way}: {len(cells)} cells differ", *(f"    {cell}" for cell in cells[:12])]
    return "\n".join(lines)
