"""Read YAML files, with numbers as in YAML 1.2: `1e-3` is a float, `1:30` and `1_000` are strings.

PyYAML reads YAML 1.1, in which `1e-3` is a string, `010` is eight and `1:30` is ninety. Page: https://yaml.org/spec/1.2.2/#103-core-schema
"""

import os
import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from foldwork.errors import FoldworkError

_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z|[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
)
_KEPT = ("bool", "null", "merge")  # without "timestamp" and "value": dates stay strings, and so does `=`


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the core schema's numbers, plain types alone, and without duplicate keys."""

    yaml_constructors: ClassVar[dict] = {}
    yaml_implicit_resolvers: ClassVar[dict] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in _KEPT]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    # With deep=True, since PyYAML builds lazily: an anchor that contains itself is then an error, not an endless value.
    def construct_list(self, node: yaml.Node) -> list:
        return self.construct_sequence(node, deep=True)

    def construct_dict(self, node: yaml.Node) -> dict:
        if isinstance(node, yaml.MappingNode):
            self._refuse_duplicates(node)
        return self.construct_mapping(node, deep=True)

    def _refuse_duplicates(self, node: yaml.MappingNode) -> None:
        # Before `<<` is merged in: merged keys may be overridden.
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a scalar", key.start_mark)
            if (key.tag, key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key.value!r}", key.start_mark)
            seen.add((key.tag, key.value))

    def construct_integer(self, node: yaml.Node) -> int:
        text = self.construct_scalar(node)
        return int(text, 0) if text.startswith(("0o", "0x")) else int(text)

    def construct_float(self, node: yaml.Node) -> float:
        return float(self.construct_scalar(node).lower().replace(".inf", "inf").replace(".nan", "nan"))


_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
for _tag, _constructor in {
    "str": yaml.SafeLoader.construct_yaml_str,
    "bool": yaml.SafeLoader.construct_yaml_bool,
    "null": yaml.SafeLoader.construct_yaml_null,
    "int": _Loader.construct_integer,
    "float": _Loader.construct_float,
    "seq": _Loader.construct_list,
    "map": _Loader.construct_dict,
}.items():
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _constructor)
_Loader.add_constructor(None, yaml.SafeLoader.construct_undefined)


def load(path: str | os.PathLike) -> dict[str, Any]:
    """Read one YAML file whose outermost value is a mapping.

    Parameters
    ----------
    path : path-like
        A file in UTF-8, YAML or JSON.

    Returns
    -------
    dict
        Plain Python values: dict, list, str, int, float, bool, None. Empty for an empty file.

    Raises
    ------
    FoldworkError
        In one line with file and line number: no such file, bad syntax, a duplicate key, an outermost value that is not a mapping.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FoldworkError(f"{path}: not a text in UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise FoldworkError(f"{path}: {error.strerror.lower() if error.strerror else error}") from error
    try:
        loaded = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "bad YAML"
        raise FoldworkError(f"{path}:{mark.line + 1 if mark else 1}: {' '.join(problem.split())}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise FoldworkError(f"{path}:{line}: a character that YAML does not allow (U+{error.character:04X})") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        # A tag that does not suit its text (`!!int x`), thousands of digits, or thousands of brackets.
        raise FoldworkError(f"{path}: not a config that can be read ({type(error).__name__}: {error})") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise FoldworkError(f"{path}:1: must be a mapping of keys to values, not {type(loaded).__name__}")
    return loaded
