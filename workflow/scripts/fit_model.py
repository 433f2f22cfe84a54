"""Fit the best candidate of a search on all rows that are not held out, and save the model."""

import sys
from pathlib import Path

from foldwork.model.refit import notes, refit
from foldwork.storage.atomic_write import read_json
from foldwork.workflow.script import job


def main(snakemake):
    given, model = snakemake.input, Path(snakemake.output.model)
    with job(snakemake) as log, open(snakemake.log[0], "a+b") as printed:
        folders = Path(given.splits), Path(given.dataset), model.parent
        found = refit(
            snakemake.wildcards.search, read_json(given.best), *folders, printed, threads=snakemake.params.threads
        )
        for line in notes(found):
            print(f"foldwork: {line}", file=sys.stderr)
            log.write(f"{line}\n")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
