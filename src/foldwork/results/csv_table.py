"""Write tables as CSV: floats in full precision, so that the same records give the same bytes."""

import csv
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foldwork.storage.atomic_write import replacing

Row = dict[str, Any]


def cell(value: Any) -> str:
    """Return a value as it stands in a table: floats by `repr`, NaN empty, None by its name, mappings and lists as JSON."""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value)


def write_table(path: Path, columns: list[str], rows: Iterable[Row]) -> None:
    """Write rows as CSV, in one step; what a row lacks is empty."""
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(row[column]) if column in row else "" for column in columns] for row in rows)
