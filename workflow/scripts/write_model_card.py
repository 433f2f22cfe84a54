"""Write the card of a model: what it is, where it comes from, and how good it is."""

from pathlib import Path

from foldwork.data.datasets import MANIFEST
from foldwork.model.model_card import model_card
from foldwork.storage.atomic_write import read_json, write_text
from foldwork.workflow.script import job


def main(snakemake):
    given = snakemake.input
    with job(snakemake):
        found = {
            name: read_json(given[name]) if given.get(name) else None
            for name in ("model", "best", "holdout", "findings")
        }
        write_text(snakemake.output.card, model_card(dataset=read_json(Path(given.dataset) / MANIFEST), **found))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
