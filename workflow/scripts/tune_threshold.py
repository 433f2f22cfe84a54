"""Choose a decision threshold for the best candidate of a search."""

from pathlib import Path

from foldwork.workflow.predictions import write_threshold
from foldwork.workflow.script import job


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        write_threshold(evaluated.parent, Path(output.threshold), Path(output.curve))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
