"""Read new data for a model in chunks of rows, by the readers and options of the dataset that it was fitted on."""

import contextlib
import warnings
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from foldwork.data.dates import as_dates, format_of_dates, given_format, is_text
from foldwork.data.read_file import table_options
from foldwork.errors import FoldworkError, one_line
from foldwork.study.file_formats import format_of

PARQUET = (".parquet", ".pq")
KNOWN = ".csv and .tsv (also compressed), .parquet, .npy and .npz"


def read_chunks(
    path: str,
    read: dict[str, Any],
    rows: int,
    text: Collection[str] | None = (),
    dates: Mapping[str, str | None] = MappingProxyType({}),
    *,
    named: bool = True,
) -> Iterator[Any]:
    """Read a file in chunks. Of CSV, parquet and NPY files no more than a chunk is in memory.

    Parameters
    ----------
    path : str
    read : dict
        The option `read` of the dataset. `nrows` is of that file alone, and not used.
    rows : int
        Rows of a chunk.
    text : collection of str or None
        Columns that hold text, even where all values of a chunk are digits. None: all columns.
    dates : mapping of str to str or None
        Columns that hold dates, and their format at the fit. None: that of `read`, else that of the first date in the file.
    named : bool
        Whether the columns of a table must have names. Otherwise a table may have no header: then its first row is all numbers.

    Yields
    ------
    DataFrame, ndarray or sparse matrix
        At least one, which has no rows if the file has none.

    Raises
    ------
    FoldworkError
        When the file is missing or cannot be read, or a date is none.
    """
    file_format, name = format_of(path), path.lower()
    if file_format is not None and file_format.reader == "table":
        found = _table(path, table_options({"file": path, "read": read}, file_format), rows, text, dates, named)
    elif file_format is not None:
        found = _slices(path, rows)
    elif name.endswith(PARQUET):
        found = _parquet(path, rows)
    elif name.endswith(".npy"):
        found = _slices(path, rows)
    else:
        raise FoldworkError(
            f"{path}: is of a format that is not read here, which are {KNOWN}; "
            "in Python, foldwork.read(folder).model().predict(X) takes any table"
        )
    with _errors_in_one_line(path):
        yield from found


@contextlib.contextmanager
def _errors_in_one_line(path: str) -> Iterator[None]:
    try:
        yield
    except (FoldworkError, GeneratorExit):
        raise
    except OSError as error:
        raise FoldworkError(f"{path}: {error.strerror or one_line(error)}") from error
    except UnicodeDecodeError as error:
        raise FoldworkError(
            f"{path}: is not written in {error.encoding}, as the file that the model was fitted on is"
        ) from error
    except Exception as error:
        raise FoldworkError(f"{path}: cannot be read: {one_line(error)}") from error


def _table(
    path: str,
    options: dict[str, Any],
    rows: int,
    text: Collection[str] | None,
    dates: Mapping[str, str | None],
    named: bool,
) -> Iterator[Any]:
    """Read a table with the options of the dataset, as far as they concern columns that the file has."""
    import pandas as pd

    # Dates are read as text: pandas would take the format of each chunk from its first row.
    formats = {column: of_fit or given_format(options, column) for column, of_fit in dates.items()}
    options = {key: value for key, value in options.items() if key not in ("nrows", "parse_dates", "date_format")}
    as_text = {"dtype": str, "header": None, "nrows": 1, "usecols": None, "na_values": None, "keep_default_na": False}
    first = pd.read_csv(**{**options, **as_text}, index_col=False)
    header = first.iloc[0].tolist()
    if not named and all(map(_is_number, header)):
        options["header"] = None
    if "usecols" in options:
        options["usecols"] = set(options["usecols"]).__contains__
    if isinstance(options.get("na_values"), dict):
        options["na_values"] = {key: value for key, value in options["na_values"].items() if key in header}
    given = options.get("dtype", {})
    if isinstance(given, str) and dates:
        given = dict.fromkeys(header, given)
    if not isinstance(given, str):
        options["dtype"] = {
            **dict.fromkeys(header if text is None else text, str),
            **given,
            **dict.fromkeys(dates, str),
        }
        options["dtype"] = {key: value for key, value in options["dtype"].items() if key in header}
        if text is None and not given:
            options["dtype"] = str  # also of columns without names
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        empty = pd.read_csv(**options, index_col=False, nrows=100)
    # As in `read_file`: rows with more fields than the header begin with their names.
    unnamed = any("Length of header" in str(warning.message) for warning in caught)
    if not len(empty):
        yield empty
        return
    with pd.read_csv(**options, chunksize=rows, **({} if unnamed else {"index_col": False})) as chunks:
        start, formats = 0, {column: given for column, given in formats.items() if column in header}
        guessed: dict[str, str] = {}
        for chunk in chunks:
            yield _with_dates(path, chunk.reset_index(drop=True), formats, guessed, start)
            start += len(chunk)


def _with_dates(path: str, chunk: Any, formats: dict[str, str | None], guessed: dict[str, str], first_row: int) -> Any:
    """Return a chunk with dates in place of text. `guessed` gets the format of the first date of each column that has none in `formats`."""
    for column, known in formats.items():
        values = chunk[column]
        if is_text(values):
            if known is None and column not in guessed:
                guessed[column] = format_of_dates(values)
            date_format = known or guessed[column]
            chunk[column] = as_dates(values, date_format, column, path, first_row, of_fit=known is not None)
    return chunk


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parquet(path: str, rows: int) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        empty = True
        for batch in file.iter_batches(batch_size=rows):
            empty = False
            yield pa.Table.from_batches([batch]).to_pandas().reset_index(drop=True)
        if empty:
            yield file.schema_arrow.empty_table().to_pandas()


def _slices(path: str, rows: int) -> Iterator[Any]:
    """Read an NPY file, which is memory-mapped, or `X` of an NPZ file, or the sparse matrix in it, which are read as a whole."""
    X = np.load(path, mmap_mode="r", allow_pickle=False) if Path(path).suffix.lower() == ".npy" else _npz(path)
    if X.ndim == 0:
        raise FoldworkError(f"{path}: holds a single value, not rows")
    for start in range(0, max(1, X.shape[0]), rows):
        chunk = X[start : start + rows]
        yield np.array(chunk) if isinstance(chunk, np.memmap) else chunk


def _npz(path: str) -> Any:
    with np.load(path, allow_pickle=False) as archive:
        if {"format", "shape", "data"} <= set(archive.files):
            from scipy import sparse

            return sparse.load_npz(path).tocsr()
        for name in ("X", "data"):
            if name in archive.files:
                return archive[name]
        raise FoldworkError(f"{path}: has no array X; there is {', '.join(archive.files)}")
