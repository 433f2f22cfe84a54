"""Candidates that depend on scores are the same for any number of engines and after an interruption; what is recorded is not evaluated again."""

import pytest

from foldwork.data import datasets, splits
from foldwork.engines.allocation import Allocation
from foldwork.engines.launchers import Local
from foldwork.execution import attempt
from foldwork.records import kept_rounds
from foldwork.records.make_request import make_request
from foldwork.records.requested import Requested
from foldwork.storage import ledger
from foldwork.storage.file_names import LEDGER
from foldwork.strategies.interface import Proposal, SearchStrategy

KNN = {"class": "sklearn.neighbors.KNeighborsClassifier"}


class Climb(SearchStrategy):
    """Proposes three candidates, then twice the neighbours of the best."""

    def __init__(self):
        self.rounds, self.told, self.best = 0, [], None

    def ask(self):
        self.rounds += 1
        if self.rounds > 3:
            return []
        neighbours = [1, 21, 41] if self.best is None else [self.best - 2, self.best + 2]
        start = sum(map(len, self.told))
        self.values = neighbours
        return [Proposal("knn", start + i, {"n_neighbors": max(1, n)}) for i, n in enumerate(neighbours)]

    def tell(self, scores):
        self.told.append(scores)
        means = [sum(each) / len(each) for each in scores]
        self.best = self.values[means.index(max(means))]


@pytest.fixture
def climb(tmp_path, monkeypatch):
    """Return a function that runs a search with `Climb` and returns what it was told, what was said, and the ledger."""
    data = tmp_path / "results/datasets/d"
    folds = tmp_path / "results/splits/s"
    datasets.persist("d", {"load": "sklearn.datasets.load_wine"}, data)
    splits.persist("s", {"dataset": "d", "cv": {"class": "KFold", "n_splits": 3}}, data, folds)
    spec = {"models": {"knn": {"estimator": KNN, "space": {}}}, "scoring": ["accuracy"], "splits": "s"}
    monkeypatch.chdir(tmp_path)

    def run(name, engines):
        made, said = [], []

        def requested(request):
            made.append(Climb())
            return Requested(request, [made[-1]])

        for module in (attempt, kept_rounds):
            monkeypatch.setattr(module, "Requested", requested)
        request = make_request("search", name, spec, folds / splits.MANIFEST, tmp_path, 1)
        folder = tmp_path / f"results/{name}/searches/x"
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "log", "w") as log:
            found = attempt.run(
                request, folder, Allocation(Local(), engines), study=tmp_path, log=log, show=said.append
            )
        assert found["state"] == "complete"
        return made[0].told, said, folder / LEDGER

    return run


def test_a_strategy_is_told_each_round_in_the_order_asked_and_goes_on_where_it_was(climb):
    told, said, path = climb("one", 1)
    assert [len(scores) for scores in told] == [3, 2, 2] and all(len(each) == 3 for round in told for each in round)
    assert said[0] == "one: 9 evaluations, 0 recorded, 9 to do"
    records = [record for record in ledger.read(path) if not record["key"].startswith(ledger.MADE)]
    assert len({record["key"] for record in records}) == len(records)
    more, _, _ = climb("two", 2)
    assert more == told
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) - 4]))  # what a kill in the last round leaves
    again, said, _ = climb("one", 2)
    assert again == told
    assert said[0].endswith(" to do") and not said[0].endswith(" 0 to do")
    once_more = [record for record in ledger.read(path) if not record["key"].startswith(ledger.MADE)]
    assert {record["key"] for record in once_more} == {record["key"] for record in records}
    _, said, _ = climb("one", 1)
    assert said == [f"one: 21 evaluations, {len(records)} recorded, {21 - len(records)} the same as others, 0 to do"]
