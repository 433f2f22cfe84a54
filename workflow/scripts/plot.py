"""Draw a picture by the function `plot` of the module in foldwork.pictures that the rule's params name."""

import importlib
from pathlib import Path

from foldwork.workflow.script import job

# Params that are not arguments of the function.
OTHER_PARAMS = ("picture", "caption")


def main(snakemake):
    with job(snakemake):
        picture = importlib.import_module(f"foldwork.pictures.{snakemake.params.picture}")
        # An input that is not made for this config is an empty list.
        inputs = {name: Path(path) for name, path in snakemake.input.items() if path}
        params = {name: value for name, value in snakemake.params.items() if name not in OTHER_PARAMS}
        picture.plot(inputs, Path(snakemake.output[0]), **params)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
