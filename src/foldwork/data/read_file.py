"""Read the file of a dataset."""

import json
import warnings
from collections import Counter
from typing import Any

import numpy as np

from foldwork.data.description import count_of, named, shown
from foldwork.errors import FoldworkError, one_line
from foldwork.study import file_formats
from foldwork.study.messages import hint

_SAMPLE = 1000  # values of a column that are looked at for decimal commas


def read_file(where: str, spec: dict[str, Any], doubts: list[str]) -> Any:
    """Return what a dataset's file holds.

    Parameters
    ----------
    where : str
        The dataset's key in the config, for messages.
    spec : dict
        The dataset; `file` is the path, `read` says how a table is written.
    doubts : list of str
        Gets a line for each thing that is probably not meant.

    Returns
    -------
    DataFrame, scipy.sparse matrix or array, or dict of ndarrays

    Raises
    ------
    FoldworkError
        When the file is missing or cannot be read.
    """
    file = spec["file"]
    try:
        return _read_npz(where, file) if file_formats.is_archive(file) else _read_table(where, spec, doubts)
    except FoldworkError:
        raise
    except FileNotFoundError as error:
        raise FoldworkError(f"{where}.file: there is no file {file}") from error
    except UnicodeDecodeError as error:
        encoding = "utf-16" if error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
        raise FoldworkError(
            f"{where}.file: {file} is not written in {error.encoding}; write read: {{encoding: {encoding}}}, or what it is written in"
        ) from error
    except ImportError as error:
        package = error.name or getattr(error.__cause__ or error.__context__, "name", None)
        missing = f"the package {package} is not installed" if package else one_line(error)
        raise FoldworkError(f"{where}.file: {file} cannot be read: {missing}") from error
    except Exception as error:
        raise FoldworkError(f"{where}.file: {file} cannot be read: {one_line(error)}") from error


def _read_npz(where: str, file: str) -> Any:
    """Return the arrays of an archive, or the matrix if `scipy.sparse.save_npz` wrote it."""
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


def _read_table(where: str, spec: dict[str, Any], doubts: list[str]) -> Any:
    import pandas as pd

    options = _options(spec)
    first = pd.read_csv(**_raw(options, header=None, nrows=1, usecols=None, na_values=None))
    header = first.iloc[0].tolist()
    _check_separator(where, spec, header, options["sep"])
    frame = _read_rows(options, doubts)
    for key in ("dtype", "na_values"):
        for column in options[key] if isinstance(options.get(key), dict) else []:
            if column not in frame:
                raise FoldworkError(
                    f"{where}.read.{key}: the data has no column {column!r}{hint(column, map(str, frame.columns))}"
                )
    ignored = {*(spec.get("drop") or [])}
    doubts += _repeated(header, frame, ignored)
    if options.get("keep_default_na", True):
        doubts += _missing_words(frame, options, ignored)
    if "decimal" not in options:
        doubts += _decimal_commas(frame, ignored)
    return frame


def _options(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `pandas.read_csv` for a dataset."""
    separator, compression = file_formats.table_of(spec["file"]) or (",", "infer")
    given = spec.get("read") or {}
    options = {"filepath_or_buffer": spec["file"], "sep": separator, "compression": compression, **given}
    if options["sep"] == r"\t":  # between single quotes YAML leaves it as it is
        options["sep"] = "\t"
    if len(options["sep"]) > 1 and options["sep"] != r"\s+":
        options["engine"] = "python"  # a regular expression, which the other engine does not know
    return options


def _raw(options: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the arguments for reading the same file as text, with those values missing that the dataset itself names."""
    return {**options, "dtype": str, "keep_default_na": False, "parse_dates": False, "index_col": False, **more}


def _check_separator(where: str, spec: dict[str, Any], header: list[str], separator: str) -> None:
    """Refuse a table whose header is a single name with separators in it."""
    found = [other for other in (";", "\t", "|", ",") if other != separator and other in header[0]]
    if len(header) > 1 or not found or "sep" in (spec.get("read") or {}):
        return
    likely = max(found, key=header[0].count)
    raise FoldworkError(
        f"{where}.file: {spec['file']} has a single column, '{shown(header[0])}': its separator is {likely!r}; "
        f"write read: {{sep: {json.dumps(likely)}}} (or sep: {json.dumps(separator)} if it is a single column)"
    )


def _read_rows(options: dict[str, Any], doubts: list[str]) -> Any:
    """Read a table whose rows may have more fields than its header."""
    import pandas as pd

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # Else the first column becomes the index where rows end with a separator, and each value comes under its neighbour's name.
        frame = pd.read_csv(**options, index_col=False)
    said = [one_line(warning.message) for warning in caught]
    if any("Length of header" in line for line in said):
        frame = pd.read_csv(**options)
        doubts.append(
            f"the rows have {count_of(frame.index.nlevels, 'field')} more than the header; what comes first in them was taken "
            "for names of rows, and is no feature"
        )
        return frame.reset_index(drop=True)
    doubts += said
    return frame


def _repeated(header: list[str], frame: Any, ignored: set[str]) -> list[str]:
    """Return a warning where a name stands more than once in the header."""
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    # The second one, by the name that pandas gives it.
    twice = [name for name in twice if f"{name}.1" in frame and f"{name}.1" not in ignored]
    if not twice:
        return []
    return [
        f"the header names {named(twice)} more than once; the second is read as {twice[0] + '.1'!r} and is a feature, too: "
        f"write drop: [{twice[0] + '.1'!r}], or rename it in the file"
    ]


def _missing_words(frame: Any, options: dict[str, Any], ignored: set[str]) -> list[str]:
    """Return a warning where a word such as NA became a missing value in a column of text."""
    import pandas as pd

    texts = [name for name in frame.columns if name not in ignored and _is_text(frame[name])]
    if not texts:
        return []
    raw = pd.read_csv(**_raw(options, usecols=texts))
    if len(raw) != len(frame):
        return []
    words: Counter = Counter()
    columns = []
    for name in texts:
        found = raw[name][frame[name].isna().to_numpy()].dropna()
        found = found[found.str.strip() != ""]
        if len(found):
            words.update(found)
            columns.append(name)
    if not columns:
        return []
    said = ", ".join(f"'{shown(word)}' ({count:,})" for word, count in words.most_common(3))
    return [
        f"{said} in {named(columns)} were read as missing; if they are values, write "
        "read: {keep_default_na: false, na_values: ['']}, with all that means missing in that list"
    ]


def _is_text(column: Any) -> bool:
    """Return whether a column holds text with holes in it, or holes alone."""
    missing = column.isna()
    if not missing.any():
        return False
    first = column.first_valid_index()
    return first is None or isinstance(column.loc[first], str)


def _decimal_commas(frame: Any, ignored: set[str]) -> list[str]:
    """Return a warning where numbers with a decimal comma were read as text."""
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
        return []
    example = next(iter(found.values()))
    return [
        f"{named(list(found))} hold numbers with a comma, such as '{shown(example)}', and were read as text; "
        "if it is the decimal mark, write read: {decimal: ','}"
    ]
