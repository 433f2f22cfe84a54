"""Write the tables of permutation importances from their ledger."""

from pathlib import Path

from foldwork.results import tables
from foldwork.results.csv_table import write_table
from foldwork.results.importance import Importances, feature_rows, repeat_rows
from foldwork.results.results import results_of
from foldwork.workflow.script import job


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        results = results_of(evaluated)
        found = Importances(results)
        write_table(Path(output.importance), *feature_rows(found))
        write_table(Path(output.repeats), *repeat_rows(found))
        write_table(Path(output.evaluations), *tables.evaluation_rows(results))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
