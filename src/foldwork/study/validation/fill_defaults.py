"""Copy a config as plain JSON-able data and fill in the schema's defaults."""

import copy
import datetime
from collections.abc import Mapping
from typing import Any

from foldwork.study.messages import config_error, described, shown
from foldwork.study.validation.names import NAME_RULE, is_name

Schema = dict[str, Any]


def fill_defaults(config: Any, schema: Schema) -> Any:
    """Return a copy of a config, with the defaults of the mappings that the schema describes.

    Parameters
    ----------
    config : object
        As read, possibly invalid: the schema is checked afterwards.
    schema : dict
        JSON Schema. Of its keywords `properties`, `additionalProperties`, `propertyNames`, `items`, `type`, `default` and `$ref` are used.

    Returns
    -------
    object
        Dicts with string keys, lists, strings, numbers, booleans and None.

    Raises
    ------
    FoldworkError
        For a key that is no string or no valid name, and for a value that JSON cannot hold.
    """
    return _fill(config, schema, [], schema)


def _fill(value: Any, rule: Schema, path: list, root: Schema) -> Any:
    if rule.get("additionalProperties") is True:
        return _plain(value, path, string_keys=True)
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
        _check_key(key, rule, path)
        child = own.get(key) or named
        child = _resolved(child, root) if isinstance(child, dict) else {}
        if item is not None or not child:
            filled[key] = _fill(item, child, [*path, key], root)
        elif "default" in child:  # a key without a value counts as absent
            filled[key] = copy.deepcopy(child["default"])
        elif child.get("type") == "object":
            filled[key] = _fill({}, child, [*path, key], root)
    for key, child in own.items():
        child = _resolved(child, root)
        if key not in filled and "default" in child:
            filled[key] = copy.deepcopy(child["default"])
    return filled


def _check_key(key: Any, rule: Schema, path: list) -> None:
    if not isinstance(key, str):
        raise _no_string(key, path)
    if "propertyNames" in rule and not is_name(key):
        raise config_error([*path, key], f"not a name: {NAME_RULE}")


def _no_string(key: Any, path: list) -> Exception:
    return config_error(path, f"the key {shown(key)} is no string; put it in quotes")


def _resolved(rule: Schema, root: Schema) -> Schema:
    """Return a part of the schema, or what its `$ref` refers to."""
    return root["$defs"][rule["$ref"].rpartition("/")[2]] if "$ref" in rule else rule


def _plain(value: Any, path: list, string_keys: bool = False) -> Any:
    """Copy a part of the config that the schema leaves open; with `string_keys` its outermost mappings have string keys alone."""
    if isinstance(value, Mapping):
        return _plain_mapping(value, path, string_keys)
    if isinstance(value, list | tuple):
        return [_plain(item, [*path, place], string_keys) for place, item in enumerate(value)]
    if isinstance(value, datetime.date):  # from PyYAML, in a config that Snakemake has read
        return str(value)
    if value == "None":
        raise config_error(path, "'None' is a string in YAML; write null")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise config_error(path, f"{shown(value)} is not a value that a config can hold")


def _plain_mapping(value: Mapping, path: list, string_keys: bool) -> dict[str, Any]:
    others = [key for key in value if not isinstance(key, str)]
    if others and (string_keys or "class" in value):
        raise _no_string(others[0], path)
    if others:  # JSON has no such mapping
        return {"dict": [[_plain(k, path), _plain(item, [*path, str(k)])] for k, item in value.items()]}
    plain = {key: _plain(item, [*path, key]) for key, item in value.items()}
    if not string_keys:
        _check_reserved_words(plain, path)
    return plain


def _check_reserved_words(value: dict, path: list) -> None:
    """Check the shape of `{tuple: […]}`, `{dict: […]}`, `{ref: …}` and `{class: …}`."""
    for word in ("tuple", "ref", "dict"):
        if word in value and len(value) > 1:
            other = next(key for key in value if key != word)
            raise config_error(
                [*path, other], f"cannot be combined with '{word}', which must be the only key of its mapping"
            )
    if "tuple" in value and not isinstance(value["tuple"], list):
        raise config_error([*path, "tuple"], f"must be a list, not {described(value['tuple'])}")
    if "dict" in value and not _is_list_of_pairs(value["dict"]):
        raise config_error([*path, "dict"], "must be a list of [key, value] pairs")
    for word in ("ref", "class"):
        if word in value and not isinstance(value[word], str):
            raise config_error(
                [*path, word], f"must be an import path such as sklearn.svm.SVC, not {described(value[word])}"
            )


def _is_list_of_pairs(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value)
