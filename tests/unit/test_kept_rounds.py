"""The rounds of a finished search that are kept in a file give the tables that its strategy gives, and are not used where it might propose others."""

import json

import pytest
from rounds import search

from foldwork.execution.plan import Pending, Plan
from foldwork.records.evaluation import Evaluation
from foldwork.records.kept_rounds import keep_rounds, replayed
from foldwork.records.requested import Requested
from foldwork.results import tables
from foldwork.results.csv_table import write_table
from foldwork.results.results import Results
from foldwork.storage import ledger
from foldwork.storage.file_names import LEDGER, ROUNDS
from foldwork.strategies import tpe

SPACE = {"C": {"loguniform": [1e-2, 1e3]}, "kernel": ["rbf", "linear"], "max_iter": [200, 100]}


def config(strategy):
    svc = {"estimator": {"class": "sklearn.svm.SVC"}, "space": SPACE}
    cv = {"class": "StratifiedKFold", "n_splits": 3}
    return {
        "datasets": {"d": {"load": "sklearn.datasets.load_iris"}},
        "splits": {"f": {"dataset": "d", "cv": cv}},
        "searches": {"s": {"splits": "f", "models": {"svc": svc}, "strategy": strategy}},
    }


@pytest.fixture
def found(tmp_path):
    """Return a finished search with its rounds kept."""
    done = search(tmp_path, config({"tpe": {"n_trials": 20, "batch": 4, "random_state": 0}}))
    keep_rounds(done.records.requested, done.folder)
    return done


@pytest.fixture
def asked(monkeypatch):
    """Return a list with an item for each time that the sampler is asked."""
    calls, ask = [], tpe.OptunaSearch.ask
    monkeypatch.setattr(tpe.OptunaSearch, "ask", lambda self: calls.append(1) or ask(self))
    return calls


def test_tables_from_kept_rounds_have_the_same_bytes_and_the_sampler_is_not_asked(found, asked):
    again = Results(found.records.request, found.folder / LEDGER)
    for name, table in (("scores.csv", tables.cv_results(again)), ("evaluations.csv", tables.evaluation_rows(again))):
        write_table(found.folder / f"again-{name}", *table)
        assert (found.folder / f"again-{name}").read_bytes() == (found.folder / name).read_bytes()
    assert asked == []
    plain, kept = Requested(found.records.request).replay(found.folder / LEDGER), again.requested
    assert kept.rounds.budget(3) == plain.rounds.budget(3) and kept.requested_in == plain.requested_in
    assert replayed(found.records.request, found.folder / LEDGER).numbers == plain.numbers


def test_where_a_score_differs_the_sampler_is_asked(found, asked):
    path = found.folder / LEDGER
    lines = path.read_bytes().splitlines()
    first = next(n for n, line in enumerate(lines) if (ledger.decode(line) or {}).get("status") == "ok")
    record = ledger.decode(lines[first])
    lines[first] = ledger.encode({**record, "test": {"score": 0.5}}).encode()
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    replayed(found.records.request, path)
    assert asked


@pytest.mark.parametrize("damage", ["edited", "cut", "gone", "of another request"])
def test_a_file_that_is_not_what_was_written_for_this_request_is_not_used(found, asked, damage, tmp_path):
    path, request = found.folder / ROUNDS, found.records.request
    if damage == "edited":
        content = json.loads(path.read_text())
        content["strategies"][0]["rounds"][0][0][2]["C"] *= 2
        path.write_text(json.dumps(content))
    elif damage == "cut":
        path.write_text(path.read_text()[:1000])
    elif damage == "gone":
        path.unlink()
    else:
        other = search(tmp_path / "other", config({"tpe": {"n_trials": 20, "batch": 4, "random_state": 1}}))
        keep_rounds(other.records.requested, found.folder)
    asked.clear()
    assert replayed(request, found.folder / LEDGER).numbers and asked


def test_of_other_strategies_nothing_is_kept(tmp_path):
    done = search(tmp_path, config({"halving": {"n_candidates": 4, "random_state": 0}}))
    keep_rounds(done.records.requested, done.folder)
    assert not (done.folder / ROUNDS).exists()


def test_what_an_earlier_round_waits_for_is_submitted_first():
    def pending(number, rank):
        return Pending(Evaluation(f"{number * 7 % 10}", "m", number, {"a": number}, 0), rank=rank)

    plan = Plan([pending(number, number // 4) for number in (6, 1, 4, 3, 0, 7, 2, 5)])
    found = [each.rank for _ in range(8) for each in plan.next(2)]
    assert found == [0, 0, 0, 0, 1, 1, 1, 1]
