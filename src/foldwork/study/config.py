"""The config: read from files, checked, and filled with its defaults.

This runs each time the Snakefile is parsed, in every job, so it imports neither scikit-learn nor NumPy. What can be
known only by importing what the config names (signatures, parameters, metrics) is left to `foldwork.study.deep_check`.
"""

import codecs
import copy
import datetime
import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from foldwork.study import file_formats, yaml12
from foldwork.study.clustering_metrics import METRICS
from foldwork.study.messages import did_you_mean, hint, kind, nearest, short, wrong
from foldwork.study.objects import metric_name
from foldwork.study.search_space import DISTRIBUTIONS, RANGES, count, count_candidates

SECTIONS = ("datasets", "splits", "searches", "clusterings")
SAMPLING: tuple[str, ...] = ()  # strategies that draw from distributions
MOST_CANDIDATES = 1_000_000  # of all models
MOST_VALUES = 1_000_000  # of one parameter: more is a slip of the finger, and would fill the memory

_NAME_RULE = "a name has letters, digits, '_', '.' and '-' alone (100 at most) and starts with a letter or a digit"
_EXPONENT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+")


def read(paths: Iterable[str | os.PathLike], overrides: Mapping | None = None) -> dict[str, Any]:
    """Read config files, each merged over the ones before it, and `overrides` (of `--config`) over all.

    Mappings are merged key by key, lists are replaced, as Snakemake does. The result is not checked: see `validate`.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        _merge(merged, yaml12.load(path))
    return _merge(merged, numbers_of(overrides or {}))


def _merge(below: dict, above: Mapping) -> dict:
    for key, value in above.items():
        if isinstance(value, Mapping):
            under = below.get(key)
            below[key] = _merge(under if isinstance(under, dict) else {}, value)
        else:
            below[key] = value
    return below


def numbers_of(config: Any) -> Any:
    """Return a config that PyYAML has read with its numbers mended: the string `1e-3` becomes a float, at any depth.

    For configs that came from Snakemake itself (`--config`, modules), where a quoted '1e-3' can no longer be told from
    a bare one.
    """
    if isinstance(config, Mapping):
        return {key: numbers_of(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return [numbers_of(value) for value in config]
    return float(config) if isinstance(config, str) and _EXPONENT.fullmatch(config) else config


def validate(config: Mapping, schema: str | os.PathLike) -> dict[str, Any]:
    """Check a config without importing what it names, and fill in the defaults.

    Parameters
    ----------
    config : mapping
        As read; it is not changed.
    schema : path-like
        workflow/schemas/config.schema.json.

    Returns
    -------
    dict
        The same config as plain JSON-able data: every section and every key with a default is there, a key that was
        null has its default or is gone, a single word where a list may stand is a list of one, and a mapping whose keys
        are no strings (`class_weight: {0: 1}`) is `{dict: [[0, 1]]}`.

    Raises
    ------
    FoldworkError
        For the first mistake, in one line: `config: searches.x.scorring: unknown key; did you mean 'scoring'?`.
    """
    rules = json.loads(Path(schema).read_text(encoding="utf-8"))
    filled = _fill(config, rules, [], rules)
    mistakes = [_said(error) for error in Draft202012Validator(rules).iter_errors(filled)]
    if mistakes:
        path, said = min(mistakes, key=lambda mistake: _position(filled, mistake[0]))
        raise wrong(path, said)
    _check_datasets(filled)
    _check_splits(filled)
    _check_searches(filled)
    _check_clusterings(filled)
    if not filled["searches"] and not filled["clusterings"]:
        raise wrong([], "there is nothing to do: 'searches' and 'clusterings' are both empty")
    return filled


# ---- plain data and defaults, led by the schema


def _fill(value: Any, rule: dict, path: list, root: dict) -> Any:
    """Copy `value` as plain data, with the defaults of `rule` in the mappings that foldwork itself defines."""
    if rule.get("additionalProperties") is True:
        return _plain(value, path, names=True)
    if isinstance(value, str) and rule.get("type") == "array":
        value = [value]
    if isinstance(value, list | tuple):
        items = _resolved(rule.get("items", {}), root)
        return [_fill(item, items, [*path, place], root) for place, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return _plain(value, path)
    own, named = rule.get("properties", {}), rule.get("additionalProperties")
    filled = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise wrong(path, f"the key {short(key)} is no string; put it in quotes")
        if "propertyNames" in rule and not re.fullmatch(_resolved(rule["propertyNames"], root)["pattern"], key):
            raise wrong([*path, key], f"not a name: {_NAME_RULE}")
        child = own.get(key) or named
        child = _resolved(child, root) if isinstance(child, dict) else {}
        if item is None and child:
            # Nothing after the colon: the key is as good as absent.
            if "default" in child:
                filled[key] = copy.deepcopy(child["default"])
            elif child.get("type") == "object":
                filled[key] = _fill({}, child, [*path, key], root)
        else:
            filled[key] = _fill(item, child, [*path, key], root)
    for key, child in own.items():
        child = _resolved(child, root)
        if key not in filled and "default" in child:
            filled[key] = copy.deepcopy(child["default"])
    return filled


def _resolved(rule: dict, root: dict) -> dict:
    return root["$defs"][rule["$ref"].rpartition("/")[2]] if "$ref" in rule else rule


def _plain(value: Any, path: list, names: bool = False) -> Any:
    """Copy free-form config as JSON-able data; with `names`, the keys of the outermost mappings must be strings."""
    if isinstance(value, Mapping):
        odd = [key for key in value if not isinstance(key, str)]
        if odd and (names or "class" in value):
            raise wrong(path, f"the key {short(odd[0])} is no string; put it in quotes")
        if odd:  # JSON has no such mapping
            return {"dict": [[_plain(k, path), _plain(item, [*path, str(k)])] for k, item in value.items()]}
        plain = {key: _plain(item, [*path, key]) for key, item in value.items()}
        if not names:
            _check_word(plain, path)
        return plain
    if isinstance(value, list | tuple):
        return [_plain(item, [*path, place], names) for place, item in enumerate(value)]
    if isinstance(value, datetime.date):  # PyYAML's, in a config that Snakemake has read
        return str(value)
    if value == "None":
        raise wrong(path, "'None' is a string in YAML; write null")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise wrong(path, f"{short(value)} is not a value that a config can hold")


def _check_word(value: dict, path: list) -> None:
    """Check the shape of `{tuple: […]}`, `{ref: …}` and `{class: …}`."""
    for word in ("tuple", "ref", "dict"):
        if word in value and len(value) > 1:
            other = next(key for key in value if key != word)
            raise wrong([*path, other], f"stands beside '{word}', which must be alone in its mapping")
    if "tuple" in value and not isinstance(value["tuple"], list):
        raise wrong([*path, "tuple"], f"must be a list, not {kind(value['tuple'])}")
    if "dict" in value and not _are_pairs(value["dict"]):
        raise wrong([*path, "dict"], "must be a list of [key, value] pairs")
    for word in ("ref", "class"):
        if word in value and not isinstance(value[word], str):
            raise wrong([*path, word], f"must be an import path such as sklearn.svm.SVC, not {kind(value[word])}")


def _are_pairs(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value)


# ---- what the schema finds, in our words

_NOUNS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}


def _said(error: ValidationError) -> tuple[list, str]:
    """Return the path of the key that a schema error is about, and what is wrong with it."""
    path, value, rule = list(error.absolute_path), error.instance, error.validator_value
    match error.validator:
        case "additionalProperties":
            known = error.schema["properties"]
            extra = next(key for key in value if key not in known)
            noun = "strategy" if path[-1:] == ["strategy"] else "key"
            return [*path, extra], f"unknown {noun}{hint(extra, known)}"
        case "required":
            missing = next(key for key in rule if key not in value)
            return [*path, missing], f"is missing{_such_as(error.schema['properties'].get(missing, {}))}"
        case "type":
            nouns = [_NOUNS[name] for name in ([rule] if isinstance(rule, str) else rule) if name != "null"]
            return path, f"must be {' or '.join(nouns)}{_such_as(error.schema)}, not {kind(value)}"
        case "enum":
            words = " or ".join(repr(word) for word in rule)
            return path, f"must be {words}, not {kind(value)}{did_you_mean(value, rule)}"
        case "exclusiveMinimum":
            return path, f"must be above {rule}, not {short(value)}"
        case "minLength":
            return path, "is empty"
        case "minItems" | "minProperties":
            return path, f"is empty; it needs at least one entry{_such_as(error.schema)}"
        case "maxProperties":
            return path, f"must have one key, not {len(value)}: {', '.join(value)}"
    return path, " ".join(error.message.split())


def _such_as(rule: dict) -> str:
    """Return ` (such as …)` from the schema's example; YAML's flow style is JSON without its quotes."""
    if "examples" not in rule:
        return ""
    return f" (such as {json.dumps(rule['examples'][0]).replace(chr(34), '')})"


def _position(config: Any, path: list) -> list[int]:
    """Return where a key stands in the config, to sort by; a key that is missing comes after those that are there."""
    places = []
    for part in path:
        places.append(list(config).index(part) if isinstance(config, dict) and part in config else 0)
        if isinstance(config, dict) and part not in config:
            places[-1] = len(config)
            break
        if isinstance(part, int) and isinstance(config, list):
            places[-1] = part
        config = config[part]
    return places


# ---- what the schema cannot say


def _check_datasets(config: dict) -> None:
    for name, dataset in config["datasets"].items():
        path = ["datasets", name]
        if "load" not in dataset and "file" not in dataset:
            raise wrong(path, "needs either 'load' (an import path) or 'file' (a path)")
        if "load" in dataset and "file" in dataset:
            raise wrong([*path, "file"], "stands beside 'load'; a dataset has one of them")
        if "file" in dataset:
            if not file_formats.is_archive(dataset["file"]) and not file_formats.table_of(dataset["file"]):
                raise wrong(
                    [*path, "file"],
                    f"{short(dataset['file'])} is of a format that 'file' does not know; {file_formats.instead(dataset['file'])}",
                )
            for key, said in (("args", "a file is read as 'read' says"), ("inputs", "a file is one by itself")):
                if dataset[key]:
                    raise wrong([*path, key], f"belongs to 'load'; {said}")
        if "read" in dataset:
            _check_read(dataset, [*path, "read"])


def _check_read(dataset: dict, path: list) -> None:
    if "load" in dataset:
        raise wrong(path, "belongs to 'file'; 'load' takes 'args'")
    if file_formats.is_archive(dataset["file"]):
        raise wrong(path, "is for tables; an .npz file says itself how it is written")
    read = dataset["read"]
    if len(read.get("decimal", ".")) > 1:
        raise wrong([*path, "decimal"], f"must be one character, not {short(read['decimal'])}")
    if "encoding" in read:
        try:
            codecs.lookup(read["encoding"])
        except (LookupError, ValueError):
            raise wrong(
                [*path, "encoding"],
                f"Python knows no encoding {short(read['encoding'])}; utf-8, latin-1 and utf-16 are some",
            ) from None
    for column in [*dataset["drop"], dataset.get("target"), dataset.get("groups")]:
        if column and column not in read.get("usecols", [column]):
            raise wrong([*path, "usecols"], f"leaves out {short(column)}, which the dataset names elsewhere")


def _check_splits(config: dict) -> None:
    for name, split in config["splits"].items():
        _check_reference(config, "datasets", split["dataset"], ["splits", name, "dataset"])


def _check_searches(config: dict) -> None:
    for name, search in config["searches"].items():
        path = ["searches", name]
        _check_reference(config, "splits", search["splits"], [*path, "splits"])
        (strategy,) = search["strategy"]
        _check_models(search["models"], strategy, [*path, "models"])
        _check_metrics(search["scoring"], [*path, "scoring"])
        for place, metric in enumerate(search["scoring"]):
            if isinstance(metric, dict):
                word = metric_name(metric)
                if not isinstance(metric[word], dict) or not {"ref", "class"} & set(metric[word]):
                    raise wrong([*path, "scoring", place, word], "must be {ref: import.path} or {class: import.path}")
        _check_timeout(search["timeout"], [*path, "timeout"])


def _check_clusterings(config: dict) -> None:
    for name, clustering in config["clusterings"].items():
        path = ["clusterings", name]
        _check_reference(config, "datasets", clustering["dataset"], [*path, "dataset"])
        _check_models(clustering["models"], "grid", [*path, "models"])
        _check_metrics(clustering["metrics"], [*path, "metrics"])
        for place, metric in enumerate(clustering["metrics"]):
            word, here = metric_name(metric), [*path, "metrics", place]
            if word not in METRICS:
                raise wrong(here, f"unknown metric {short(word)}{hint(word, METRICS)}")
            if isinstance(metric, dict) and not isinstance(metric[word], dict):
                raise wrong([*here, word], f"must be a mapping of arguments, not {kind(metric[word])}")
        _check_timeout(clustering["timeout"], [*path, "timeout"])


def _check_reference(config: dict, section: str, name: str, path: list) -> None:
    if name not in config[section]:
        raise wrong(path, f"no {short(name)} in '{section}'{did_you_mean(name, config[section])}")


def _check_timeout(timeout: float | None, path: list) -> None:
    if timeout is not None and not math.isfinite(timeout):
        raise wrong(path, "must be a finite number of seconds, or null for no limit")


def _check_metrics(metrics: list, path: list) -> None:
    """Check that each metric is a word or a one-key mapping, and that no name stands twice: names become columns."""
    seen = set()
    for place, metric in enumerate(metrics):
        if isinstance(metric, dict) and len(metric) != 1:
            raise wrong([*path, place], f"must be a word or a mapping with one key, not with {len(metric)}")
        name = metric_name(metric)
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,99}", name, re.ASCII):
            raise wrong([*path, place], f"{short(name)} is not a name: {_NAME_RULE}")
        if name in seen:
            raise wrong([*path, place], f"{short(name)} stands twice")
        seen.add(name)


def _check_models(models: dict, strategy: str, path: list) -> None:
    for name, model in models.items():
        _check_estimator(model["estimator"], [*path, name, "estimator"])
        _check_space(model["space"], strategy, [*path, name, "space"])
    if strategy not in SAMPLING:
        counts = {name: count_candidates(model["space"]) for name, model in models.items()}
        for name, count_of_model in counts.items():
            _check_size(count_of_model, [*path, name, "space"])
        _check_size(sum(counts.values()), path)


def _check_estimator(spec: Any, path: list) -> None:
    """Check one `{class: …}`, or a list of one-key mappings (the steps of a pipeline), at any depth."""
    if isinstance(spec, dict):
        if "class" not in spec:
            near = nearest("class", spec)
            raise wrong(
                [*path, "class"],
                f"is missing (such as sklearn.svm.SVC){f'; is {near!r} a misspelling?' if near else ''}",
            )
        if not isinstance(spec["class"], str):
            raise wrong([*path, "class"], f"must be an import path such as sklearn.svm.SVC, not {kind(spec['class'])}")
        return
    if not isinstance(spec, list):
        raise wrong(path, f"must be {{class: import.path}} or a list of named steps, not {kind(spec)}")
    if not spec:
        raise wrong(path, "is empty; a pipeline has at least one step")
    seen = set()
    for place, step in enumerate(spec):
        here = [*path, place]
        if not isinstance(step, dict) or len(step) != 1:
            raise wrong(here, "must be one named step, such as {scale: {class: sklearn.preprocessing.StandardScaler}}")
        ((name, inner),) = step.items()
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name, re.ASCII) or "__" in name:
            raise wrong([*here, name], "not a name of a step: letters, digits, '_', '.' and '-' alone, and no '__'")
        if name in seen:
            raise wrong([*here, name], "the name of a step stands twice")
        seen.add(name)
        if inner is not None and inner != "passthrough":
            _check_estimator(inner, [*here, name])


def _check_space(space: dict | list, strategy: str, path: list) -> None:
    if isinstance(space, dict):
        for name, values in space.items():
            _check_values(values, strategy, [*path, name])
        return
    if not space:
        raise wrong(path, "is empty; leave it out, or write {}, for the estimator as it is")
    for place, grid in enumerate(space):
        if not isinstance(grid, dict):
            raise wrong([*path, place], f"must be a mapping of parameters to values, not {kind(grid)}")
        _check_space(grid, strategy, [*path, place])


def _check_size(found: int, path: list) -> None:
    """Check that a grid, or those of all models, have no more candidates than memory holds."""
    if found > MOST_CANDIDATES:
        said = f"{found:,}" if found < 10**15 else "more than 10^15"
        raise wrong(
            path, f"has {said} candidates, more than the {MOST_CANDIDATES:,} that a grid may have; give fewer values"
        )


_ARGUMENTS = {
    "logspace": ("[start, stop, num] or [start, stop, num, base]", (3, 4)),
    "linspace": ("[start, stop, num]", (3,)),
    "range": ("[stop], [start, stop] or [start, stop, step]", (1, 2, 3)),
    "loguniform": ("[low, high]", (2,)),
    "uniform": ("[low, high]", (2,)),
    "randint": ("[low, high]", (2,)),
}


def _check_values(values: Any, strategy: str, path: list) -> None:
    """Check the values of one parameter: a list, or one of the words that stand for many."""
    if isinstance(values, list):
        if not values:
            raise wrong(path, "is empty; a parameter needs at least one value")
        return
    if not isinstance(values, dict):
        raise wrong(
            path, f"must be a list of values or one of {', '.join(RANGES)}, not {kind(values)}; write [{short(values)}]"
        )
    known = [*RANGES, *DISTRIBUTIONS]
    for word in values:
        if word in ("class", "ref", "tuple", "dict"):
            raise wrong(path, f"must be a list of values; write [{{{word}: …}}]")
        if word not in known:
            raise wrong([*path, word], f"unknown key{hint(word, known)}")
    if len(values) != 1:
        raise wrong(path, f"must have exactly one of {', '.join(known)}")
    ((word, numbers),) = values.items()
    path = [*path, word]
    if word in DISTRIBUTIONS and strategy not in SAMPLING:
        raise wrong(
            path, f"needs a strategy that samples, and {strategy!r} does not; write a list, logspace, linspace or range"
        )
    shape, lengths = _ARGUMENTS[word]
    if not isinstance(numbers, list) or len(numbers) not in lengths:
        raise wrong(path, f"must be {shape}, not {short(numbers)}")
    for place, number in enumerate(numbers):
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise wrong([*path, place], f"must be a number, not {kind(number)}")
        if not math.isfinite(number):
            raise wrong([*path, place], f"must be a finite number, not {short(number)}")
    if word in DISTRIBUTIONS:
        if numbers[0] >= numbers[1] or (word == "loguniform" and numbers[0] <= 0):
            raise wrong(path, f"must be [low, high] with low < high{', both above 0' if word == 'loguniform' else ''}")
        return
    _check_range(word, numbers, path)


def _check_range(word: str, numbers: list, path: list) -> None:
    """Check that a logspace, linspace or range gives at least one value, not too many, and finite ones."""
    if word == "range":
        if len(numbers) == 3 and numbers[2] == 0:
            raise wrong([*path, 2], "the step must not be 0")
    else:
        if not isinstance(numbers[2], int) or numbers[2] < 1:
            raise wrong([*path, 2], f"the number of values must be a whole number above 0, not {short(numbers[2])}")
    if word == "logspace":
        base = numbers[3] if len(numbers) == 4 else 10
        if base <= 0:
            raise wrong([*path, 3], f"the base must be above 0, not {short(base)}")
        try:
            _ = float(base) ** numbers[0], float(base) ** numbers[1]
        except OverflowError:
            raise wrong(path, f"start and stop are exponents: {base} to the power of them is too large") from None
    try:
        n_values = count({word: numbers})
    except OverflowError:
        n_values = MOST_VALUES + 1
    if n_values == 0:
        raise wrong(path, f"is empty: {short(numbers)} holds no value, as the end is excluded")
    if n_values > MOST_VALUES:
        raise wrong(path, f"has more than {MOST_VALUES:,} values")
