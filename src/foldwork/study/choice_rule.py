"""The rule by which a search's candidate is chosen: the keys `choose`, `rank_by` and `simplest` of its config."""

from collections.abc import Iterable
from typing import Any

from foldwork.study.search_space import Space, grids_of

BEST, ONE_STANDARD_ERROR, SIMPLEST_EQUIVALENT = "best", "one_standard_error", "simplest_equivalent"

KEYS = ("choose", "rank_by", "simplest")

MODEL = "model"
"""Key of `simplest` that orders the models themselves, unless a space has a parameter of this name."""


def choice_of(search: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a search's config that says which candidate is chosen."""
    return {key: search[key] for key in KEYS if key in search}


def orders_models(simplest: Iterable[str], spaces: Iterable[Space]) -> bool:
    """Return whether `simplest` orders models: it has the key `model`, which is no parameter."""
    return MODEL in simplest and not any(MODEL in grid for space in spaces for grid in grids_of(space))


def position(value: Any, order: list) -> int | None:
    """Return the place of a value in an explicit order, None if it is not in it. `true` is not 1."""
    return next(
        (at for at, each in enumerate(order) if each == value and isinstance(each, bool) == isinstance(value, bool)),
        None,
    )


def is_number(value: Any) -> bool:
    """Return whether a value of a space has a place in an order from low to high."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
