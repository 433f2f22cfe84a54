"""The partitions that the candidates of a clustering have recorded, with names of clusters that stay the same from one candidate to the next."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from foldwork.evaluation.labels import unpack
from foldwork.pictures.label_matching import match_labels
from foldwork.pictures.parameter_labels import settings_in_words
from foldwork.records.evaluation import Evaluation
from foldwork.records.formatting import value_in_words
from foldwork.results.results import Results


class Partition(NamedTuple):
    """The partition of one candidate.

    Attributes
    ----------
    evaluation : Evaluation
    record : dict
    labels : ndarray of int, shape (n_samples,)
        Names of the clusters (see `match_labels`). Negative: noise.
    names : dict of int to int
        Recorded label to name.
    title : str
        Model, parameters and metrics.
    """

    evaluation: Evaluation
    record: dict[str, Any]
    labels: np.ndarray
    names: dict[int, int]
    title: str


def partitions(results: Results) -> Iterator[Partition]:
    """Yield the partition of each candidate that has labels, in the order of scores.csv."""
    previous: dict[str, np.ndarray] = {}
    for evaluation in results.candidates():
        record = results.record(evaluation)
        if record is None or record["status"] != "ok":
            continue
        labels, names = match_labels(previous.get(evaluation.model), unpack(record["labels"]))
        previous[evaluation.model] = labels
        yield Partition(evaluation, record, labels, names, title_of(evaluation, record, results.metrics))


def title_of(evaluation: Evaluation, record: dict[str, Any], metrics: list[str]) -> str:
    """Return the title of the picture of a candidate: model, parameters, and the values of these metrics that are defined."""
    settings = settings_in_words((name, value_in_words(value)) for name, value in evaluation.params.items())
    values = {name: float(record["test"][name]) for name in metrics}  # the record may hold more, in another order
    figures = [f"{name} {value:.6g}" for name, value in values.items() if value == value]
    return f"{evaluation.model}: {', '.join([*filter(None, [settings]), *figures])}"
