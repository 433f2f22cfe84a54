"""Write tables as CSV with floats in full precision, so that equal records give identical files."""

import csv
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foldwork.storage.atomic_write import replacing

Row = dict[str, Any]


def cell(value: Any) -> str:
    """Format a value for a CSV file: floats by `repr`, NaN as an empty cell, None as "None", dicts and lists as JSON."""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value)


def ranking_column(names: Iterable[str]) -> str:
    """Return the name of the mean test score by the metric that ranks: of the columns of scores.csv the first such one."""
    return next(name for name in names if name.startswith("mean_test_"))


def write_table(path: Path, columns: list[str], rows: Iterable[Row]) -> None:
    """Write rows to a CSV file atomically.

    Parameters
    ----------
    path : Path
        The file.
    columns : list of str
        The header.
    rows : iterable of dict
        Column name to value. A missing column gives an empty cell.
    """
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(row[column]) if column in row else "" for column in columns] for row in rows)
