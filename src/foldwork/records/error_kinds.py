"""Group failed evaluations by their errors: kinds, counts, examples."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from foldwork.records.evaluation import Evaluation

TIMEOUT = "timeout"
"""Kind of the error of an evaluation that ran longer than the search's `timeout`."""

_ENDED = "ended {kills} engines, the last one so: {how}"
_HOW = re.compile(re.escape(_ENDED).replace(r"\{kills\}", r"\d+").replace(r"\{how\}", "(.*)"), re.DOTALL)


def ended_engines(kills: int, how: str) -> str:
    """Return the error of an evaluation that no engine survived.

    Parameters
    ----------
    kills : int
        How many engines ended.
    how : str
        What the last one ended of.
    """
    return _ENDED.format(kills=kills, how=how)


def kind_of(error: str) -> str:
    """Return what errors are counted by: an exception's type, or what ended the engines."""
    if not (ended := _HOW.match(error)):
        return error.partition(":")[0]
    return f"ended its engines: {'too much memory' if ended[1].startswith('used ') else ended[1]}"


def by_kind(errors: Counter[str]) -> dict[str, int]:
    """Return how many errors of each kind there are, the most frequent first, given how often each text stands."""
    kinds: Counter[str] = Counter()
    for error, count in errors.items():
        kinds[kind_of(error)] += count
    return dict(kinds.most_common())


def grouped(failed: Iterable[tuple[Evaluation, dict[str, Any]]]) -> Iterator[str]:
    """Yield a line for each different error, the most frequent first: how often, the error, and one evaluation that met it.

    Parameters
    ----------
    failed : iterable of (Evaluation, record)
    """
    counts: Counter[str] = Counter()
    examples: dict[str, Evaluation] = {}
    for evaluation, record in failed:
        counts[record["error"]] += 1
        first = examples.setdefault(record["error"], evaluation)
        if _place(evaluation) < _place(first):  # not that which ended first, so that it is the same each time
            examples[record["error"]] = evaluation
    for error, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count:,} × {error}\n    such as {examples[error]}"


def _place(evaluation: Evaluation) -> tuple[str, int, int]:
    return evaluation.model, evaluation.candidate, evaluation.fold
