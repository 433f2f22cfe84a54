"""Draw the mean score of a search by one metric against its parameters."""

from pathlib import Path

import pandas as pd

from foldwork.pictures.sampled import draw_sampled, is_sampled_search
from foldwork.pictures.validation import draw_validation
from foldwork.results.best import completeness_note
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed
from foldwork.workflow.script import job


def main(snakemake):
    metric = snakemake.params.metric
    with job(snakemake), replacing(Path(snakemake.output.validation)) as path:
        evaluated = read_signed(snakemake.input.evaluated, "it")
        scores = pd.read_csv(snakemake.input.scores)
        # With one metric the suffix is "score", or there are the names of the scores that a custom scorer returned.
        suffixes = [name.removeprefix("mean_test_") for name in scores.columns if name.startswith("mean_test_")]
        if len(evaluated["request"]["spec"]["scoring"]) > 1 or hasattr(snakemake.wildcards, "metric"):
            suffixes = [metric]
        elif suffixes != ["score"]:
            metric = suffixes[0]
        note = completeness_note(evaluated)
        if is_sampled_search(evaluated["request"]["spec"].get("strategy")):
            draw_sampled(scores, path, metric=metric, suffix=suffixes[0], note=note)
        else:
            draw_validation(scores, path, metric=metric, suffix=suffixes[0], also=suffixes[1:], note=note)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
