"""Turn the ledger of a search into its tables."""

from pathlib import Path

from foldwork.results import tables
from foldwork.storage.atomic_write import write_json
from foldwork.workflow.script import job


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        results = tables.results_of(evaluated)
        columns, rows = tables.cv_results(results)
        tables.write_table(Path(output.scores), columns, rows)
        tables.write_table(Path(output.timings), *tables.timings(results))
        tables.write_table(Path(output.evaluations), *tables.evaluation_rows(results))
        write_json(output.best, tables.best(results, rows))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
