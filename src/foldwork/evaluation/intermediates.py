"""What evaluations share on an engine, kept for the next one: fitted steps, transformed data, Gram matrices."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from foldwork.evaluation.containers import size

KEEP_BYTES = 1 << 30
"""Bytes that an engine keeps, at most."""

KEEP_TIMES = 8
"""It keeps at most this many times the largest value: evaluations that share follow each other, and memory in use stays small."""

KEEP_ALWAYS = 1 << 26
"""Bytes that it may keep in any case."""


class Intermediates:
    """A cache of the values that were computed last, bounded in bytes.

    Parameters
    ----------
    most : int
        Bytes to keep at most.
    """

    def __init__(self, most: int = KEEP_BYTES) -> None:
        self.most = most
        self.bytes = 0
        self._largest = 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return what is kept under `key`, or compute it and keep it. What is too large is not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        value = compute()
        found = sum(map(size, value)) if isinstance(value, tuple) else size(value)
        if found <= self.most:
            self._kept[key] = (value, found)
            self.bytes += found
            self._largest = max(self._largest, found)
            while self.bytes > min(self.most, max(KEEP_ALWAYS, KEEP_TIMES * self._largest)):
                _, (_, gone) = self._kept.popitem(last=False)
                self.bytes -= gone
        return value
