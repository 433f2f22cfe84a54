"""The types of the columns of a table that was read from CSV, which has none."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


FEATURES_AS_TEXT: dict[str, Any] = {"dtype": {"feature": str}, "keep_default_na": False, "na_values": [""]}
"""Arguments of `pandas.read_csv` for tables of importances: a feature may be named NA, or 1."""


def exact_floats() -> dict[str, str]:
    """Return the arguments with which `pandas.read_csv` reads each float as it was written."""
    import pandas as pd

    return {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}  # pandas 3 always does that


def restore(table: "pd.DataFrame", params: list[dict[str, Any]]) -> None:
    """Restore the types of the `param_*` columns of a table.

    Parameters
    ----------
    table : DataFrame
        Is changed.
    params : list of dict
        The parameters of each row.
    """
    import pandas as pd

    for column in [name for name in table.columns if name.startswith("param_")]:
        name = column.removeprefix("param_")
        values = pd.Series([row.get(name, float("nan")) for row in params], index=table.index, dtype=object)
        # A column of mixed types (None and 3, say) keeps dtype object.
        same_type = len({type(value) for value in values}) == 1
        table[column] = values.infer_objects() if same_type else values
