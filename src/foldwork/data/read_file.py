"""Read the file of a dataset: a reader for each kind of format, and warnings about tables that are probably read wrongly."""

import json
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from foldwork.data.dates import first_other, format_of_dates, given_format
from foldwork.data.description import printable_name, quoted, with_count
from foldwork.errors import FoldworkError, one_line
from foldwork.study.file_formats import Format, alternative, format_of
from foldwork.study.messages import hint

_SAMPLE = 1000
"""Values of a column that are searched for decimal commas."""


def read_file(where: str, spec: dict[str, Any], warn: Callable[[str], None]) -> Any:
    """Read a dataset's file.

    Parameters
    ----------
    where : str
        The dataset's key in the config, for messages.
    spec : dict
        The dataset: `file` is the path, `read` the options of a table.
    warn : callable
        Called with a line for each part of the file that is probably read wrongly.

    Returns
    -------
    DataFrame, scipy.sparse matrix or array, or dict of ndarrays

    Raises
    ------
    FoldworkError
        When the file is missing or cannot be read.
    """
    file = spec["file"]
    if (file_format := format_of(file)) is None:
        raise FoldworkError(f"{where}.file: {file} is of a format that 'file' does not know; {alternative(file)}")
    try:
        return READERS[file_format.reader](where, spec, file_format, warn)
    except FoldworkError:
        raise
    except FileNotFoundError as error:
        raise FoldworkError(f"{where}.file: there is no file {file}") from error
    except UnicodeDecodeError as error:
        encoding = "utf-16" if error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
        raise FoldworkError(
            f"{where}.file: {file} is not written in {error.encoding}; write read: {{encoding: {encoding}}}, or its encoding"
        ) from error
    except ImportError as error:
        package = error.name or getattr(error.__cause__ or error.__context__, "name", None)
        missing = f"the package {package} is not installed" if package else one_line(error)
        raise FoldworkError(f"{where}.file: {file} cannot be read: {missing}") from error
    except Exception as error:
        raise FoldworkError(f"{where}.file: {file} cannot be read: {one_line(error)}") from error


def _read_npz(where: str, spec: dict[str, Any], file_format: Format, warn: Callable[[str], None]) -> Any:
    """Return the arrays of an archive, or the matrix if `scipy.sparse.save_npz` wrote it."""
    file = spec["file"]
    with np.load(file, allow_pickle=False) as archive:
        names = set(archive.files)
        if {"format", "shape", "data"} <= names:
            from scipy import sparse

            return sparse.load_npz(file).tocsr()
        if {"data", "indices", "indptr"} <= names:
            raise FoldworkError(
                f"{where}.file: {file} holds the parts of a sparse matrix without its format; write it with scipy.sparse.save_npz"
            )
        return {key: archive[key] for key in archive.files}


def _read_table(where: str, spec: dict[str, Any], file_format: Format, warn: Callable[[str], None]) -> Any:
    import pandas as pd

    options = table_options(spec, file_format)
    first = pd.read_csv(**_raw(options, header=None, nrows=1, usecols=None, na_values=None))
    header = first.iloc[0].tolist()
    _check_separator(where, spec, header, options["sep"])
    frame = _read_rows(options, warn)
    for key in ("dtype", "na_values"):
        for column in options[key] if isinstance(options.get(key), dict) else []:
            if column not in frame:
                raise FoldworkError(
                    f"{where}.read.{key}: the data has no column {column!r}{hint(column, map(str, frame.columns))}"
                )
    ignored = {*(spec.get("drop") or [])}
    found = [_repeated_names(header, frame, ignored)]
    if options.get("keep_default_na", True):
        found.append(_missing_words(frame, options, ignored))
    if "decimal" not in options:
        found.append(_decimal_commas(frame, ignored))
    found += [_text_for_dates(frame, name, options) for name in options.get("parse_dates", []) if name not in ignored]
    for line in filter(None, found):
        warn(line)
    return frame


READERS = {"table": _read_table, "npz": _read_npz}
"""By `Format.reader`."""


def table_options(spec: dict[str, Any], file_format: Format) -> dict[str, Any]:
    """Return the arguments of `pandas.read_csv` for a dataset."""
    options = {
        "filepath_or_buffer": spec["file"],
        "sep": file_format.separator,
        "compression": file_format.compression,
        **(spec.get("read") or {}),
    }
    if options["sep"] == r"\t":  # in single quotes YAML has no escapes
        options["sep"] = "\t"
    if len(options["sep"]) > 1 and options["sep"] != r"\s+":
        options["engine"] = "python"  # a regular expression, which the C engine does not support
    return options


