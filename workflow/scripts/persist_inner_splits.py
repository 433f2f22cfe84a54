"""Write the row numbers of the inner folds of a nested search."""

import sys
from pathlib import Path

from foldwork.data.inner_splits import persist
from foldwork.records.make_request import spec_and_source
from foldwork.workflow.script import job


def main(snakemake):
    sys.path.insert(0, str(Path.cwd()))
    name = snakemake.wildcards.search
    spec, source = spec_and_source(snakemake.config["foldwork"], "search", name)
    with job(snakemake):
        persist(name, spec["inner"], Path(snakemake.input.folds), Path(snakemake.output.folder), source)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
