"""A digest of what was evaluated: files that are made from an evaluated.json name it, so that those of an earlier config are known."""

from typing import Any

from foldwork.study.versions import digest

COUNTS = ("asked", "recorded", "stop")

SETTINGS = ("models", "strategy", "scoring", "metrics", "inner", "stability", "gap")
"""Parts of the config of a search or clustering on which its candidates and their scores depend."""


def evaluated_digest(evaluated: dict[str, Any]) -> str:
    """Return the digest of the content of an evaluated.json. Times, paths and settings that change no score are not in it."""
    request = evaluated["request"]
    return digest(
        {
            "counts": [evaluated.get(name) for name in COUNTS],
            "settings": [request["spec"].get(name) for name in SETTINGS],
            "folds": [fold["digest"] for fold in request["folds"]],
            "made": {model: made["id"] for model, made in request["made"].items()},
        }
    )
