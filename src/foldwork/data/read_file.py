"""Read the file of a dataset: a reader for each kind of format, and warnings about tables that are probably read wrongly."""

import json
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from foldwork.data.dates import UNKNOWN, days_first, first_other, format_of_dates, given_format, have_format
from foldwork.data.description import printable_name, quoted, with_count
from foldwork.errors import FoldworkError, one_line
from foldwork.study.file_formats import Format, alternative, format_of
from foldwork.study.messages import hint

_SAMPLE = 1000
"""Values of a column that are searched for decimal commas."""

_OF_DATES = ("Parsing dates in ", "Could not infer format")
"""Words of pandas' warnings in whose place there are others here, or none where all dates of a column were read."""


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
    formats = _formats_of_dates(frame, options)
    for name in options.get("parse_dates", []):
        if name not in ignored:
            found += [_text_for_dates(frame, name, options), _order_of_dates(frame, name, formats.get(name), options)]
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pd.read_csv(**options)
        warn(
            f"the rows have {with_count(frame.index.nlevels, 'field')} more than the header; the first ones were taken "
            "for names of rows, and are no features"
        )
        return frame.reset_index(drop=True)
    for line in lines:
        if not any(words in line for words in _OF_DATES):
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


def date_formats(spec: dict[str, Any], X: Any) -> dict[str, str]:
    """Return the formats in which columns of a file were read as dates, by name.

    Parameters
    ----------
    spec : dict
        The dataset, as for `read_file`.
    X : DataFrame or other
        Its features: those rows, in that order.
    """
    file_format = format_of(spec["file"])
    if file_format is None or file_format.reader != "table":
        return {}
    return _formats_of_dates(X, table_options(spec, file_format))


def _formats_of_dates(frame: Any, options: dict[str, Any]) -> dict[str, str]:
    """Return the formats of the columns that were read as dates: those that are given, else those of their first dates."""
    found = {}
    for name in options.get("parse_dates", []):
        if name in frame and frame[name].dtype.kind == "M" and not frame[name].isna().all():
            found[name] = given_format(options, name) or _format_of_first(frame[name], name, options)
    return {name: date_format for name, date_format in found.items() if date_format}


def _format_of_first(dates: Any, name: str, options: dict[str, Any]) -> str | None:
    """Return the format of the first date of a column, of which the file has the text; None if the date there is another one."""
    import pandas as pd

    place = int(dates.notna().to_numpy().argmax())
    raw = _raw(options, nrows=place + 1)
    # The second way is for rows that begin with their names (see `_read_rows`).
    for how in ({**raw, "usecols": [name]}, {**raw, "index_col": None}):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = pd.read_csv(**how)[name].iloc[place:]
        if text.isna().all():
            continue
        date_format = format_of_dates(text)
        if (
            have_format(text, date_format).all()
            and pd.to_datetime(text, format=date_format).iloc[0] == dates.iloc[place]
        ):
            return date_format
    return None


def _text_for_dates(frame: Any, name: str, options: dict[str, Any]) -> str | None:
    """Return a warning if a column was to be read as dates, and pandas left it as text because not all have one format."""
    import pandas as pd

    values = frame[name]
    if not pd.api.types.is_string_dtype(values) or values.isna().all():
        return None
    given = given_format(options, name)
    date_format = given or format_of_dates(values)
    if (place := first_other(have_format(values, date_format))) is None:
        return f"'{printable_name(name)}' was read as text: its dates have several offsets from UTC; write all with the same one"
    what = "no date" if date_format == UNKNOWN else f"no date of the format {date_format}"
    if given:
        advice = ", which read.date_format gives; write the format that all dates of the column have"
    elif (other := days_first(date_format)) and have_format(values, other).all():
        advice = f"; if days come first, write {_as_option(name, other, options)}"
    elif have_format(values, "ISO8601").all():
        advice = f"; write {_as_option(name, 'ISO8601', options)}, which reads them all"
    else:
        advice = f"; correct the file, or write {_as_option(name, '…', options)} with the format of all its dates"
    shown = printable_name(str(values.iloc[place]))
    return f"'{printable_name(name)}' was read as text: it holds '{shown}' in row {place}, which is {what}{advice}"


def _order_of_dates(frame: Any, name: str, date_format: str | None, options: dict[str, Any]) -> str | None:
    """Return a warning if days and months of a column may have been mixed up."""
    if date_format is None or given_format(options, name):
        return None
    if date_format == UNKNOWN:
        return (
            f"'{printable_name(name)}' holds dates of a format that pandas does not know, and each was read by itself, with months first where "
            f"they can be; write {_as_option(name, '%d.%m.%y', options)}, in the file's own order and with its own marks"
        )
    other, dates = days_first(date_format), frame[name].dropna().dt
    if other is None or (dates.day > 12).any() or (dates.day == dates.month).all():
        return None
    return (
        f"'{printable_name(name)}' was read with months first ({date_format}), and days may come first in all of its dates; "
        f"if they do, write {_as_option(name, other, options)}, if not, '{date_format}' there"
    )


def _as_option(name: str, date_format: str, options: dict[str, Any]) -> str:
    """Return how the config gives the format of a column's dates."""
    alone = len(options["parse_dates"]) == 1
    return (
        f"read: {{date_format: '{date_format}'}}"
        if alone
        else f"read: {{date_format: {{{json.dumps(name, ensure_ascii=False)}: '{date_format}'}}}}"
    )
