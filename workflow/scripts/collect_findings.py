"""Find what stands out in a search and its data."""

import sys
from pathlib import Path

from foldwork.results.findings.evidence import Evidence
from foldwork.results.findings.fold_data import FoldData
from foldwork.results.findings.registry import find
from foldwork.results.results import results_of
from foldwork.storage.atomic_write import write_json
from foldwork.study.choice_rule import choice_of
from foldwork.study.source_code import drop_bytecode
from foldwork.study.versions import files_behind
from foldwork.workflow.script import job


def main(snakemake):
    sys.path.insert(0, str(Path.cwd()))
    search = snakemake.config["foldwork"]["searches"][snakemake.wildcards.search]
    with job(snakemake):
        drop_bytecode(files_behind(search, Path.cwd()))
        results = results_of(Path(snakemake.input.evaluated))
        data = FoldData(Path(snakemake.input.folds), Path(snakemake.input.dataset))
        write_json(snakemake.output.findings, find(Evidence(results, data, choice_of(search))))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
