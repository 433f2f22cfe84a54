"""Draw the scores of a search over its parameters."""

from pathlib import Path

import pandas as pd

from foldwork.files import read_signed, replacing
from foldwork.job import job
from foldwork.objects import metric_name
from foldwork.plots.validation import draw_validation
from foldwork.scores import how_much


def main(snakemake):
    scoring = [metric_name(metric) for metric in snakemake.params.scoring]
    with job(snakemake), replacing(Path(snakemake.output.validation)) as path:
        note = how_much(read_signed(snakemake.input.evaluated, "it"))
        suffix = scoring[0] if len(scoring) > 1 else "score"
        draw_validation(
            pd.read_csv(snakemake.input.scores),
            path,
            metric=scoring[0] if scoring else "score",
            suffix=suffix,
            note=note,
        )


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
