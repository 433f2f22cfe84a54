"""Names and values of parameters as a person reads them: `n_components` for `pca__n_components`, `StandardScaler(with_mean=False)` for JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from foldwork.pictures.text_layout import shorten_end, wrap_name
from foldwork.records.formatting import value_in_words

_LONGEST_VALUE = 40  # characters, where a text is shortened


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


def settings_in_words(settings: Iterable[tuple[str, str]], length: int | None = None) -> str:
    """Return "C = 1, gamma = 0.1", the prefix that neighbours share said once: "svc__: C = 1, gamma = 0.1; pca__: …".

    Parameters
    ----------
    settings : iterable of (str, str)
        Names and values.
    length : int or None
        About as many characters: whole settings in the middle become "…", so that those that are left are true. One setting always stays.
    """
    settings = list(settings)
    if length is not None:
        settings = [(name, shorten_end(value, _LONGEST_VALUE)) for name, value in settings]
    words = _in_groups(settings)
    for kept in range(len(settings) - 1, 0, -1):
        if length is None or len(words) <= length:
            break
        first = (kept + 1) // 2
        ends = settings[:first], settings[len(settings) - (kept - first) :]
        words = f"{_in_groups(ends[0])}, …" + (f", {_in_groups(ends[1])}" if kept > first else "")
    return words


def _in_groups(settings: Sequence[tuple[str, str]]) -> str:
    groups: list[tuple[str, list[str]]] = []
    for name, value in settings:
        step, separator, leaf = name.rpartition("__")
        if not groups or groups[-1][0] != step + separator:
            groups.append((step + separator, []))
        groups[-1][1].append(f"{leaf} = {value}")
    return "; ".join(f"{step}: {', '.join(words)}" if step else ", ".join(words) for step, words in groups)


def labels_of_candidates(candidates: Sequence[tuple[str, Mapping[str, Any]]], length: int) -> list[str]:
    """Return the settings of each candidate in words, different ones for different candidates of a model.

    What all candidates of a model share is left out, and the name of a step where the parameter's name is unique.

    Parameters
    ----------
    candidates : sequence of (str, mapping)
        The model of each, and its parameters, as JSON has them.
    length : int
        About the most characters of a label; more where candidates would have the same label.
    """
    labels = [""] * len(candidates)
    for model in dict.fromkeys(model for model, _ in candidates):
        rows = [row for row, (each, _) in enumerate(candidates) if each == model]
        settings = _settings_that_differ([candidates[row][1] for row in rows])
        whole = [_in_groups(each) for each in settings]
        limit, words = length, []
        while len(set(words)) < len(set(whole)):
            words = [settings_in_words(each, limit) for each in settings]
            if limit >= max(map(len, whole)):
                words = whole if len(set(words)) < len(set(whole)) else words
                break
            limit += limit // 4 + 1
        for row, text in zip(rows, words, strict=True):
            labels[row] = text
    return labels


def _settings_that_differ(candidates: Sequence[Mapping[str, Any]]) -> list[list[tuple[str, str]]]:
    """Return name and value in words of the parameters in which candidates of one model differ; of all, if they differ in none."""
    names = list(dict.fromkeys(name for params in candidates for name in params))
    texts: dict[str, dict[str, str]] = {}
    for name in names:
        values = {json.dumps(params[name]): params[name] for params in candidates if name in params}
        texts[name] = dict(zip(values, values_in_words(list(values.values())), strict=True))
    differ = [name for name in names if len(texts[name]) > 1 or not all(name in params for params in candidates)]
    shown = differ or names
    leaves = [name.rpartition("__")[2] for name in shown]
    short = {name: leaf if leaf and leaves.count(leaf) == 1 else name for name, leaf in zip(shown, leaves, strict=True)}
    return [
        [(short[name], texts[name][json.dumps(params[name])]) for name in shown if name in params]
        for params in candidates
    ]


def values_in_words(values: Sequence[Any]) -> list[str]:
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
        value_in_words(value, shared.get(value.get("class"), ()) if isinstance(value, dict) else ()) for value in values
    ]
    whole = [value_in_words(value) for value in values]
    texts = [text if texts.count(text) == 1 else long for text, long in zip(texts, whole, strict=True)]
    # Classes of one name from two packages, and the word "(1, 2)" beside the tuple, are still told apart.
    return [text if texts.count(text) == 1 else json.dumps(value) for text, value in zip(texts, values, strict=True)]
