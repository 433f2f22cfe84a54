"""Draw the clusters of each candidate of a clustering."""

from pathlib import Path

from foldwork.data.fold_files import open_file
from foldwork.pictures.clustering_candidates import draw_candidates
from foldwork.results.results import results_of
from foldwork.workflow.script import job


def main(snakemake):
    evaluated, folder = Path(snakemake.input.evaluated), Path(snakemake.output.clusters)
    with job(snakemake):
        results = results_of(evaluated)
        fold = results.request.folds[0]
        points = open_file(str(Path(snakemake.input.dataset) / fold.file), fold.sha256).fresh()["X"]
        folder.mkdir(parents=True, exist_ok=True)
        draw_candidates(results, points, folder)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
