"""Write the tables of a nested search and nested.json from its ledger."""

from pathlib import Path

from foldwork.results import nested, tables
from foldwork.results.csv_table import write_table
from foldwork.results.results import results_of
from foldwork.storage.atomic_write import write_json
from foldwork.workflow.script import job


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        results = results_of(evaluated)
        write_table(Path(output.scores), *nested.scores(results))
        write_table(Path(output.timings), *nested.timings(results))
        write_table(Path(output.evaluations), *tables.evaluation_rows(results))
        write_table(Path(output.nested), *nested.outer_scores(results))
        write_json(output.summary, nested.summary(results))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
