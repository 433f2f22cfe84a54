"""What the table and the picture of generations promise."""

import math

import numpy as np
import pytest

from foldwork.pictures.generations import draw_generations
from foldwork.results.csv_table import write_table
from foldwork.results.generations import COLUMNS, generation_rows

PNG = b"\x89PNG\r\n\x1a\n"


def made(n_generations=10, population=24, seed=0):
    generator = np.random.RandomState(seed)
    generation = np.repeat(np.arange(n_generations), population)
    score = 0.98 - 0.3 * np.exp(-generation / 3) * generator.uniform(size=len(generation)) ** 0.5
    score[generator.uniform(size=len(score)) < 0.02] = np.nan
    return generation, score


def test_each_generation_has_its_best_mean_and_spread():
    rows = generation_rows([0, 0, 0, 1, 1, 3], [0.25, 0.75, math.nan, 0.5, 0.5, 1.0])
    assert [list(row) for row in rows] == [COLUMNS] * 3
    assert [tuple(row.values()) for row in rows] == [
        (0, 3, 1, 0.75, 0.5, 0.25, 0.75),
        (1, 2, 0, 0.5, 0.5, 0.0, 0.75),
        (3, 1, 0, 1.0, 1.0, 0.0, 1.0),
    ]


def test_a_generation_in_which_all_fail_has_no_score():
    first, second, third = generation_rows([0, 1, 2], [math.nan, 1.0, math.nan])
    assert math.isnan(first["best_so_far"]) and math.isnan(first["mean_score"])
    assert second["best_so_far"] == third["best_so_far"] == 1.0
    assert math.isnan(third["best_score"]) and third["failed"] == 1


def test_rows_can_be_written(tmp_path):
    write_table(tmp_path / "generations.csv", COLUMNS, generation_rows([0, 0, 1], [0.25, 0.75, math.nan]))
    assert (tmp_path / "generations.csv").read_text().splitlines() == [
        ",".join(COLUMNS),
        "0,2,0,0.75,0.5,0.25,0.75",
        "1,1,1,,,,0.75",
    ]


TABLES = {
    "one model": {"svc": generation_rows(*made())},
    "two models": {"svc": generation_rows(*made()), "forest": generation_rows(*made(50, 8, 1))},
    "one generation": {"svc": generation_rows([0, 0], [0.5, 0.75])},
    "all failed": {"svc": generation_rows([0, 1], [math.nan, math.nan]), "$a_$": generation_rows([0, 1], [1, 2])},
    "nothing": {},
}


@pytest.mark.parametrize("tables", TABLES)
def test_every_table_has_a_picture_of_the_same_bytes(tables, tmp_path):
    for name in ("a.tmp", "b.tmp"):
        draw_generations(TABLES[tables], tmp_path / name, metric="accuracy", note="3 failed")
    assert (tmp_path / "a.tmp").read_bytes().startswith(PNG)
    assert (tmp_path / "a.tmp").read_bytes() == (tmp_path / "b.tmp").read_bytes()
