"""The picture of a decision threshold: the mean score at each one, the chosen one and the default one, and those that the other folds choose for each fold."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from foldwork.pictures.canvas import FAINT, INK, fit, new_figure, save, style
from foldwork.pictures.score_curve import TEST, TRAIN
from foldwork.pictures.text_layout import wrap_name
from foldwork.records import formatting
from foldwork.results.completeness import completeness_note
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed
from foldwork.study.objects import metric_name

PANEL = 5.0, 3.2  # inches

DEFAULTS = {"predict_proba": 0.5, "decision_function": 0.0}
"""The threshold of `predict` for each response method."""

RESPONSES = {"predict_proba": "probability", "decision_function": "decision value"}


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Draw the threshold of a search.

    Parameters
    ----------
    inputs : dict of str to Path
        ``curve`` (threshold.csv), ``threshold`` (threshold.json), ``best`` (best.json) and ``evaluated`` (evaluated.json).
    output : Path
    """
    evaluated, best = read_signed(inputs["evaluated"], "it"), json.loads(inputs["best"].read_text())
    spec = evaluated["request"]["spec"]["threshold"]
    with replacing(output) as path:
        draw_threshold(
            pd.read_csv(inputs["curve"]),
            json.loads(inputs["threshold"].read_text()),
            path,
            score=score_name(spec),
            title=formatting.candidate(best["model"], best["params"]),
            note=completeness_note(evaluated),
        )


def score_name(spec: dict[str, Any]) -> str:
    """Return what `threshold` in the config maximises, in words."""
    if "scoring" in spec:
        return metric_name(spec["scoring"])
    return "mean gain of a row" if "gain" in spec else "minus mean cost of a row"


def draw_threshold(
    curve: pd.DataFrame,
    found: dict[str, Any],
    path: str | os.PathLike,
    *,
    score: str = "score",
    title: str = "",
    note: str = "",
) -> None:
    """Draw mean scores against thresholds and save the picture as PNG.

    Parameters
    ----------
    curve : DataFrame
        threshold.csv: `threshold` and `score`.
    found : dict
        threshold.json of a search that is not nested.
    path : path
        Written as it is; the picture is PNG whatever the ending.
    score : str
        Name of the score.
    title, note : str
        Text above and below; may be empty.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    default = DEFAULTS[found["response_method"]]
    with style():
        figure = new_figure(PANEL[0] + 1, PANEL[1] + 1)
        ax = figure.subplots()
        ax.plot(curve["threshold"], curve["score"], color=TEST, linewidth=1.6)
        ax.axvline(default, color=FAINT, linestyle="--", linewidth=1, label=f"default, {default:g}")
        ax.axvline(found["threshold"], color=TRAIN, linewidth=1.2)
        words = f"chosen, {found['threshold']:.4g}: {found['score']:.4f} (optimistic)"
        ax.plot(found["threshold"], found["score"], "D", color=TRAIN, markersize=6, label=words)
        if found["folds"]:
            at = [each["threshold"] for each in found["folds"]]
            words = f"chosen on the other folds, for each fold: {found['mean_score']:.4f} ± {found['std_score']:.4f}"
            rug = {"markersize": 10, "markeredgewidth": 1.2, "clip_on": False, "transform": ax.get_xaxis_transform()}
            ax.plot(at, [0.03] * len(at), "|", color=INK, alpha=0.7, label=words, **rug)
        response = RESPONSES[found["response_method"]]
        ax.set_xlabel(
            wrap_name(f"threshold: {response} of class {found['positive']} from which it is predicted", 60, 2)
        )
        ax.set_ylabel(wrap_name(f"mean {score}" if not score.startswith(("mean", "minus")) else score, 28))
        ax.grid(True)
        figure.legend(loc="outside lower center", ncols=1)
        fit(figure, ax, PANEL)
        save([figure], path, note, title=title)
