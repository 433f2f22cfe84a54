"""Check a config against the JSON Schema, with error messages of foldwork's own."""

import json
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from foldwork.study.messages import config_error, described, did_you_mean, hint, shown

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}


def check_schema(config: Any, schema: dict[str, Any]) -> None:
    """Check a config against the schema.

    Raises
    ------
    FoldworkError
        For the first error in the order of the config.
    """
    errors = [_path_and_problem(error) for error in Draft202012Validator(schema).iter_errors(config)]
    if errors:
        raise config_error(*min(errors, key=lambda error: _position(config, error[0])))


def _path_and_problem(error: ValidationError) -> tuple[list, str]:
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
            return [*path, missing], f"is missing{_example(error.schema.get('properties', {}).get(missing, {}))}"
        case "type":
            types = [_TYPES[name] for name in ([rule] if isinstance(rule, str) else rule) if name != "null"]
            return path, f"must be {' or '.join(types)}{_example(error.schema)}, not {described(value)}"
        case "enum":
            words = " or ".join(repr(word) for word in rule)
            return path, f"must be {words}, not {described(value)}{did_you_mean(value, rule)}"
        case "exclusiveMinimum":
            return path, f"must be above {rule}, not {shown(value)}"
        case "minimum":
            return path, f"must be {rule} or more, not {shown(value)}"
        case "maximum":
            return path, f"must be {rule} or less, not {shown(value)}"
        case "exclusiveMaximum":
            return path, f"must be below {rule}, not {shown(value)}"
        case "minLength":
            return path, "is empty"
        case "minItems" | "minProperties":
            return path, f"is empty; it needs at least one entry{_example(error.schema)}"
        case "maxProperties":
            return path, f"must have one key, not {len(value)}: {', '.join(value)}"
    return path, " ".join(error.message.split())


def _example(rule: dict[str, Any]) -> str:
    """Return ` (such as …)` with the schema's example. YAML's flow style is JSON without its quotes."""
    if "examples" not in rule:
        return ""
    return f" (such as {json.dumps(rule['examples'][0]).replace(chr(34), '')})"


def _position(config: Any, path: list) -> list[int]:
    """Return the position of a key in the config, to sort by. A missing key comes after the keys of its mapping."""
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
