"""Turn the ledger of a clustering into its tables."""

from pathlib import Path

from foldwork import scores
from foldwork.job import job


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        results = scores.results_of(evaluated)
        scores.write_table(Path(output.scores), *scores.clustering_scores(results))
        scores.write_table(Path(output.timings), *scores.timings(results))
        scores.write_table(Path(output.evaluations), *scores.evaluation_rows(results))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
