"""The key `predictions` of a search: a word, or a mapping."""

from typing import Any, NamedTuple

WORDS = ("best", "all", "none")


class PredictionSetting(NamedTuple):
    """Which predictions a search keeps.

    Attributes
    ----------
    of : {"best", "all", "none"}
        Those of the best candidate, of all, or of none.
    train : bool
        Whether those on train sets as well.
    format : {"parquet", "csv"}
        Of the file with the best candidate's predictions.
    """

    of: str = "best"
    train: bool = False
    format: str = "parquet"


def prediction_setting(spec: dict[str, Any]) -> PredictionSetting:
    """Return the setting of a search, from its part of the config; that of an earlier version, without the key, keeps none."""
    given = spec.get("predictions", "none")
    return PredictionSetting(given) if isinstance(given, str) else PredictionSetting(**given)
