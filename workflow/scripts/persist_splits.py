"""Persist the folds of one splitter."""

import sys
from pathlib import Path

from foldwork.job import job
from foldwork.splits import persist


def main(snakemake):
    sys.path.insert(0, str(Path.cwd()))
    with job(snakemake):
        persist(
            snakemake.wildcards.splits,
            snakemake.params.spec,
            Path(snakemake.input.dataset),
            Path(snakemake.output.folder),
            snakemake.params.source,
        )


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
