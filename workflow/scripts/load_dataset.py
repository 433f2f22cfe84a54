"""Load a dataset and persist it as arrays."""

import sys
from pathlib import Path

from foldwork.data import input_files
from foldwork.data.datasets import persist
from foldwork.workflow.script import job


def main(snakemake):
    sys.path.insert(0, str(Path.cwd()))
    with job(snakemake) as log:

        def say(line):
            print(line, file=sys.stderr, flush=True)
            log.write(f"{line}\n")

        name = snakemake.wildcards.dataset
        spec = snakemake.config["foldwork"]["datasets"][name]
        persist(name, spec, Path(snakemake.output.folder), input_files.content(input_files.files_of(spec)), say)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
