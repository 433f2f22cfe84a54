"""The target of a dataset in the config: a column's name, or a mapping that also says how it is encoded."""

from typing import Any


def column_of_target(dataset: dict[str, Any]) -> str | None:
    """Return the name of the target's column or key; None for that of the loader's own."""
    target = dataset.get("target")
    return target.get("column") if isinstance(target, dict) else target
