"""The formats of files that a dataset can be read from, by their endings, and how to load files of other formats.

A new format is a row of FORMATS, and a reader in `foldwork.data.read_file` where none of those there reads it. The Snakefile's process imports
this module: it imports nothing heavy.
"""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A format that `file` knows.

    Attributes
    ----------
    reader : str
        Key of `foldwork.data.read_file.READERS`.
    has_column_names : bool
        Whether columns have names, by which the config chooses target and groups.
    takes_read_options : bool
        Whether `read` applies: arguments of `pandas.read_csv`.
    separator : str or None
        Separator of the fields in a file of text.
    compression : str or None
        How a file of text is compressed, by pandas' name.
    """

    reader: str
    has_column_names: bool = False
    takes_read_options: bool = False
    separator: str | None = None
    compression: str | None = None


def _text(separator: str, compression: str | None = None) -> Format:
    return Format("table", True, True, separator, compression)


_COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd", ".zip": "zip"}
"""Endings that may follow the ending of a table, and pandas' names for them."""

_TABLES = {".csv": ",", ".tsv": "\t"}
"""Tables, and their separators."""

FORMATS = {
    **{ending: _text(separator) for ending, separator in _TABLES.items()},
    **{
        ending + packed: _text(separator, compression)
        for ending, separator in _TABLES.items()
        for packed, compression in _COMPRESSIONS.items()
    },
    ".npz": Format("npz"),
}
"""All formats, by the ending of a file's name in lower case."""

_OTHERS = [ending for ending, format_ in FORMATS.items() if not format_.takes_read_options]
KNOWN = f"known are {' and '.join(_TABLES)}, also with {', '.join(_COMPRESSIONS)} after it, and {', '.join(_OTHERS)}"


def ending_of(file: str) -> str | None:
    """Return the ending of a file's name as a key of FORMATS; None for an unknown format."""
    return next((ending for ending in FORMATS if file.lower().endswith(ending)), None)


def format_of(file: str) -> Format | None:
    """Return the format of a file by the ending of its name; None for an unknown one."""
    ending = ending_of(file)
    return None if ending is None else FORMATS[ending]


LOADERS = {
    (".parquet", ".pq"): ("pandas.read_parquet", "path", {}),
    (".feather",): ("pandas.read_feather", "path", {}),
    (".orc",): ("pandas.read_orc", "path", {}),
    (".xlsx", ".xls", ".xlsm", ".ods"): ("pandas.read_excel", "io", {}),
    (".json",): ("pandas.read_json", "path_or_buf", {}),
    (".jsonl", ".ndjson"): ("pandas.read_json", "path_or_buf", {"lines": True}),
    (".h5", ".hdf", ".hdf5"): ("pandas.read_hdf", "path_or_buf", {}),
    (".dta",): ("pandas.read_stata", "filepath_or_buffer", {}),
    (".sas7bdat", ".xpt"): ("pandas.read_sas", "filepath_or_buffer", {}),
    (".sav",): ("pandas.read_spss", "path", {}),
    (".pkl", ".pickle"): ("pandas.read_pickle", "filepath_or_buffer", {}),
    (".joblib",): ("joblib.load", "filename", {}),
    (".npy",): ("numpy.load", "file", {}),
    (".mat",): ("scipy.io.loadmat", "file_name", {}),
    (".svmlight", ".libsvm", ".svm"): ("sklearn.datasets.load_svmlight_file", "f", {}),
    (".txt", ".dat", ".data", ".tab"): ("pandas.read_csv", "filepath_or_buffer", {"sep": "\t"}),
}
"""Callables for `load` that read files of other formats: import path, argument for the path, other arguments."""


def alternative(file: str) -> str:
    """Return how to load a file of a format that `file` does not know."""
    name = file.lower()
    for packed in _COMPRESSIONS:
        name = name.removesuffix(packed)
    for endings, (loader, argument, more) in LOADERS.items():
        if name.endswith(endings):
            args = ", ".join(f"{key}: {json.dumps(value)}" for key, value in more.items())
            path = file if file.replace("/", "").replace(".", "").replace("_", "").isalnum() else json.dumps(file)
            return f"write load: {loader}, args: {{{argument}: {path}{', ' + args if args else ''}}}"
    if name.endswith(".arff"):
        return (
            "write a function that returns (X, y) with scipy.io.arff.loadarff, and its import path as load: mydata.read"
        )
    return f"{KNOWN}; for others write a function that returns (X, y) or a DataFrame, and its import path as load: mydata.read"
