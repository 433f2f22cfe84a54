"""MODEL_CARD.md: what a model is, where it comes from, and how good it is. The same inputs give the same bytes."""

import json
from typing import Any

from foldwork.records.formatting import candidate, value_in_words


def model_card(
    model: dict[str, Any],
    best: dict[str, Any],
    dataset: dict[str, Any],
    holdout: dict[str, Any] | None = None,
    findings: list[dict[str, Any]] | None = None,
) -> str:
    """Return the card of a model in Markdown.

    Parameters
    ----------
    model, best, dataset : dict
        Content of model.json, best.json and dataset.json.
    holdout, findings : optional
        Content of holdout.json and findings.json.
    """
    parts = [
        f"# {model['search']}: {candidate(best['model'], best['params'])}",
        _file(model),
        "## Intended use\n\nTo be written by you: what the model is for, who uses it, and what it must not be used for.",
        _data(model, dataset),
        _parameters(model, best),
        _scores(best, holdout),
        *([_findings(findings)] if findings else []),
        _again(model),
    ]
    return "\n\n".join(parts) + "\n"


def _file(model: dict[str, Any]) -> str:
    if model["file"] is None:
        return "No candidate of the search has a score on every fold, so no model is fitted."
    if model["format"] == "skops":
        return (
            "The model is in `model.skops`, written by skops: loading it runs no code. Load it with "
            "`foldwork predict`, or in Python with `foldwork.read(folder).model()`."
        )
    return (
        f"The model is in `model.joblib`, as {model['not_skops']}. **Loading a joblib file runs code: trust this file as you trust code**, "
        "and take it from nobody whom you would not let run code on your machine."
    )


def _table(rows: list[tuple[Any, ...]], header: tuple[str, ...]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _data(model: dict[str, Any], dataset: dict[str, Any]) -> str:
    shape = " × ".join(f"{size:,}" for size in dataset["shape"])
    rows = [
        ("dataset", dataset["dataset"]),
        ("source", f"`{json.dumps(dataset['source'], ensure_ascii=False)}`"),
        ("shape of X", shape),
        ("digest of the content (SHA-256)", f"`{dataset['digest']}`"),
    ]
    if model["file"] is not None:
        rows.append(("rows that the model was fitted on", f"{model['rows']:,}"))
    if model["held_out"]:
        rows.append(("held out by", f"`{json.dumps(model['held_out'])}`"))
    if model["target"]:
        rows.append(("target", model["target"]))
    if dataset.get("classes"):
        rows.append(("classes", ", ".join(f"{name} ({count:,})" for name, count in dataset["classes"].items())))
    if model["labels"]:
        rows.append(
            ("codes of the classes", ", ".join(f"{code}: {label}" for code, label in enumerate(model["labels"])))
        )
    return "## Data\n\n" + _table(rows, ("what", "is"))


def _parameters(model: dict[str, Any], best: dict[str, Any]) -> str:
    estimator = json.dumps(model["estimator"], ensure_ascii=False)
    rows = [(f"`{name}`", f"`{value_in_words(value)}`") for name, value in best["params"].items()]
    table = _table(rows, ("parameter", "value")) if rows else "The search has no parameters."
    return f"## Parameters\n\nEstimator: `{estimator}`\n\nChosen by the search:\n\n{table}"


def _scores(best: dict[str, Any], holdout: dict[str, Any] | None) -> str:
    rows = []
    for name, mean in best.items():
        if name.startswith(("mean_test_", "mean_train_")):
            part, metric = name.removeprefix("mean_").split("_", 1)
            rows.append((metric, part, repr(mean), repr(best.get(f"std_{part}_{metric}"))))
    folds, choice = len(best["reproduce"]["folds"]), best["choice"]
    rule = f" (`{choice['choose']}` by {choice['rank_by']})"
    text = f"## Scores\n\nMean and standard deviation over {folds} folds of `{best['reproduce']['splits']}`. The candidate was chosen by these scores{rule}, so they are optimistic.\n\n"
    text += _table(rows, ("metric", "part", "mean", "std"))
    if holdout:
        rows = [
            (name, repr(found["score"]), f"{found['low']!r} to {found['high']!r}")
            for name, found in holdout["scores"].items()
        ]
        share = f"{100 * holdout['bootstrap']['confidence']:g}%"
        text += f"\n\nOn {holdout['n']:,} held-out rows, which the search never saw:\n\n"
        text += _table(rows, ("metric", "score", f"{share} interval (bootstrap)"))
    return text


def _findings(findings: list[dict[str, Any]]) -> str:
    return "## Findings\n\n" + "\n".join(f"- {found['text']}" for found in findings)


def _again(model: dict[str, Any]) -> str:
    rows = [(name, f"`{version}`") for name, version in model["versions"].items()]
    return (
        "## To make it again\n\nIn the folder of the study, with the versions below:\n\n```\n"
        f"snakemake --cores all results/searches/{model['search']}/model.json\n```\n\n"
        f"Threads of the fit: {model['threads']}.\n\n" + _table(rows, ("code", "version or SHA-256"))
    )
