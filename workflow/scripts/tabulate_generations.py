"""Write the table of the generations of an evolutionary search."""

from pathlib import Path

from foldwork.results import generations
from foldwork.results.csv_table import write_table
from foldwork.workflow.script import job


def main(snakemake):
    with job(snakemake):
        rows = generations.of_scores(Path(snakemake.input.scores))
        write_table(Path(snakemake.output.generations), ["model", *generations.COLUMNS], rows)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
