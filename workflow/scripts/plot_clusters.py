"""Draw every candidate of a clustering."""

from pathlib import Path

from foldwork.files import read_json
from foldwork.folds import open_file
from foldwork.job import job
from foldwork.layout import LEDGER
from foldwork.pictures import draw_candidates
from foldwork.scores import Results


def main(snakemake):
    evaluated, folder = Path(snakemake.input.evaluated), Path(snakemake.output.clusters)
    with job(snakemake):
        asked = read_json(evaluated)["request"]
        fold = asked["folds"][0]
        folder.mkdir(parents=True, exist_ok=True)
        draw_candidates(
            Results(asked, evaluated.parent / LEDGER), open_file(fold["path"], fold["sha256"]).fresh()["X"], folder
        )


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
