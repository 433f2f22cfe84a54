"""Write one joblib file for each fold of a splitter."""

import sys
from pathlib import Path

from foldwork.data.splits import persist
from foldwork.workflow.script import job


def main(snakemake):
    sys.path.insert(0, str(Path.cwd()))
    name, settings = snakemake.wildcards.splits, snakemake.config["foldwork"]
    spec = settings["splits"][name]
    source = settings["datasets"][spec["dataset"]]
    with job(snakemake):
        persist(name, spec, Path(snakemake.input.dataset), Path(snakemake.output.folder), source)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
