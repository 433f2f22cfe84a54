"""How much each parameter of a search matters to the score: PED-ANOVA of Optuna, from the candidates that were evaluated.

Optuna also has fANOVA, which takes minutes for 2,000 candidates, or for a parameter with 40 words.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from foldwork.pictures.canvas import FAINT, fit, new_figure, text_figure
from foldwork.pictures.parameter_axis import ParameterAxis
from foldwork.pictures.parameter_labels import short_names
from foldwork.pictures.score_curve import TEST
from foldwork.results.csv_table import Row
from foldwork.study.source_code import distribution

COLUMNS = ["model", "parameter", "importance", "candidates"]

MISSING = "parameter importance is left out: the package optuna is not installed; pip install foldwork[tpe]"


def is_available() -> bool:
    """Return whether Optuna is installed."""
    return distribution("optuna") is not None


def importance_rows(model: str, axes: Sequence[ParameterAxis], mean: np.ndarray) -> list[Row]:
    """Return a row for each parameter of a model, the most important first.

    Parameters
    ----------
    model : str
    axes : sequence of ParameterAxis
        The parameters that vary.
    mean : ndarray, shape (n_candidates,)
        Mean test scores; candidates without one are left out.

    Returns
    -------
    list of dict
        With the columns `COLUMNS`; `importance`, how much the values of the best tenth of the candidates differ from those of all, sums to 1. Empty if no
        parameter varies, if fewer than two candidates have a score, or if all have the same.
    """
    known = np.isfinite(mean)
    if not axes or known.sum() < 2 or np.ptp(mean[known]) == 0:
        return []
    found = _importances(axes, mean, np.flatnonzero(known))
    count = int(known.sum())
    return [
        {"model": model, "parameter": name, "importance": found[name], "candidates": count}
        for name in sorted(found, key=lambda name: -found[name])
    ]


def _importances(axes: Sequence[ParameterAxis], mean: np.ndarray, rows: np.ndarray) -> dict[str, float]:
    import warnings

    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    distributions = {axis.name: _distribution(axis) for axis in axes}
    study.add_trials(
        optuna.trial.create_trial(
            params={axis.name: _value(axis, row) for axis in axes},
            distributions=distributions,
            value=float(mean[row]),
        )
        for row in rows
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the evaluator is marked experimental
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {axis.name: float(found.get(axis.name, 0.0)) for axis in axes}


def _distribution(axis: ParameterAxis) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if axis.is_numeric:
        return FloatDistribution(float(axis.numbers[0]), float(axis.numbers[-1]), log=axis.is_log)
    return CategoricalDistribution(list(range(len(axis))))


def _value(axis: ParameterAxis, row: int) -> float | int:
    code = int(axis.codes[row])
    return float(axis.numbers[code]) if axis.is_numeric else code


def draw_importance(rows: Sequence[Row], title: str) -> list[Figure]:
    """Return the figures of one model: a bar for each parameter."""
    if not rows:
        words = "No importance: fewer than two candidates with different scores, or no parameter that varies."
        return [text_figure(title, 6.4, bold=True), text_figure(words, 6.4, color=FAINT)]
    names = [row["parameter"] for row in rows]
    labels = short_names(names)
    height = 0.3 * len(rows)
    figure = new_figure(6.4, height + 0.8)
    ax = figure.subplots()
    shares = [row["importance"] for row in rows]
    bars = ax.barh(range(len(rows)), shares, color=TEST, height=0.7)
    ax.bar_label(bars, [f"{share:.2f}" for share in shares], padding=3, fontsize=8)
    ax.set_yticks(range(len(rows)), [labels[name] for name in names])
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.08), xlabel=f"importance (PED-ANOVA, {rows[0]['candidates']:,} candidates)")
    ax.grid(True, axis="x")
    fit(figure, ax, (4.4, height))
    return [text_figure(title, 6.4, bold=True), figure]
