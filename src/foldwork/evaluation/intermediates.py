"""Cache what evaluations of an engine share: fitted steps, transformed data, Gram matrices."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from foldwork.evaluation.containers import nbytes

MAX_BYTES = 1 << 30
"""Bytes that an engine's cache holds at most."""

MAX_TIMES_LARGEST = 8
"""It holds at most this many times the bytes of the largest value: evaluations that share follow each other, and few values are enough."""

ALWAYS_BYTES = 1 << 26
"""Bytes that it may hold however small the largest value is."""


class Intermediates:
    """A least recently used cache, bounded in bytes.

    Parameters
    ----------
    max_bytes : int
        Bytes to hold at most.

    Attributes
    ----------
    bytes : int
        Bytes that it holds.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._largest = 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return the value of `key`, computed if the cache has none. A value of more than `max_bytes` is not kept.

        Of a tuple the sizes of the containers in it are added; see `containers.nbytes`.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        value = compute()
        size = sum(map(nbytes, value)) if isinstance(value, tuple) else nbytes(value)
        if size <= self.max_bytes:
            self._kept[key] = (value, size)
            self.bytes += size
            self._largest = max(self._largest, size)
            while self.bytes > min(self.max_bytes, max(ALWAYS_BYTES, MAX_TIMES_LARGEST * self._largest)):
                _, (_, removed) = self._kept.popitem(last=False)
                self.bytes -= removed
        return value
