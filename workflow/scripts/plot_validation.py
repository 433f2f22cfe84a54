"""Draw the scores of a search over its parameters."""

from pathlib import Path

import pandas as pd

from foldwork.results.best import how_much
from foldwork.pictures.validation import draw_validation
from foldwork.storage.atomic_write import read_signed, replacing
from foldwork.study.objects import metric_name
from foldwork.workflow.script import job


def main(snakemake):
    scoring = [metric_name(metric) for metric in snakemake.params.scoring]
    with job(snakemake), replacing(Path(snakemake.output.validation)) as path:
        note = how_much(read_signed(snakemake.input.evaluated, "it"))
        scores = pd.read_csv(snakemake.input.scores)
        # Its names stand in the table alone if one scorer returns several scores.
        suffix = next(name for name in scores.columns if name.startswith("mean_test_")).removeprefix("mean_test_")
        metric = (scoring or [suffix])[0] if suffix == "score" else suffix
        draw_validation(scores, path, metric=metric, suffix=suffix, note=note)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
