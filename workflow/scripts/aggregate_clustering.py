"""Write the tables of a clustering from its ledger, and which candidates are chosen."""

import csv
import math
from pathlib import Path

from foldwork.results import tables
from foldwork.results.clustering_choice import choice
from foldwork.results.csv_table import write_table
from foldwork.results.results import results_of
from foldwork.storage.atomic_write import write_json
from foldwork.workflow.script import job


def rows_of(path):
    """Return the rows of a table, with an empty cell as NaN; nothing if it is not requested."""
    if not path:
        return []
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts = ("model", "params")
    return [
        {
            name: cell if name in texts or name.startswith("param_") else float(cell or math.nan)
            for name, cell in row.items()
        }
        for row in rows
    ]


def main(snakemake):
    evaluated, output = Path(snakemake.input.evaluated), snakemake.output
    with job(snakemake):
        results = results_of(evaluated)
        columns, scores = tables.clustering_scores(results)
        write_table(Path(output.scores), columns, scores)
        assessed = [rows_of(snakemake.input.get(name)) for name in ("stability", "gap")]
        chosen = choice(results.request.name, results.metrics, scores, *assessed)
        write_json(output.chosen, {**chosen, "evaluated": results.evaluated})
        write_table(Path(output.timings), *tables.timings(results))
        write_table(Path(output.evaluations), *tables.evaluation_rows(results))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
