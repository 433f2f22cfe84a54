"""Run the same studies by another checkout and by this one in turn: `python benchmarks/checkouts.py OTHER` (with a `.venv` of its own in it).

What the code costs now beside what it cost then, on one machine in one sitting; written to checkouts.json and docs/benchmarks.md.
"""

import argparse
import json
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import full_study
import page
from cases import NAMES
from measuring import timed
from studies import CORES, ROOT, command, epoch, evaluations, one_search, span, took
from work import loops_for

FOLDS = {"class": "KFold", "n_splits": 5}


def steady(length: float, count: int) -> dict[str, Any]:
    """Return a search of `count` evaluations of the same length in seconds."""
    model = {
        "estimator": {"class": "work.Steady", "loops": loops_for(length)},
        "space": {"seed": {"range": [count // 5]}},
    }
    return one_search("sklearn.datasets.load_iris", FOLDS, model)


def nothing() -> dict[str, Any]:
    """Return a search of 100,000 evaluations that do nothing."""
    model = {"estimator": {"class": "work.Nothing"}, "space": {"number": {"range": [20_000]}}}
    return one_search("sklearn.datasets.load_iris", FOLDS, model)


def first_evaluation(study: Path) -> float:
    """Return the seconds from the start of evaluate to the first evaluation."""
    began = json.loads((study / full_study.RESULTS / "evaluated.json").read_text())["began"]
    return min(epoch(row["started"]) for row in evaluations(study, full_study.SEARCH)) - began


def engine_time(study: Path) -> float:
    """Return engines × wall of the search over the sum of the times of its evaluations: 1 if no engine ever waits."""
    rows = evaluations(study)
    return CORES * span(rows) / sum(map(took, rows))


def cases() -> list[tuple[str, dict[str, Any], tuple[str, ...], Callable[[Path, float], float]]]:
    """Return name, config and targets of each study, and what to measure of it (given its folder and its wall time)."""
    study = full_study.config(share=True)
    few = full_study.config(share=True, space={"C": [1, 10], "gamma": [0.001]})
    tables = (f"{full_study.RESULTS}/scores.csv", f"{full_study.RESULTS}/validation.png")
    return [
        ("the full study, wall time in s", study, tables, lambda _, wall: wall),
        ("start of evaluate to the first evaluation, s", few, tables[:1], lambda folder, _: first_evaluation(folder)),
        (
            "100,000 evaluations that do nothing, wall of the search in s",
            nothing(),
            (),
            lambda folder, _: span(evaluations(folder)),
        ),
        ("evaluations of 0.2 s: engine time ÷ their time", steady(0.2, 300), (), lambda folder, _: engine_time(folder)),
        (
            "evaluations of 5 ms: engine time ÷ their time",
            steady(0.005, 6000),
            (),
            lambda folder, _: engine_time(folder),
        ),
    ]


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument(
        "--case",
        default="",
        help="measure only the cases with this text in their names, keep the figures of the others",
    )
    parser.add_argument("--runs", type=int, default=3, help="how often to run each (default: 3)")
    options = parser.parse_args()
    kept = json.loads(page.CHECKOUTS.read_text())["rows"] if page.CHECKOUTS.exists() else []
    rows = {row["what"]: row for row in kept}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "study"
        for what, config, targets, measure in cases():
            if options.case not in what:
                continue
            found: dict[Path, list[float]] = {options.other.absolute(): [], ROOT: []}
            for _ in range(options.runs):
                for checkout, values in found.items():
                    shutil.rmtree(folder, ignore_errors=True)
                    targets = targets or ("results/searches/x/scores.csv",)
                    words = command(folder, config, *targets)
                    words[0] = str(checkout / ".venv/bin/python")
                    words[words.index("--snakefile") + 1] = str(checkout / "Snakefile")
                    values.append(measure(folder, timed(words)))
                    print(f"  {what}: {values[-1]:.3f} ({checkout.name})", flush=True)
            then, now = found.values()
            ratio = statistics.median(b / a for a, b in zip(then, now, strict=True))
            rows[what] = {"what": what, "then": then, "now": now, "ratio": ratio}
            print(f"{what}: {ratio:.3f}", flush=True)
    page.CHECKOUTS.write_text(
        json.dumps({"rows": list(rows.values()), "day": page.today(), "machine": page.machine()}, indent=1) + "\n"
    )
    page.PAGE.write_text(page.render(page.kept(), NAMES))


if __name__ == "__main__":
    main()
