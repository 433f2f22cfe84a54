"""Score the model of a search on the held-out rows, once."""

from pathlib import Path

from foldwork.model.holdout import score_held_out
from foldwork.model.model import read_model
from foldwork.storage.atomic_write import write_json
from foldwork.workflow.script import job


def main(snakemake):
    given, search = snakemake.input, snakemake.wildcards.search
    with job(snakemake):
        scoring = snakemake.config["foldwork"]["searches"][search]["scoring"]
        model = read_model(Path(given.model).parent)
        write_json(snakemake.output.holdout, score_held_out(model, scoring, Path(given.splits), Path(given.dataset)))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
