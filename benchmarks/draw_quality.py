"""Draw quality.csv: the best score of each strategy against the candidates spent, one panel a task (docs/images/strategies.png)."""

import csv
import statistics
from collections import defaultdict
from pathlib import Path

from matplotlib.figure import Figure
from tasks import TASKS

HERE = Path(__file__).parent
PICTURE = HERE.parent / "docs/images/strategies.png"

STYLES = {
    "Optuna": ("black", "--"),
    "random": ("#888888", "-"),
    "halving": ("#D55E00", "-"),
    "hyperband": ("#E69F00", "-"),
    "tpe": ("#0072B2", "-"),
    "evolution": ("#009E73", "-"),
}
"""Colours of Okabe and Ito, which the colour-blind can tell apart."""

FIRST = 4
"""Distances after fewer candidates may be beyond the axis: they are many times those that matter."""


def draw(lines: list[dict[str, str]]) -> Figure:
    """Return the figure: medians over the seeds of the distance from the best score that any strategy has found on the same folds."""
    best: dict[tuple[str, str], float] = defaultdict(lambda: float("-inf"))
    runs: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for line in lines:
        spent, score = float(line["spent"]), float(line["score"])
        best[line["task"], line["seed"]] = max(best[line["task"], line["seed"]], score)
        runs[line["strategy"], line["task"], line["seed"]].append((spent, score))
    seeds = sorted({line["seed"] for line in lines})
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots(2, 3).ravel()
    for axis, task in zip(axes, TASKS, strict=False):
        highest = 0.0
        for name, (color, style) in STYLES.items():
            steps = sorted({spent for seed in seeds for spent, _ in runs[name, task, seed]})
            behind = [_behind([(best[task, seed], runs[name, task, seed]) for seed in seeds], at) for at in steps]
            known = [(at, value) for at, value in zip(steps, behind, strict=True) if value is not None]
            marker = "." if len(known) < 20 else None
            highest = max(highest, *(value for at, value in known if at >= FIRST))
            axis.plot(*zip(*known, strict=True), style, color=color, label=name, drawstyle="steps-post", marker=marker)
        axis.set_title(task, fontsize=9)
        axis.set_ylim(0, 1.1 * highest)
        axis.set_xlim(0, 62)
        axis.tick_params(labelsize=8)
    figure.supxlabel("candidates spent (part of the resources counts as part of a candidate)", fontsize=9)
    figure.supylabel("median distance from the best known mean score", fontsize=9)
    axes[-1].axis("off")
    axes[-1].legend(*axes[0].get_legend_handles_labels(), loc="center", frameon=False)
    return figure


def _behind(of_seeds: list[tuple[float, list[tuple[float, float]]]], at: float) -> float | None:
    """Return the median distance after so many candidates; None if a search has no score on all resources by then."""
    distances = []
    for best, run in of_seeds:
        scores = [score for spent, score in run if spent <= at]
        if not scores:
            return None
        distances.append(best - max(scores))
    return statistics.median(distances)


if __name__ == "__main__":
    with open(HERE / "quality.csv", newline="") as file:
        found = draw(list(csv.DictReader(file)))
    found.savefig(PICTURE, dpi=110, metadata={"Software": None})
