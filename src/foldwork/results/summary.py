"""The summary printed at the end of a run: for each search and clustering the best score, failures, reused records, the picture and
findings."""

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from foldwork.records import formatting
from foldwork.records.make_request import evaluated_part
from foldwork.results.csv_table import ranking_column
from foldwork.results.evaluated_digest import evaluated_digest
from foldwork.storage.file_names import EVALUATED, FINDINGS, REQUEST
from foldwork.study.choice_rule import BEST
from foldwork.study.objects import metric_name

RESULTS = Path("results")

MOST_FINDINGS, MOST_LETTERS = 3, 150
"""Findings of a search that are printed, and characters of each: findings.json has all."""


def of(settings: dict[str, Any], results: Path = RESULTS) -> str:
    """Return the summary of all searches, clusterings and curves of a config.

    Parameters
    ----------
    settings : dict
        The validated config.
    results : Path
        The results folder.

    Returns
    -------
    str
        Several lines.
    """
    lines = ["", "Results:"]
    for section in ("searches", "clusterings", "curves"):
        for name, spec in settings.get(section, {}).items():
            folder = results / section / name
            kind = _KINDS[next((kind for key, kind in _BY_KEY.items() if key in spec), section)]
            try:
                evaluated = json.loads((folder / EVALUATED).read_text())
                if section != "curves" and _is_of_another_config(spec, evaluated):
                    lines.append(f"  {name}: {_earlier(folder / EVALUATED)}")
                else:
                    lines += [f"  {line}" for line in _of_evaluated(name, folder, evaluated, kind)]
            except (OSError, ValueError, KeyError):
                started = (folder / REQUEST).exists()
                lines.append(
                    f"  {name}: {f'no results; foldwork status {name} shows its progress' if started else 'not started'}"
                )
    return "\n".join(lines)


def _of_evaluated(name: str, folder: Path, evaluated: dict[str, Any], kind: "_Kind") -> list[str]:
    """Return the lines of a search, clustering or curve with an evaluated.json."""
    content: dict[str, Any] = {}
    if kind.best:
        if not (folder / kind.best).exists():
            return [f"{name}: no {kind.best}; snakemake -- {folder / kind.best} makes it", f"  {_counts(evaluated)}"]
        content = json.loads((folder / kind.best).read_text())
        digest = content.get("evaluated") or content.get("reproduce", {}).get("evaluated")
        is_current = digest == evaluated_digest(evaluated) if digest else _is_current(folder / kind.best)
        if not is_current:
            return [f"{name}: {_earlier(folder / kind.best)}", f"  {_counts(evaluated)}"]
    lines = [f"{name}: {kind.line(content, evaluated)}", f"  {_counts(evaluated)}"]
    lines += [f"  {folder / kind.picture}"] * _is_current(folder / kind.picture)
    return lines + [f"  {line}" for line in _findings(folder / FINDINGS)]


def _is_current(path: Path) -> bool:
    """Return whether a file is there and not older than the evaluated.json beside it, for files that do not name it by its digest."""
    return path.exists() and path.stat().st_mtime_ns >= (path.parent / EVALUATED).stat().st_mtime_ns


def _is_of_another_config(spec: dict[str, Any], evaluated: dict[str, Any]) -> bool:
    return json.loads(json.dumps(evaluated_part(spec))) != evaluated["request"]["spec"]


def _earlier(path: Path) -> str:
    return f"{path.name} is of an earlier config; snakemake -- {path} makes it again"


def _findings(path: Path) -> list[str]:
    """Return the texts of the first findings of a search, shortened, and how many more there are."""
    try:
        texts = [found["text"] for found in json.loads(path.read_text())] if _is_current(path) else []
    except (OSError, ValueError):
        return []
    lines = [f"finding: {textwrap.shorten(text, MOST_LETTERS, placeholder=' …')}" for text in texts[:MOST_FINDINGS]]
    more = len(texts) - MOST_FINDINGS
    return lines + [f"{more} more finding{'s' * (more != 1)} in {path}"] * (more > 0)


