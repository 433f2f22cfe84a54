"""Persist one dataset as arrays."""

import sys
from pathlib import Path

from foldwork.data import persist
from foldwork.job import job


def main(snakemake):
    sys.path.insert(0, str(Path.cwd()))
    with job(snakemake):
        persist(
            snakemake.wildcards.dataset,
            snakemake.params.spec,
            Path(snakemake.output.folder),
            snakemake.params.content,
        )


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
