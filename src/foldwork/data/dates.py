"""Read text as dates, all of a column in one format: a format for each value would mix up days and months."""

from typing import Any


def format_of_dates(values: Any) -> str:
    """Return the format of the first date of a column, as pandas guesses it for a whole file; "mixed" for one that it does not know.

    Parameters
    ----------
    values : Series of str
        With at least one value that is not missing.
    """
    from pandas.tseries.api import guess_datetime_format

    return guess_datetime_format(str(values.dropna().iloc[0])) or "mixed"


def given_format(read: dict[str, Any], column: str) -> str | None:
    """Return the format of a column's dates that the option `read` of a dataset gives, None where it gives none."""
    given = read.get("date_format")
    return given.get(column) if isinstance(given, dict) else given


def first_other(values: Any, date_format: str) -> int | None:
    """Return the position of the first value of a column that is no date of a format, None if there is none."""
    import numpy as np
    import pandas as pd

    dates = pd.to_datetime(values, format=date_format, errors="coerce", utc=True)
    found = np.flatnonzero(values.notna() & dates.isna())
    return int(found[0]) if len(found) else None


def as_dates(values: Any, date_format: str) -> Any:
    """Return a column of text as one of dates.

    Parameters
    ----------
    values : Series of str
    date_format : str
        That of `format_of_dates`. Dates of ISO 8601 may differ from it: they have one meaning. Those with several offsets from UTC become UTC.

    Raises
    ------
    ValueError
        If a value is no such date.
    """
    import pandas as pd

    first: ValueError | None = None
    for each in (date_format, "ISO8601"):
        for utc in (False, True):
            try:
                return pd.to_datetime(values, format=each, utc=utc)
            except ValueError as error:
                first = first or error
    raise first
