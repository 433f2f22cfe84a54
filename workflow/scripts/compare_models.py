"""Compare the best candidates of the models of a search."""

import sys
from pathlib import Path

from foldwork.records import formatting
from foldwork.records.request import Request
from foldwork.results.best_of_models import best_of_models
from foldwork.results.comparison import COLUMNS, compare_all, size_ratio
from foldwork.results.csv_table import write_table
from foldwork.storage.signed_json import read_signed
from foldwork.workflow.script import job


def main(snakemake):
    with job(snakemake) as log:
        request = Request.from_json(read_signed(snakemake.input.evaluated, "it")["request"])
        _, best = best_of_models(Path(snakemake.input.scores), request.spec["models"], len(request.folds))
        for model, candidate in best.items():
            if candidate:
                log.write(f"best candidate: {formatting.candidate(model, candidate.params)}\n")
            else:
                line = (
                    f"{request.name}: model {model} is not compared: none of its candidates has a score on every fold"
                )
                print(line, file=sys.stderr)
                log.write(f"{line}\n")
        scores = {model: candidate.scores for model, candidate in best.items() if candidate}
        pairs = compare_all(scores, size_ratio(request.folds), snakemake.params.rope)
        write_table(Path(snakemake.output.comparison), COLUMNS, [pair.row() for pair in pairs])


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
