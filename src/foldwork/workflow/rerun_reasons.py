"""Short texts for the params of rules: Snakemake shows the old and the new text as the reason why a job runs again.

Each text ends with a digest of the value that it describes, so that it changes with every change of the value.
"""

from typing import Any

from foldwork.study.objects import metric_name
from foldwork.study.pipeline_steps import steps_of
from foldwork.study.search_space import RANGES, count, grids_of
from foldwork.study.versions import digest, in_order

LONGEST = 200
"""Characters of a text without its digest."""


def _signed(text: str, value: Any) -> str:
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return f"{text} #{digest({name: in_order(item) for name, item in value.items()})[:10]}"


def of_models(models: dict[str, Any]) -> str:
    """Return the models of a search or clustering: `svc: SVC over C (4), gamma (5) #1a2b3c4d5e`."""
    return _signed("; ".join(f"{name}: {_model(model)}" for name, model in models.items()), models)


def _model(model: dict[str, Any]) -> str:
    spaces = [
        ", ".join(f"{name} ({_count(values)})" for name, values in grid.items()) or "as it is"
        for grid in grids_of(model["space"])
    ]
    classes = [_class(spec) for _, spec in steps_of(model["estimator"]) or [("", model["estimator"])]]
    return f"{' → '.join(classes)} over {' or '.join(spaces)}"


def _count(values: Any) -> str:
    return f"{count(values):,}" if isinstance(values, list) or values.keys() & set(RANGES) else "drawn"


def _class(spec: Any) -> str:
    if isinstance(spec, list):
        return "pipeline"
    return spec["class"].rpartition(".")[2] if isinstance(spec, dict) and "class" in spec else "passthrough"


def of_settings(spec: dict[str, Any]) -> str:
    """Return the settings of a search or clustering, without its models."""
    rest = {name: value for name, value in spec.items() if name != "models"}
    return _signed(", ".join(f"{name}: {_format(value)}" for name, value in rest.items()), rest)


def of_mapping(spec: dict[str, Any]) -> str:
    """Return a dataset or splits: `load: mydata.read, target: failure #1a2b3c4d5e`."""
    given = {name: value for name, value in spec.items() if value not in (None, [], {})}
    return _signed(", ".join(f"{name}: {_format(value)}" for name, value in given.items()), spec)


def _format(value: Any) -> str:
    if isinstance(value, list):
        return (
            " ".join(metric_name(item) if isinstance(item, (str, dict)) and item else str(item) for item in value)
            or "none"
        )
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_format(item)}' for name, item in value.items())}}}"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def of_versions(versions: dict[str, Any]) -> str:
    """Return versions and digests of code: `evaluation 1, mymodels.py 3fa91c02, scikit-learn 1.9.1 #…`."""
    named = (f"{name.removeprefix('source of ')} {str(value)[:8]}" for name, value in versions.items())
    return _signed(", ".join(named), versions)


def of_content(content: dict[str, str | None]) -> str:
    """Return the digests of files: `data/a.csv 3fa91c02 #…`."""
    return (
        _signed(", ".join(f"{name} {str(sha256)[:8]}" for name, sha256 in content.items()), content) if content else ""
    )
