"""Turn the ledger of a clustering into its tables."""

from pathlib import Path

from foldwork import scores
from foldwork.files import read_json
from foldwork.job import job
from foldwork.layout import LEDGER


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        results = scores.Results(read_json(evaluated)["request"], evaluated.parent / LEDGER)
        scores.write_table(Path(output.scores), *scores.clustering_scores(results))
        scores.write_table(Path(output.timings), *scores.timings(results))
        scores.write_table(Path(output.evaluations), *scores.evaluation_rows(results))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
