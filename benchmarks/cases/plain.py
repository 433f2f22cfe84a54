"""The full study without shared work."""

from pathlib import Path
from typing import Any

import full_study


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """The full study without."""
    return full_study.compare(folder, runs, share=False, goal="≤ 1.05")