def _counts(evaluated: dict[str, Any]) -> str:
    parts = [f"{evaluated['recorded']:,} evaluation{'s' * (evaluated['recorded'] != 1)}"]
    if evaluated["state"] != "complete":
        parts = [f"stopped with {evaluated['recorded']:,} of {evaluated['asked']:,} evaluations"]
    if evaluated["failed"]:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in evaluated.get("failures", {}).items())
        parts.append(f"{evaluated['failed']:,} failed ({kinds})")
    parts += [f"{count:,} from {name}" for name, count in evaluated.get("reused", {}).items()]
    return ", ".join(parts)


def _best_of_search(best: dict[str, Any], evaluated: dict[str, Any]) -> str:
    choice = best.get("choice") or {}
    named = f"mean_test_{choice.get('rank_by')}"
    name = named if named in best else ranking_column(best)
    mean, std = best[name], best[name.replace("mean", "std", 1)]
    if mean is None:
        return "no score"
    metric = _metric(name.removeprefix("mean_test_"), evaluated)
    rule = choice.get("choose", BEST)
    return f"{rule if rule == BEST else f'chosen by {rule}:'} {metric} {mean:.4f} ± {std:.4f}  {formatting.candidate(best['model'], best['params'])}"


def _scores_of_nested(found: dict[str, Any], evaluated: dict[str, Any]) -> str:
    name = next(name for name in found if name.startswith("mean_outer_"))
    metric = _metric(name.removeprefix("mean_outer_"), evaluated)
    if found[name] is None:
        return "no mean outer score, as an outer fold has none"
    std, inner = found[name.replace("mean", "std", 1)], found[name.replace("outer", "inner", 1)]
    return f"outer {metric} {found[name]:.4f} ± {std:.4f}, inner {inner:.4f}"


def _metric(suffix: str, evaluated: dict[str, Any]) -> str:
    """Return the name of a metric. "score" is the name of a single metric in cv_results_."""
    return metric_name((evaluated["request"]["spec"].get("scoring") or ["score"])[0]) if suffix == "score" else suffix


def _best_of_clustering(chosen: dict[str, Any], evaluated: dict[str, Any]) -> str:
    if chosen["best"] is None:
        return f"no candidate chosen of {', '.join(chosen['models'])}"
    best = chosen["models"][chosen["best"]]
    return f"best {best['by']} {best['value']:.4f}  {formatting.candidate(chosen['best'], best['params'])}"


def _candidate_of_curve(_: dict[str, Any], evaluated: dict[str, Any]) -> str:
    spec = evaluated["request"]["spec"]
    ((model, model_spec),) = spec["models"].items()
    curve = spec["curve"]
    params = {name: values[0] for name, values in model_spec["space"].items() if name != curve.get("parameter")}
    varied = "permutation importance" if "permutation_importance" in curve else curve.get("parameter", "train sizes")
    return f"{varied} of {formatting.candidate(model, params)}"


class _Kind(NamedTuple):
    """The file with the chosen candidate (None if there is none), the picture, and the function that returns the line of the summary from that file's
    content and evaluated.json.
    """

    best: str | None
    picture: str
    line: Callable[[dict[str, Any], dict[str, Any]], str]


_KINDS = {
    "searches": _Kind("best.json", "validation.png", _best_of_search),
    "nested": _Kind("nested.json", "nested.png", _scores_of_nested),
    "clusterings": _Kind("chosen.json", "selection.png", _best_of_clustering),
    "curves": _Kind(None, "curve.png", _candidate_of_curve),
    "importance": _Kind(None, "importance.png", _candidate_of_curve),
}

_BY_KEY = {"inner": "nested", "permutation_importance": "importance"}
"""A key of a search or curve to its kind, where that is not the section."""
