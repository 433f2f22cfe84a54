"""Names and values of parameters as a person reads them: `n_components` for `pca__n_components`, `RobustScaler(10–90)` for JSON."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from foldwork.pictures.text_layout import wrap_name
from foldwork.records.formatting import value_in_words


def short_names(names: Sequence[str], width: int = 22, lines: int = 2) -> dict[str, str]:
    """Return what stands beside the axis of each parameter: its name without the step's, where it stays the only one.

    Parameters
    ----------
    names : sequence of str
        All parameters of one picture, such as ``pca__n_components``.
    width, lines : int
        Characters a line, and lines.
    """
    leaves = [name.rpartition("__")[2] for name in names]
    shown = [leaf if leaf and leaves.count(leaf) == 1 else name for name, leaf in zip(names, leaves, strict=True)]
    return {name: wrap_name(word, width, lines) for name, word in zip(names, shown, strict=True)}


def settings_in_words(settings: Iterable[tuple[str, str]]) -> str:
    """Return "C = 1, gamma = 0.1", the prefix that neighbours share said once: "svc__: C = 1, gamma = 0.1; pca__: …"."""
    groups: list[tuple[str, list[str]]] = []
    for name, value in settings:
        step, separator, leaf = name.rpartition("__")
        if not groups or groups[-1][0] != step + separator:
            groups.append((step + separator, []))
        groups[-1][1].append(f"{leaf} = {value}")
    return "; ".join(f"{step}: {', '.join(words)}" if step else ", ".join(words) for step, words in groups)


def values_in_words(values: Sequence[Any], name: str = "") -> list[str]:
    """Return different texts for different values; arguments that all objects of a class share are left out."""
    objects: dict[str, list[dict]] = {}
    for value in values:
        if isinstance(value, dict) and "class" in value:
            objects.setdefault(value["class"], []).append(value)
    shared = {
        kind: [key for key in each[0] if all(key in other and other[key] == each[0][key] for other in each)]
        for kind, each in objects.items()
        if len(each) > 1
    }
    texts = [
        value_in_words(value, name, shared.get(value.get("class"), ()) if isinstance(value, dict) else ())
        for value in values
    ]
    whole = [value_in_words(value, name) for value in values]
    texts = [text if texts.count(text) == 1 else long for text, long in zip(texts, whole, strict=True)]
    # Classes of one name from two packages, and the word "(1, 2)" beside the tuple, are still told apart.
    return [text if texts.count(text) == 1 else json.dumps(value) for text, value in zip(texts, values, strict=True)]
