"""Names that a config gives: of datasets, splits, searches, clusterings, models, metrics and steps."""

import re

NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
"""The pattern of `name` in the schema, too: names become file names, wildcards and columns."""

NAME_RULE = "a name has letters, digits, '_', '.' and '-' alone (100 at most) and starts with a letter or a digit"


def is_name(text: str) -> bool:
    """Return whether a text may be a name."""
    return re.fullmatch(NAME, text) is not None


def is_step_name(text: str) -> bool:
    """Return whether a text may be the name of a pipeline's step, which parameters contain before a double underscore."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", text) is not None and "__" not in text
