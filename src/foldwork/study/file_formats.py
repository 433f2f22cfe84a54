"""Which files a dataset can be read from, by their endings, and what to do about the others.

Imports nothing heavy: the config is checked with it.
"""

import json

SEPARATORS = {".csv": ",", ".tsv": "\t"}
"""Tables, with what stands between the fields."""
COMPRESSIONS = {"": None, ".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd", ".zip": "zip"}
"""What may follow the ending of a table, with pandas' name for it."""
ARCHIVE = ".npz"

KNOWN = f"known are .csv and .tsv, also with {', '.join(filter(None, COMPRESSIONS))} after it, and .npz"


def is_archive(file: str) -> bool:
    """Return whether a file is one of NumPy's archives of arrays."""
    return file.lower().endswith(ARCHIVE)


def table_of(file: str) -> tuple[str, str | None] | None:
    """Return a table's separator and pandas' name of its compression; None where the ending is not that of a table."""
    for ending, separator in SEPARATORS.items():
        for packed, compression in COMPRESSIONS.items():
            if file.lower().endswith(ending + packed):
                return separator, compression
    return None


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
"""Callables that read other files as `load`, with the argument for the path, and what else they need."""


def instead(file: str) -> str:
    """Return how a file can be had whose ending `file` does not know."""
    name = file.lower()
    for packed in filter(None, COMPRESSIONS):
        name = name.removesuffix(packed)
    for endings, (loader, argument, more) in LOADERS.items():
        if name.endswith(endings):
            args = ", ".join(f"{key}: {json.dumps(value)}" for key, value in more.items())
            path = file if file.replace("/", "").replace(".", "").replace("_", "").isalnum() else json.dumps(file)
            return f"write load: {loader}, args: {{{argument}: {path}{', ' + args if args else ''}}}"
    if name.endswith(".arff"):
        return (
            "write a function that gives (X, y) with scipy.io.arff.loadarff, and its import path as load: mydata.read"
        )
    return f"{KNOWN}; for others write a function that gives (X, y) or a DataFrame, and its import path as load: mydata.read"
