"""The picture of a search that is no grid: it can be drawn for every table that a strategy leaves, with the same bytes each time."""

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from foldwork.pictures.sampled import draw_sampled, is_sampled_search

RANDOM = np.random.default_rng(0)


def table(rows, **columns):
    """Return a scores.csv of two folds with a parameter C, and others by name."""
    values = {"C": RANDOM.lognormal(size=rows).tolist()} | {
        k: list(v) for k, v in columns.items() if k.startswith("p_")
    }
    given = [dict(zip(values, each, strict=True)) for each in zip(*values.values(), strict=True)]
    folds = RANDOM.normal(size=(rows, 2))
    return pd.DataFrame(
        {"model": "m", **{f"param_{name}": value for name, value in values.items()}, "params": list(map(json.dumps, given))}
        | {"split0_test_score": folds[:, 0], "split1_test_score": folds[:, 1]}
        | {"mean_test_score": folds.mean(axis=1), "std_test_score": folds.std(axis=1)}
        | {k: v for k, v in columns.items() if not k.startswith("p_")}
    )  # fmt: skip


failed = table(6).assign(mean_test_score=np.nan)
race = table(5, n_folds=[1, 1, 2, 2, 2]).assign(mean_test_score=[np.nan, np.nan, 1, 2, 3])
halving = table(8, iter=[0] * 5 + [1] * 3, n_resources=[9] * 5 + [27] * 3)
TABLES = {
    "one candidate": table(1),
    "no candidate": table(3).iloc[:0],
    "all failed": failed,
    "two models, one without a score": pd.concat([table(9), failed.assign(model="other")]),
    "halving": halving,
    "brackets": pd.concat([halving.assign(bracket=1), table(3, iter=[0] * 3, n_resources=[27] * 3).assign(bracket=0)]),
    "a race": race,
    "words, long names and many parameters": table(
        40, **{f"p_the_parameter_with_the_long_name_{i}": [["a", "b"][j % 2] for j in range(40)] for i in range(14)}
    ),
    "four hundred candidates": table(400),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_drawn_with_the_same_bytes_each_time(name, tmp_path):
    for path in (tmp_path / "one", tmp_path / "two"):
        draw_sampled(TABLES[name], path, metric="accuracy", note="a note")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert imread(tmp_path / "one", format="png").min() < 0.5


def test_a_grid_has_another_picture():
    assert is_sampled_search({"random": {}}) and not is_sampled_search({"grid": {}}) and not is_sampled_search(None)
