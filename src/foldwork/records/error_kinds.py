"""Group failed evaluations by their errors."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from foldwork.records.evaluation import Evaluation

TIMEOUT = "timeout"
"""Kind of the error of evaluations that exceeded `timeout` of the search."""

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")

_ENDED = "ended {kills} engines, the last one so: {how}"
_HOW = re.compile(re.escape(_ENDED).replace(r"\{kills\}", r"\d+").replace(r"\{how\}", "(.*)"), re.DOTALL)


def ended_engines(kills: int, how: str) -> str:
    """Return the error of an evaluation that ended its engine in each attempt.

    Parameters
    ----------
    kills : int
        Number of engines that ended.
    how : str
        How the last engine ended: its signal, exit code, or memory use.
    """
    return _ENDED.format(kills=kills, how=how)


def kind_of(error: str) -> str:
    """Return the kind of an error: the type of the exception, or how the engines ended."""
    if not (ended := _HOW.match(error)):
        return error.partition(":")[0]
    return f"ended its engines: {'too much memory' if ended[1].startswith('used ') else ended[1]}"


def without_addresses(error: str) -> str:
    """Return an error with `at 0x…` where it has the address of an object, which differs from engine to engine."""
    return _ADDRESS.sub("at 0x…", error)


def by_kind(errors: Counter[str]) -> dict[str, int]:
    """Return the number of errors of each kind, the most frequent first, from the number of each error text."""
    kinds: Counter[str] = Counter()
    for error, count in errors.items():
        kinds[kind_of(error)] += count
    return dict(kinds.most_common())


def grouped(failed: Iterable[tuple[Evaluation, dict[str, Any]]]) -> Iterator[str]:
    """Yield two lines of text for each distinct error: its count, the error, and an example. The most frequent is first.

    Errors that differ in the addresses of objects alone are one.

    Parameters
    ----------
    failed : iterable of (Evaluation, record)
        The failed evaluations, in any order.
    """
    counts: Counter[str] = Counter()
    examples: dict[str, Evaluation] = {}
    for evaluation, record in failed:
        error = without_addresses(record["error"])
        counts[error] += 1
        first = examples.setdefault(error, evaluation)
        if _position(evaluation) < _position(first):  # the order of the ledger differs from run to run
            examples[error] = evaluation
    for error, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count:,} × {error}\n    such as {examples[error]}"


def _position(evaluation: Evaluation) -> tuple[str, int, int]:
    return evaluation.model, evaluation.candidate, evaluation.fold
