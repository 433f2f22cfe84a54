"""Draw the metrics of a clustering against the number of clusters."""

from pathlib import Path

import pandas as pd

from foldwork.files import read_signed, replacing
from foldwork.job import job
from foldwork.objects import metric_name
from foldwork.plots.choice import choose
from foldwork.plots.selection import draw_selection
from foldwork.scores import how_much


def main(snakemake):
    with job(snakemake), replacing(Path(snakemake.output.selection)) as path:
        evaluated = read_signed(snakemake.input.evaluated, "it")
        metrics = [metric_name(metric) for metric in evaluated["request"]["spec"]["metrics"]]
        scores = pd.read_csv(snakemake.input.scores)
        draw_selection(scores, path, metrics=metrics, chosen=choose(scores, metrics), note=how_much(evaluated))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
