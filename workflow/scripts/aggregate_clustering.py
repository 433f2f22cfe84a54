"""Turn the ledger of a clustering into its tables."""

from pathlib import Path

from foldwork.results import tables
from foldwork.workflow.script import job


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        results = tables.results_of(evaluated)
        tables.write_table(Path(output.scores), *tables.clustering_scores(results))
        tables.write_table(Path(output.timings), *tables.timings(results))
        tables.write_table(Path(output.evaluations), *tables.evaluation_rows(results))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
