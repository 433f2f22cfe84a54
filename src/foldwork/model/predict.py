"""Predict a file of new data, chunk by chunk, or a table in memory."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from foldwork.data.read_chunks import PARQUET, read_chunks
from foldwork.errors import FoldworkError
from foldwork.model.features import date_columns, text_columns, width
from foldwork.model.model import Model, read_model
from foldwork.storage.atomic_write import replacing

if TYPE_CHECKING:
    import pandas as pd

CHUNK_BYTES, MOST_ROWS, FEWEST_ROWS = 2**26, 100_000, 1000
"""A chunk has so many bytes as numbers of 8 bytes, but its rows are within these bounds."""

SEPARATORS = {".csv": ",", ".tsv": "\t"}


def predict(
    folder: str | Path,
    data: Any,
    output: str | Path | None = None,
    *,
    proba: bool = False,
    drop: Collection[str] = (),
    threshold: bool = True,
) -> "pd.DataFrame | int":
    """Predict new data with the fitted model of a search.

    Parameters
    ----------
    folder : path-like
        The results folder of the search.
    data : path-like, DataFrame, array-like or sparse matrix
        A file is read as the dataset of the model was.
    output : path-like, optional
        File for the predictions: `.csv`, `.tsv` or `.parquet`. Only a chunk of rows is then in memory.
    proba : bool
        Whether to add the probability of each class.
    drop : collection of str
        Columns that are not used.
    threshold : bool
        Whether `prediction` follows the decision threshold of the search, where it has one.

    Returns
    -------
    DataFrame or int
        `row`, `prediction` and with `proba` a column `proba_<class>` for each class. With `output` the number of rows that were written.

    Raises
    ------
    FoldworkError
        In one line: when there is no model, or the data are not as those that it was fitted on.

    Examples
    --------
    >>> foldwork.predict("results/searches/forest", "data/new.csv", "predictions.csv")  # doctest: +SKIP
    """
    import pandas as pd

    model = read_model(folder, threshold=threshold)
    if not isinstance(data, (str, Path)):
        tables = iter([model.table(data, proba, drop=drop)])
    else:
        tables = predictions(model, str(data), proba, drop)
    return pd.concat(tables, ignore_index=True) if output is None else write(tables, Path(output), str(data))


def predictions(
    model: Model, path: str, proba: bool = False, drop: Collection[str] = (), rows: int | None = None
) -> "Iterator[pd.DataFrame]":
    """Yield the predictions of each chunk of a file.

    Parameters
    ----------
    model : Model
    path : str
    proba : bool
    drop : collection of str
    rows : int, optional
        Rows of a chunk.

    Yields
    ------
    DataFrame
        As `Model.table` returns it.
    """
    features = model.description["features"]
    if rows is None:
        rows = min(MOST_ROWS, max(FEWEST_ROWS, CHUNK_BYTES // (8 * max(1, width(features)))))
    start = 0
    named = features["container"] == "frame"
    read, text, dates = model.description["read"], text_columns(features), date_columns(features)
    for chunk in read_chunks(path, read, rows, text, dates, named=named):
        if chunk.shape[0] == 0 and start == 0:
            yield _empty(model, chunk, proba, path, drop)
            return
        yield model.table(chunk, proba, path, drop, start)
        start += chunk.shape[0]


def _empty(model: Model, chunk: Any, proba: bool, path: str, drop: Collection[str]) -> "pd.DataFrame":
    """Return the predictions of a file without rows."""
    import pandas as pd

    model.check(chunk, path, drop)
    classes = [f"proba_{name}" for name in model.classes or []] if proba else []
    return pd.DataFrame(columns=["row", "prediction", *classes])


def write(tables: "Iterator[pd.DataFrame]", output: Path, data: str) -> int:
    """Write tables one after the other to a file, which is replaced when all are written; return the number of rows.

    Raises
    ------
    FoldworkError
        For a file of another format, and for the file of the data itself.
    """
    ending = output.suffix.lower()
    if ending not in (*SEPARATORS, *PARQUET):
        raise FoldworkError(f"{output}: must end in .csv, .tsv or .parquet")
    if output.exists() and Path(data).exists() and output.samefile(data):
        raise FoldworkError(f"{output}: is the file of the data itself; name another one for the predictions")
    with replacing(output) as temporary:
        if ending in PARQUET:
            return _write_parquet(tables, temporary)
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            return write_csv(tables, file, SEPARATORS[ending])


def write_csv(tables: "Iterator[pd.DataFrame]", file: IO[str], separator: str = ",") -> int:
    """Write tables to a file of text, with one header; return the number of rows."""
    rows = 0
    for number, table in enumerate(tables):
        table.to_csv(file, sep=separator, index=False, header=number == 0)
        rows += len(table)
    return rows


def _write_parquet(tables: "Iterator[pd.DataFrame]", path: Path) -> int:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    rows, writer = 0, None
    try:
        for table in tables:
            found = pa.Table.from_pandas(table, preserve_index=False, schema=writer and writer.schema)
            writer = writer or ParquetWriter(path, found.schema)
            writer.write_table(found)
            rows += len(table)
    finally:
        if writer is not None:
            writer.close()
    return rows
