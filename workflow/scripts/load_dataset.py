"""Persist one dataset as arrays."""

import sys
from pathlib import Path

from foldwork import inputs
from foldwork.data import persist
from foldwork.job import job


def main(snakemake):
    sys.path.insert(0, str(Path.cwd()))
    with job(snakemake) as log:

        def say(line):
            print(line, file=sys.stderr, flush=True)
            log.write(f"{line}\n")

        name = snakemake.wildcards.dataset
        spec = snakemake.config["foldwork"]["datasets"][name]
        persist(name, spec, Path(snakemake.output.folder), inputs.content(inputs.files_of(spec)), say)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
