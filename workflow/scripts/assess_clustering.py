"""Write a table of a clustering by the function `rows` of the module in foldwork.results that the rule's params name."""

import importlib
from pathlib import Path

from foldwork.results.csv_table import write_table
from foldwork.results.results import results_of
from foldwork.workflow.script import job


def main(snakemake):
    with job(snakemake):
        table = importlib.import_module(f"foldwork.results.{snakemake.params.table}")
        write_table(Path(snakemake.output[0]), *table.rows(results_of(Path(snakemake.input.evaluated))))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
