"""Write the predictions of the best candidate of a search."""

import sys
from pathlib import Path

from foldwork.workflow.predictions import write
from foldwork.workflow.script import job


def main(snakemake):
    evaluated, path = Path(snakemake.input.evaluated), Path(snakemake.output.predictions)
    with job(snakemake) as log:

        def report(line):
            print(line, file=sys.stderr)
            log.write(f"{line}\n")

        write(evaluated.parent, path, report)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
