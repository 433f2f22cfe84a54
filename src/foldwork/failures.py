"""Failed evaluations by their errors: kinds, counts, examples."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from foldwork.plan import Evaluation


def kind_of(error: str) -> str:
    """Return what errors are counted by: an exception's type, or what ended the engines."""
    ended = re.match(r"ended \d+ engines, the last one so: (.*)", error)
    if not ended:
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
        yield f"{count:,} × {error}\n    such as {in_words(examples[error])}"


def _place(evaluation: Evaluation) -> tuple[str, int, int]:
    return evaluation.model, evaluation.candidate, evaluation.fold


def in_words(evaluation: Evaluation) -> str:
    """Return an evaluation as a person reads it: `svc(C=1, gamma=0.1) fold 0`."""
    params = ", ".join(f"{name}={value}" for name, value in evaluation.params.items())
    return f"{evaluation.model}({params}) fold {evaluation.fold}"
