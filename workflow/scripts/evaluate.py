"""Evaluate everything that a search, clustering or curve requests and its ledger does not have."""

import sys
from pathlib import Path

from foldwork.engines.allocation import allocation
from foldwork.execution.attempt import run
from foldwork.records.curve_spec import warning_of
from foldwork.records.make_request import make_request, spec_and_source
from foldwork.records.scoring_check import check_scoring
from foldwork.storage.file_names import INNER
from foldwork.storage.signed_json import write_signed
from foldwork.workflow.script import job

MANIFESTS = {"search": "splits.json", "clustering": "dataset.json", "curve": "splits.json"}


def main(snakemake):
    allowed = allocation(snakemake.resources, snakemake.threads)
    with job(snakemake, watches_parent=True) as log:
        kind, (name,) = snakemake.params.kind, snakemake.wildcards
        best = snakemake.input.get("best")
        spec, source = spec_and_source(snakemake.config["foldwork"], kind, name, Path(best) if best else None)
        manifest = Path(snakemake.input.folds) / MANIFESTS[kind]
        evaluated = Path(snakemake.output.evaluated)
        inner = evaluated.parent / INNER
        request = make_request(kind, name, spec, manifest, Path.cwd(), allowed.cpus, source, inner)
        if kind == "search":
            check_scoring(name, spec, manifest)
        if warning := warning_of(request):
            print(f"{name}: {warning}", file=sys.stderr)
        found = run(request, evaluated.parent, allowed, study=Path.cwd(), log=log)
        if found is not None:
            write_signed(evaluated, found)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
