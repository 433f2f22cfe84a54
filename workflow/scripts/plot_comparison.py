"""Draw the differences between the best candidates of the models of a search."""

from pathlib import Path

from foldwork.pictures.comparison import draw_comparison
from foldwork.records.request import Request
from foldwork.results.best import completeness_note
from foldwork.results.best_of_models import best_of_models
from foldwork.results.comparison import compare_all, size_ratio
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed
from foldwork.workflow.script import job


def main(snakemake):
    rope = snakemake.params.rope
    with job(snakemake), replacing(Path(snakemake.output.comparison)) as path:
        evaluated = read_signed(snakemake.input.evaluated, "it")
        request = Request.from_json(evaluated["request"])
        suffix, best = best_of_models(Path(snakemake.input.scores), request.spec["models"], len(request.folds))
        scores = {model: candidate.scores for model, candidate in best.items() if candidate}
        pairs = compare_all(scores, size_ratio(request.folds), rope)
        # With one metric the suffix is "score"; a custom scorer that returns several scores gives their names itself.
        metric = request.metrics[0] if suffix == "score" else suffix
        draw_comparison(best, pairs, path, metric=metric, rope=rope, note=completeness_note(evaluated))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
