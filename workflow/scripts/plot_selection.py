"""Draw the metrics of a clustering against the number of clusters."""

from pathlib import Path

import pandas as pd

from foldwork.pictures.choice import choose
from foldwork.pictures.selection import draw_selection
from foldwork.records.request import Request
from foldwork.results.best import completeness_note
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed
from foldwork.workflow.script import job


def main(snakemake):
    with job(snakemake), replacing(Path(snakemake.output.selection)) as path:
        evaluated = read_signed(snakemake.input.evaluated, "it")
        metrics = Request.from_json(evaluated["request"]).metrics
        scores = pd.read_csv(snakemake.input.scores)
        draw_selection(scores, path, metrics=metrics, chosen=choose(scores, metrics), note=completeness_note(evaluated))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
