"""Rules for the section `datasets` that the schema cannot express."""

import codecs
from typing import Any

from foldwork.study import file_formats
from foldwork.study.messages import config_error, hint, shown
from foldwork.study.target import column_of_target


def check_dataset(dataset: dict[str, Any], path: list) -> None:
    """Check that a dataset has either `load` or `file`, and only keys that go with it.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    if "load" not in dataset and "file" not in dataset:
        raise config_error(path, "needs either 'load' (an import path) or 'file' (a path)")
    if "load" in dataset and "file" in dataset:
        raise config_error([*path, "file"], "cannot be combined with 'load'; a dataset has one of the two")
    if "file" in dataset:
        _check_file(dataset, path)
    if "read" in dataset:
        _check_read(dataset, [*path, "read"])


def _check_file(dataset: dict[str, Any], path: list) -> None:
    file = dataset["file"]
    if file_formats.format_of(file) is None:
        raise config_error(
            [*path, "file"],
            f"{shown(file)} is of a format that 'file' does not know; {file_formats.alternative(file)}",
        )
    for key, reason in (("args", "the options of a file are in 'read'"), ("inputs", "a file is an input by itself")):
        if dataset[key]:
            raise config_error([*path, key], f"belongs to 'load'; {reason}")


def _check_read(dataset: dict[str, Any], path: list) -> None:
    if "load" in dataset:
        raise config_error(path, "belongs to 'file'; 'load' takes 'args'")
    if not file_formats.format_of(dataset["file"]).takes_read_options:
        ending = file_formats.ending_of(dataset["file"])
        raise config_error(path, f"is for tables; a file with the ending {ending} needs no options")
    read = dataset["read"]
    if len(read.get("decimal", ".")) > 1:
        raise config_error([*path, "decimal"], f"must be one character, not {shown(read['decimal'])}")
    if "encoding" in read:
        try:
            codecs.lookup(read["encoding"])
        except (LookupError, ValueError):
            raise config_error(
                [*path, "encoding"],
                f"Python knows no encoding {shown(read['encoding'])}; utf-8, latin-1 and utf-16 are some",
            ) from None
    _check_date_format(read, [*path, "date_format"])
    for column in [*dataset["drop"], column_of_target(dataset), dataset.get("groups")]:
        if column and column not in read.get("usecols", [column]):
            raise config_error([*path, "usecols"], f"leaves out {shown(column)}, which the dataset names elsewhere")


def _check_date_format(read: dict[str, Any], path: list) -> None:
    """Check that a format of dates is of columns that are read as dates."""
    given, dates = read.get("date_format"), read.get("parse_dates")
    if given is None:
        return
    if not dates:
        columns = ", ".join(map(shown, given)) if isinstance(given, dict) else ""
        raise config_error(
            path, f"needs parse_dates, the columns that hold dates; write parse_dates: [{columns or '…'}]"
        )
    for column in given if isinstance(given, dict) else []:
        if column not in dates:
            raise config_error([*path, column], f"is not in parse_dates{hint(column, dates)}")
