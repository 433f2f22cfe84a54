"""Choose a candidate of a search, and write best.json."""

from pathlib import Path

from foldwork.results import tables
from foldwork.results.best import best
from foldwork.results.results import results_of
from foldwork.storage.atomic_write import write_json
from foldwork.study.choice_rule import choice_of
from foldwork.workflow.script import job


def main(snakemake):
    rule = choice_of(snakemake.config["foldwork"]["searches"][snakemake.wildcards.search])
    with job(snakemake):
        results = results_of(Path(snakemake.input.evaluated))
        _, rows = tables.cv_results(results)
        write_json(snakemake.output.best, best(results, rows, rule))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
