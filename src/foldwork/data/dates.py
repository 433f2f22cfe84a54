"""Read text as dates, all of a column in one format: a format for each value would mix up days and months."""

import contextlib
import re
import warnings
from typing import Any

from foldwork.errors import FoldworkError, printable

UNKNOWN = "mixed"
"""The format of dates that pandas does not know: it reads each by itself."""


_OFFSET = re.compile(r"\d:\d\d.*(?:Z|[+-]\d\d(?::?\d\d)?)\s*$")
"""A time and what follows it in a date with an offset from UTC."""


def format_of_dates(values: Any) -> str:
    """Return the format of the first date of a column, as pandas guesses it for a whole file; `UNKNOWN` for one that it does not know.

    Parameters
    ----------
    values : Series of str
        With at least one value that is not missing.
    """
    from pandas.tseries.api import guess_datetime_format

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the day comes first, which the format says
        return guess_datetime_format(str(values.dropna().iloc[0])) or UNKNOWN


def given_format(read: dict[str, Any], column: str) -> str | None:
    """Return the format of a column's dates that the option `read` of a dataset gives, None where it gives none."""
    given = read.get("date_format")
    return given.get(column) if isinstance(given, dict) else given


def days_first(date_format: str) -> str | None:
    """Return a format with days in place of months, None unless months come first and both are numbers."""
    month, day = date_format.find("%m"), date_format.find("%d")
    if date_format.startswith("%Y") or not 0 <= month < day:
        return None
    return f"{date_format[:month]}%d{date_format[month + 2 : day]}%m{date_format[day + 2 :]}"


def is_text(values: Any) -> bool:
    """Return whether a column holds text and missing values, and not the latter alone."""
    from pandas.api.types import infer_dtype, is_string_dtype

    return not values.isna().all() and (is_string_dtype(values) or infer_dtype(values, skipna=True) == "string")


def have_format(values: Any, date_format: str) -> Any:
    """Return for each value of a column of text whether it is missing or a date of a format."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return (
            values.isna() | pd.to_datetime(values, format=date_format, errors="coerce", utc=True).notna()
        ).to_numpy()


def first_other(fit: Any) -> int | None:
    """Return the position of the first value that does not fit, None if all do."""
    return None if fit.all() else int(fit.argmin())


def as_dates(values: Any, date_format: str, name: Any, where: str, first_row: int = 0, *, of_fit: bool = True) -> Any:
    """Return a column of text as one of dates. What a value becomes does not depend on the other ones.

    Parameters
    ----------
    values : Series of str
    date_format : str
        That of `format_of_dates`. Dates of ISO 8601 may differ from it: they have one meaning. Those with several offsets from UTC become UTC.
    name : str or int
        The column's name, for messages, as are those that follow.
    where : str
        Name of the data.
    first_row : int
        Number of the first row.
    of_fit : bool
        Whether the format is that of the fit, and not of the first date of these data.

    Raises
    ------
    FoldworkError
        If a value is no such date.
    """
    import pandas as pd

    aware = values.str.contains(_OFFSET, na=False)
    if aware.any() and not (aware | values.isna()).all():
        place = int((values.notna() & ~aware).to_numpy().argmax())
        raise FoldworkError(
            f"{where}: column '{name}' holds '{printable(str(values.iloc[place]))[:40]}' in row {first_row + place}, without an offset from UTC, which "
            "others have"
        )
    with contextlib.suppress(ValueError):
        return _parsed(values, date_format)
    fit = have_format(values, date_format)
    # Where a day follows the year, ISO 8601 would take it for the month.
    day_follows_year = date_format.startswith("%Y") and date_format.find("%d") < date_format.find("%m")
    place = first_other(fit if day_follows_year else fit | have_format(values, "ISO8601"))
    if place is not None:
        whose = "on which the model was fitted" if of_fit else "which the first date of the column has"
        what = "" if date_format == UNKNOWN else f" of the format {date_format}, {whose}, nor one of ISO 8601"
        raise FoldworkError(
            f"{where}: column '{name}' holds '{printable(str(values.iloc[place]))[:40]}' in row {first_row + place}, which is no date{what}"
        )
    if not (fit & values.notna().to_numpy()).any():
        return _parsed(values, "ISO8601")
    numbered = values.reset_index(drop=True)
    found = pd.concat([_parsed(numbered[fit], date_format), _parsed(numbered[~fit], "ISO8601")])
    return found.sort_index().set_axis(values.index)


def _parsed(values: Any, date_format: str) -> Any:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pd.to_datetime(values, format=date_format)
        except ValueError:
            return pd.to_datetime(values, format=date_format, utc=True)
