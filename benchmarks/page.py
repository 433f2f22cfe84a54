"""The figures of all benchmarks (figures.json), and the page that is written from them (docs/benchmarks.md)."""

import importlib.metadata
import itertools
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FIGURES = HERE / "figures.json"
PAGE = HERE.parent / "docs/benchmarks.md"

BEFORE = HERE / "before.json"
"""Figures of the tree before it was divided into subpackages: case to those of its rows, measured up to 2026-11-26."""

CHECKOUTS = HERE / "checkouts.json"
"""What `checkouts.py` has measured: the same studies by another checkout and by this one."""

PACKAGES = ("scikit-learn", "numpy", "scipy", "joblib", "ipyparallel", "snakemake")
"""Whose versions stand on the page."""


def kept() -> dict[str, Any]:
    """Return the figures that were measured before: case to `rows`, `runs`, `day` and `machine`."""
    return json.loads(FIGURES.read_text()) if FIGURES.exists() else {}


def keep(figures: dict[str, Any], name: str, rows: list[dict[str, Any]], runs: int) -> None:
    """Add what a case has measured, and write the file. Read it again before: another process may have measured other cases meanwhile."""
    figures.update(kept())
    figures[name] = {"rows": rows, "runs": runs, "day": today(), "machine": machine()}
    FIGURES.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")


def render(figures: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the page: a row for each figure, cases in the order of `names`."""
    lines = [
        "# Benchmarks",
        "",
        "Measured by `make bench` (benchmarks/); two ways in turn in one sitting, medians of the runs, ratios pair by pair.",
        "",
        "| what | measured against | goal | before | figure | detail |",
        "|---|---|---|---|---|---|",
    ]
    before = json.loads(BEFORE.read_text())
    for name in names:
        if name in figures:
            rows, old = figures[name]["rows"], before.get(name, [])
            lines += [
                _line(row, figures[name]["runs"], one) for row, one in itertools.zip_longest(rows, old[: len(rows)])
            ]
    machines = sorted({f"{f['day']}: {f['machine']}" for f in figures.values()})
    notes = [
        "",
        "*Before*: the code when it was one folder of modules, before it was divided into subpackages and made robust, on the days up to 2026-11-26 and on their",
        "machine. The second table has it and the present code on one machine.",
    ]
    return "\n".join(
        [*lines, *notes, *_checkouts(), "", "Machine and versions:", "", *[f"- {m}" for m in machines], ""]
    )


def _checkouts() -> list[str]:
    """Return the table of the same studies by the code before it was divided into subpackages and by the present one."""
    if not CHECKOUTS.exists():
        return []
    found = json.loads(CHECKOUTS.read_text())
    lines = [
        "",
        f"The same studies by the code *before* and by the present one, in turn in one sitting ({found['day']}, {found['machine']}); least and most of"
        f" {len(found['rows'][0]['now'])} runs. More than 1 is slower than before.",
        "",
        "| what | before | now | ratio, median of the pairs |",
        "|---|---|---|---|",
    ]
    for row in found["rows"]:
        then, now = (f"{min(values):.2f} to {max(values):.2f}" for values in (row["then"], row["now"]))
        lines.append(f"| {row['what']} | {then} | {now} | **{row['ratio']:.3f}** |")
    return lines


def _line(row: dict[str, Any], runs: int, before: float | None) -> str:
    figure, old = _number(row["figure"]), "" if before is None else _number(before)
    times = row.get("runs", runs)
    often = "run once" if times == 1 else f"{times} runs"
    return f"| {row['what']} | {row['against']} | {row['goal']} | {old} | **{figure}** | {row['detail']}; {often} |"


def _number(figure: float) -> str:
    return f"{figure:.3f}" if figure < 10 else f"{figure:,.0f}"


def today() -> str:
    """Return the date, for the page."""
    return time.strftime("%Y-%m-%d")


def machine() -> str:
    """Return machine and versions."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    system = f"Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({model}), {system}, {packages}"
