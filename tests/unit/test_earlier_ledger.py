"""Ledgers of version 0.1, as they were before the package was in subpackages, are read as they are: no record is evaluated again."""

from pathlib import Path

import pytest

import foldwork
from foldwork.records import make_request
from foldwork.records.requested import Requested
from foldwork.records.serving import ReadReport, read_made
from foldwork.results import tables
from foldwork.results.csv_table import write_table
from foldwork.results.results import Results
from foldwork.study.config import read, validate

HERE = Path(__file__).parent / "ledger_of_0_1"
SCHEMA = Path(foldwork.__file__).parents[2] / "workflow/schemas/config.schema.json"


@pytest.fixture(params=[("search", "several", "splits.json"), ("clustering", "wine-kmeans", "dataset.json")])
def request_and_ledger(request, monkeypatch):
    """Return the request that the config makes now, with the versions of then, and the ledger of then."""
    kind, name, manifest = request.param
    path = HERE / name / "ledger.jsonl"
    versions = next(iter(read_made(path).values()))["versions"]
    monkeypatch.setattr(make_request, "dependencies", lambda spec, study, files=False: versions)
    settings = validate(read([HERE / "config.yaml"]), SCHEMA)
    spec, source = make_request.spec_and_source(settings, kind, name)
    return make_request.make_request(kind, name, spec, HERE / name / manifest, HERE, 1, source), path


def test_every_record_of_an_earlier_version_serves(request_and_ledger):
    request, path = request_and_ledger
    assert {made["id"] for made in request.made.values()} == read_made(path).keys()
    requested, report = Requested(request), ReadReport()
    served = {evaluation.key for evaluation, _ in requested.records(path, report=report)}
    assert served == requested.unique.keys() and len(served) == len(list(requested.evaluations))
    assert report == ReadReport()


def test_tables_of_an_earlier_ledger_have_the_same_bytes(request_and_ledger, tmp_path):
    request, path = request_and_ledger
    table = tables.cv_results if request.kind == "search" else tables.clustering_scores
    write_table(tmp_path / "scores.csv", *table(Results(request, path)))
    assert (tmp_path / "scores.csv").read_bytes() == path.with_name("scores.csv").read_bytes()
