"""The full study with shared work."""

from pathlib import Path
from typing import Any

import full_study


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """The full study with shared work."""
    return full_study.compare(folder, runs, share=True, goal="≤ 0.40")
