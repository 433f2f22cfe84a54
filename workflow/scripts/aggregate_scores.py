"""Turn the ledger of a search into its tables."""

from pathlib import Path

from foldwork import scores
from foldwork.files import write_json
from foldwork.job import job


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        results = scores.results_of(evaluated)
        columns, rows = scores.cv_results(results)
        scores.write_table(Path(output.scores), columns, rows)
        scores.write_table(Path(output.timings), *scores.timings(results))
        scores.write_table(Path(output.evaluations), *scores.evaluation_rows(results))
        write_json(output.best, scores.best(results, rows))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