def _raw(options: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the arguments for reading the same file as text, where only values that the config names are missing."""
    return {**options, "dtype": str, "keep_default_na": False, "parse_dates": False, "index_col": False, **more}


def _check_separator(where: str, spec: dict[str, Any], header: list[str], separator: str) -> None:
    """Refuse a table whose header is a single name that contains other separators."""
    found = [other for other in (";", "\t", "|", ",") if other != separator and other in header[0]]
    if len(header) > 1 or not found or "sep" in (spec.get("read") or {}):
        return
    likely = max(found, key=header[0].count)
    raise FoldworkError(
        f"{where}.file: {spec['file']} has a single column, '{printable_name(header[0])}': its separator is {likely!r}; "
        f"write read: {{sep: {json.dumps(likely)}}} (or sep: {json.dumps(separator)} if it is a single column)"
    )


def _read_rows(options: dict[str, Any], warn: Callable[[str], None]) -> Any:
    """Read a table whose rows may have more fields than its header."""
    import pandas as pd

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # Without index_col=False, where rows end with a separator, the first column becomes the index and all values move by one column.
        frame = pd.read_csv(**options, index_col=False)
    lines = [one_line(warning.message) for warning in caught]
    if any("Length of header" in line for line in lines):
        frame = pd.read_csv(**options)
        warn(
            f"the rows have {with_count(frame.index.nlevels, 'field')} more than the header; the first ones were taken "
            "for names of rows, and are no features"
        )
        return frame.reset_index(drop=True)
    for line in lines:
        warn(line)
    return frame


def _repeated_names(header: list[str], frame: Any, ignored: set[str]) -> str | None:
    """Return a warning if the header has a name more than once."""
    repeated = [name for name, count in Counter(header).items() if count > 1 and name]
    # pandas appends ".1" to the second one.
    repeated = [name for name in repeated if f"{name}.1" in frame and f"{name}.1" not in ignored]
    if not repeated:
        return None
    second = f"{repeated[0]}.1"
    return (
        f"the header names {quoted(repeated)} more than once; the second is read as {second!r} and is a feature, too: "
        f"write drop: [{second!r}], or rename it in the file"
    )


def _missing_words(frame: Any, options: dict[str, Any], ignored: set[str]) -> str | None:
    """Return a warning if a word such as NA became a missing value in a column of text."""
    import pandas as pd

    texts = [name for name in frame.columns if name not in ignored and _is_text(frame[name])]
    if not texts:
        return None
    raw = pd.read_csv(**_raw(options, usecols=texts))
    if len(raw) != len(frame):
        return None
    words: Counter = Counter()
    columns = []
    for name in texts:
        found = raw[name][frame[name].isna().to_numpy()].dropna()
        found = found[found.str.strip() != ""]
        if len(found):
            words.update(found)
            columns.append(name)
    if not columns:
        return None
    examples = ", ".join(f"'{printable_name(word)}' ({count:,})" for word, count in words.most_common(3))
    return (
        f"{examples} in {quoted(columns)} were read as missing; if they are values, write "
        "read: {keep_default_na: false, na_values: ['']}, with all words for missing values in that list"
    )


def _is_text(column: Any) -> bool:
    """Return whether a column holds text and missing values, or missing values alone."""
    missing = column.isna()
    if not missing.any():
        return False
    first = column.first_valid_index()
    return first is None or isinstance(column.loc[first], str)


def _decimal_commas(frame: Any, ignored: set[str]) -> str | None:
    """Return a warning if numbers with a decimal comma were read as text."""
    import pandas as pd

    found = {}
    for name in frame.columns:
        if name in ignored or not pd.api.types.is_string_dtype(frame[name]):
            continue
        values = frame[name].dropna().head(_SAMPLE).astype(str).str.strip()
        with_comma = values[values.str.contains(",", regex=False)]
        if len(with_comma) and values.str.fullmatch(r"[-+]?\d+(,\d+)?").all():
            found[name] = with_comma.iloc[0]
    if not found:
        return None
    example = next(iter(found.values()))
    return (
        f"{quoted(list(found))} hold numbers with a comma, such as '{printable_name(example)}', and were read as text; "
        "if it is the decimal mark, write read: {decimal: ','}"
    )


def _text_for_dates(frame: Any, name: str, options: dict[str, Any]) -> str | None:
    """Return a warning if a column was to be read as dates, and pandas left it as text because not all have one format."""
    import pandas as pd

    if not pd.api.types.is_string_dtype(frame[name]) or frame[name].isna().all():
        return None
    date_format = given_format(options, name) or format_of_dates(frame[name])
    if (place := first_other(frame[name], date_format)) is None:
        return None
    return (
        f"'{printable_name(name)}' was read as text: it holds '{printable_name(str(frame[name].iloc[place]))}' in row {place}, which is no date of "
        f"the format {date_format}; if days come first, write read: {{date_format: '%d.%m.%Y'}}, in the file's own order and with its own marks"
    )
