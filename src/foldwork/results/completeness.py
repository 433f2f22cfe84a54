"""Whether all evaluations of a search have been made and succeeded, in words."""

from typing import Any


def completeness_note(evaluated: dict[str, Any]) -> str:
    """Return a note for pictures about missing and failed evaluations.

    Parameters
    ----------
    evaluated : dict
        Content of evaluated.json.

    Returns
    -------
    str
        Empty if all evaluations are recorded and none failed.
    """
    parts = []
    if evaluated["state"] != "complete":
        parts.append(f"stopped: {evaluated['recorded']:,} of {evaluated['asked']:,} evaluations")
    if evaluated["failed"]:
        parts.append(f"{evaluated['failed']:,} failed")
    return "; ".join(parts)
