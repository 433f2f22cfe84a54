"""Write the tables of a curve from its ledger."""

from pathlib import Path

from foldwork.results import curves, tables
from foldwork.results.csv_table import write_table
from foldwork.results.results import results_of
from foldwork.workflow.script import job


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        results = results_of(evaluated)
        write_table(Path(output.curve), *curves.scores(results))
        write_table(Path(output.timings), *curves.timings(results))
        write_table(Path(output.evaluations), *tables.evaluation_rows(results))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
