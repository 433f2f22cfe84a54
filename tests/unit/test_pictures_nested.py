"""What draw_nested promises: a picture of every nested search, the same bytes for the same one."""

import numpy as np
import pytest
from matplotlib.image import imread

from foldwork.pictures.nested import MOST_ROWS, _labels, draw_nested

PNG = b"\x89PNG\r\n\x1a\n"


def chosen_by(folds):
    """One candidate for each list of folds."""
    params = [{"svc__C": 10.0**i, "svc__gamma": i / 7, "a_long_name": "x" * 40} for i in range(len(folds))]
    return [{"model": "svc", "params": p, "count": len(f), "folds": f} for p, f in zip(params, folds, strict=True)]


def scores(n_folds, seed=0):
    rng = np.random.RandomState(seed)
    return 0.9 + rng.normal(size=n_folds) / 30, 0.93 + rng.normal(size=n_folds) / 50


NAN = np.full(4, np.nan)
NAMED = {
    "usual": (*scores(5), chosen_by([[0, 2, 4], [1], [3]])),
    "one fold": (*scores(1), chosen_by([[0]])),
    "many folds": (*scores(100), chosen_by([[k] for k in range(100)])),
    "a fold without a score": (np.array([0.9, np.nan, 0.8]), np.array([0.9, np.nan, 0.9]), chosen_by([[0, 2]])),
    "no score": (NAN, NAN, []),
    "no parameters": (*scores(4), [{"model": "dummy", "params": {}, "count": 4, "folds": [0, 1, 2, 3]}]),
    "equal scores": (np.ones(4), np.ones(4), chosen_by([[0, 1, 2, 3]])),
    "large scores": (-1e9 * scores(4)[0], -1e9 * scores(4)[1], chosen_by([[0, 1], [2, 3]])),
    "infinite scores": (np.array([-np.inf, 1.0]), np.array([-np.inf, 1.0]), chosen_by([[0, 1]])),
}


def draw(path, name="usual", **arguments):
    draw_nested(*NAMED[name], path, **{"metric": "accuracy"} | arguments)
    return path.read_bytes()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", NAMED)
def test_every_nested_search_has_a_picture(name, tmp_path):
    assert draw(tmp_path / "nested.tmp", name, note="stopped: 3 of 5 evaluations").startswith(PNG)
    assert max(imread(tmp_path / "nested.tmp", format="png").shape) < 2500


def test_same_search_gives_the_same_bytes(tmp_path):
    assert draw(tmp_path / "a.png") == draw(tmp_path / "b.tmp")


def test_candidates_that_are_not_drawn_are_counted(tmp_path):
    few = (*scores(100), chosen_by([[k] for k in range(MOST_ROWS)]))
    NAMED["as many as are drawn"] = few
    assert draw(tmp_path / "a.png", "as many as are drawn") != draw(tmp_path / "b.png", "many folds")


def test_candidates_are_told_apart_by_the_parameters_in_which_they_differ():
    chosen = [
        {"model": "hgb", "params": {"hgb__max_leaf_nodes": n, "hgb__max_iter": 9}, "count": 1, "folds": [n]}
        for n in (7, 15)
    ]
    assert _labels(chosen) == ["1 × hgb: max_leaf_nodes = 7", "1 × hgb: max_leaf_nodes = 15"]
