"""Choose a candidate of each model of a clustering, and say why in words: the content of chosen.json."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from foldwork.records.formatting import value_in_words
from foldwork.study.clustering_metrics import METRICS

Row = Mapping[str, Any]
"""A row of scores.csv, of stability.csv or of gap.csv: `model`, `params` (JSON) and numbers, NaN where there is none."""


def choice(
    clustering: str,
    metrics: Sequence[str],
    scores: Sequence[Row],
    stability: Sequence[Row] = (),
    gap: Sequence[Row] = (),
) -> dict[str, Any]:
    """Return the content of chosen.json.

    For each model the first metric of the table METRICS that can rank, is requested, and has a value for a candidate of the model decides. Of equal
    values the first in scores.csv is chosen. If no such metric is requested, the number of clusters that the gap statistic estimates is chosen. The other
    requested metrics, the gap statistic and the stability are named in the reason, and do not decide.

    Parameters
    ----------
    clustering : str
        Its name.
    metrics : sequence of str
        Names of the requested metrics.
    scores : sequence of Row
        Of scores.csv, a row a candidate.
    stability, gap : sequence of Row
        Of stability.csv and gap.csv, a row for each row of `scores`; empty if not requested.

    Returns
    -------
    dict
        `clustering`; `best`, the model whose chosen candidate is the best of all models (None if there is none); and `models`: for each model
        `candidate` (its number within the model), `params`, `by` (the metric that decided, or `gap`), `value` and `reason`. All but `reason` are None where
        nothing decides.
    """
    models = {str(row["model"]): None for row in scores}
    found = {model: _Model(model, metrics, scores, stability, gap).chosen() for model in models}
    return {"clustering": clustering, "best": _best(found), "models": found}


def _best(models: dict[str, dict[str, Any]]) -> str | None:
    """Return the model with the best value of the first metric of METRICS that has chosen a candidate of any model."""
    for name, metric in METRICS.items():
        values = {model: each["value"] for model, each in models.items() if each["by"] == name}
        if values:
            return (min if metric.lower_is_better else max)(values, key=values.__getitem__)
    return next((model for model, each in models.items() if each["by"]), None)


class _Model:
    """The candidates of one model."""

    def __init__(
        self, name: str, metrics: Iterable[str], scores: Sequence[Row], stability: Sequence[Row], gap: Sequence[Row]
    ) -> None:
        at = [number for number, row in enumerate(scores) if str(row["model"]) == name]
        self._rows = [scores[number] for number in at]
        self._stability = [stability[number] for number in at] if stability else []
        self._gap = [gap[number] for number in at] if gap else []
        self._params = [json.loads(row["params"]) for row in self._rows]
        self._metrics = [metric for metric in METRICS if metric in set(metrics) and METRICS[metric].ranks]
        self._best = {metric: self._best_of(metric) for metric in self._metrics}

    def chosen(self) -> dict[str, Any]:
        by = next((metric for metric, best in self._best.items() if best is not None), None)
        at = None if by is None else self._best[by]
        if not self._metrics and (estimates := self._gap_estimates()):
            by, at = "gap", estimates[0]
        if by is None or at is None:
            return dict.fromkeys(("candidate", "params", "by", "value"), None) | {"reason": self._why_none()}
        value = float(self._gap[at]["gap"] if by == "gap" else self._rows[at][by])
        return {
            "candidate": at,
            "params": self._params[at],
            "by": by,
            "value": value,
            "reason": f"{self._words(at)}: {'; '.join(self._reasons(by, at, value))}",
        }

    def _best_of(self, metric: str) -> int | None:
        values = np.array([row[metric] for row in self._rows], dtype=float)
        values = np.where(np.isfinite(values), values, np.nan)
        if np.isnan(values).all():
            return None
        return int(np.nanargmin(values) if METRICS[metric].lower_is_better else np.nanargmax(values))

    def _reasons(self, by: str, at: int, value: float) -> list[str]:
        if by == "gap":
            found = [f"the gap statistic estimates it, and no requested metric compares numbers of clusters (gap {value:.4g})"]
        else:
            found = [self._decisive(by, at, value)]
        found += [self._opinion(metric, best, at) for metric, best in self._best.items() if metric != by]
        if by != "gap" and any(np.isfinite(row["gap"]) for row in self._gap):
            found.append(self._opinion_of_gap(at))
        if self._stability:
            found.append(self._opinion_of_stability(at))
        return found

    def _decisive(self, by: str, at: int, value: float) -> str:
        equal = sum(float(row[by]) == value for row in self._rows)
        extreme = "lowest" if METRICS[by].lower_is_better else "highest"
        if len(self._rows) == 1:
            return f"the only candidate, {by} {value:.4g}"
        first = f"the first of {equal} candidates with the " if equal > 1 else ""
        return f"{first}{extreme} {by} {value:.4g} of {len(self._rows):,}"

    def _opinion(self, metric: str, best: int | None, at: int) -> str:
        if best is None:
            return f"{metric} has no value"
        agrees = float(self._rows[best][metric]) == float(self._rows[at][metric])
        return f"{metric} agrees" if agrees else f"{metric} would choose {self._words(best)}"

    def _gap_estimates(self) -> list[int]:
        """Return the candidates that the gap statistic estimates, one at most for each setting of the other parameters."""
        return [number for number, row in enumerate(self._gap) if row["estimate"] == 1]

    def _opinion_of_gap(self, at: int) -> str:
        if not (estimates := self._gap_estimates()):
            return "the gap statistic estimates no number of clusters"
        if at in estimates:
            return "the gap statistic agrees"
        return f"the gap statistic would choose {' or '.join(map(self._words, estimates))}"

    def _opinion_of_stability(self, at: int) -> str:
        means = np.array([row["mean_ari"] for row in self._stability], dtype=float)
        if not np.isfinite(means[at]):
            return "its stability has no value"
        text = f"stability {means[at]:.3g} ± {float(self._stability[at]['std_ari']):.2g}"
        best = int(np.nanargmax(means))
        return f"{text}, the highest" if means[at] == means[best] else f"{text}, highest {means[best]:.3g} at {self._words(best)}"

    def _why_none(self) -> str:
        if self._metrics:
            return f"none chosen: no candidate has a value of {' or '.join(self._metrics)}"
        if self._gap:
            return "none chosen: no requested metric compares numbers of clusters, and the gap statistic estimates none"
        ranking = ", ".join(name for name, metric in METRICS.items() if metric.ranks)
        return f"none chosen: no requested metric compares numbers of clusters; {ranking} do"

    def _words(self, at: int) -> str:
        """Return the parameters of a candidate that differ among the candidates of the model, or the name of a lone candidate."""
        varying = [
            name
            for name in dict.fromkeys(name for params in self._params for name in params)
            if len({json.dumps(params.get(name), sort_keys=True) for params in self._params}) > 1
        ]
        words = [
            f"{name}={value_in_words(self._params[at][name])}" for name in varying if name in self._params[at]
        ]
        return ", ".join(words) or "the model as it is"
