"""Random mutations of valid configs, by hypothesis."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from foldwork.errors import FoldworkError
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import SECTIONS, read, validate
from foldwork.study.messages import dotted

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.json"
FILES = [ROOT / "config/config.yaml", *sorted((ROOT / "config/examples").glob("*.yaml"))]
CONFIGS = [validate(read([path]), SCHEMA) for path in FILES]

WORDS = [
    "", " ", "\n", "None", "nan", "a\nb", "ü", "..", "a..b", ".", "x" * 200, "__class__", "os", "os.path", "sklearn",
    "sklearn.svm.SVC", "sklearn.svm", "sklearn.svm.SVCC", "sklearn.cluster.KMeans", "sklearn.pipeline.Pipeline",
    "sklearn.base.BaseEstimator", "sklearn.feature_selection.f_classif", "sklearn.model_selection.GridSearchCV",
    "sklearn.model_selection.KFold", "sklearn.datasets.load_iris", "sklearn.metrics.make_scorer", "collections.OrderedDict",
    "builtins.list", "builtins.dict", "builtins.object", "builtins.type", "builtins.super", "numpy.array",
    "KFold", "StratifiedKFold", "ShuffleSplit", "LeaveOneOut", "class", "ref", "tuple", "dict", "grid", "C", "accuracy",
    "precomputed", "passthrough", "rbf", "inertia", "silhouette",
]  # fmt: skip
KEYS = [
    "class", "ref", "tuple", "dict", "logspace", "linspace", "range", "loguniform", "uniform", "randint", "load", "file",
    "args", "target", "cv", "estimator", "space", "scoring", "metrics", "timeout", "on_error", "strategy", "random_state",
    "n_splits", "C", "svc__C", "a b", "", "\n", "drop", "dtype", "dataset", "splits", "models", "share", "layout", "groups",
]  # fmt: skip
NUMBERS = [0, 1, -1, 2, 0.5, -0.5, 1e308, -1e308, 10**30, float("inf"), float("-inf"), float("nan"), True, False, None]
ODD_KEYS = [0, 1.5, None, True]

leaves = st.sampled_from(WORDS) | st.sampled_from(NUMBERS) | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.sampled_from(ODD_KEYS) | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(config: Any, path: tuple = ()) -> list[tuple]:
    """Return the path of every key and item in a config."""
    items = config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ()
    return [found for key, value in items for found in [(*path, key), *places(value, (*path, key))]]


@st.composite
def mutants(draw) -> dict:
    """Draw a valid config with one to three things changed: a value, a key, something gone, added, moved or doubled."""
    config = copy.deepcopy(draw(st.sampled_from(CONFIGS)))
    for _ in range(draw(st.integers(1, 3))):
        found = places(config)
        if not found:
            break
        # Half of them deep down, where the values are that only the imports can tell.
        deep = [path for path in found if len(path) >= 5]
        *above, last = draw(st.sampled_from(deep if deep and draw(st.booleans()) else found))
        place = config
        for key in above:
            place = place[key]
        kind = draw(st.sampled_from(("value", "value", "gone", "key", "add", "move", "wrap", "word")))
        if kind == "value":
            place[last] = draw(values)
        elif kind == "gone":
            del place[last]
        elif kind == "word" and isinstance(place[last], str) and place[last]:
            at = draw(st.integers(0, len(place[last]) - 1))
            place[last] = (
                place[last][:at] + draw(st.sampled_from(["", "x", ".", " ", "\n", "_"])) + place[last][at + 1 :]
            )
        elif kind == "key" and isinstance(place, dict):
            place[draw(st.sampled_from(KEYS) | st.sampled_from(ODD_KEYS) | st.text(max_size=5))] = place.pop(last)
        elif kind == "add" and isinstance(place[last], dict):
            place[last][draw(st.sampled_from(KEYS) | st.text(max_size=5))] = draw(values)
        elif kind == "add" and isinstance(place[last], list):
            place[last].append(draw(values))
        elif kind == "move":
            *up, other = draw(st.sampled_from(found))
            target = config
            for key in up:
                target = target[key]
            place[last] = copy.deepcopy(target[other])
        elif kind == "wrap":
            place[last] = draw(st.sampled_from([[place[last]], {"class": place[last]}, {"tuple": [place[last]]}]))
    return config


def outcome(config: dict) -> str:
    """Return "valid" for a config that passes both checks, else the one line of its first mistake.

    Anything but a `FoldworkError` of one line that begins with `config: ` and a key of the config is an error of foldwork's.
    """
    try:
        settings = validate(config, SCHEMA)
        json.dumps(settings)  # it goes to another process, and into the ledger
        check_config(settings)
    except FoldworkError as error:
        line = str(error)
        assert line.isprintable(), repr(line)
        assert line.startswith("config: "), line
        said = line.removeprefix("config: ")
        named = any(said.startswith(dotted([key])) for key in [*config, *SECTIONS] if isinstance(key, str))
        assert named or said.startswith(("there is nothing to do", "the key ")), line
        return line
    return "valid"


def outcome_of_text(text: bytes, path: Path) -> str:
    """Write a config's bytes, read and check them as the workflow does, and return what `outcome` does; bad YAML is a line with its place."""
    path.write_bytes(text)
    try:
        config = read([path])
    except FoldworkError as error:
        line = str(error)
        assert line.isprintable() and line.startswith(f"{path}:"), repr(line)
        return line
    return outcome(config)
