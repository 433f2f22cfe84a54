"""What draw_race promises: a picture of every race, the same bytes for the same race."""

import itertools

import numpy as np
import pytest
from matplotlib.image import imread

from foldwork.pictures.canvas import style
from foldwork.pictures.race import MOST_ROWS, _by_rank, _draw, _not_shown, draw_race, numbered_labels
from foldwork.strategies.racing import numbers_of_candidates

PNG = b"\x89PNG\r\n\x1a\n"


def made_race(n_candidates, n_folds, *, burn_in=3, seed=0):
    """Scores and ends of a race in which the later candidates are dropped first."""
    rng = np.random.RandomState(seed)
    level = np.linspace(0.95, 0.5, n_candidates)[:, None]
    scores = level + rng.normal(size=(n_candidates, n_folds)) / 30 + rng.normal(size=n_folds) / 30
    dropped = [burn_in + int(n_folds * (n_candidates - i) / n_candidates) for i in range(n_candidates)]
    return scores, [end if end < n_folds else None for end in dropped]


def with_failures(scores, dropped):
    scores, dropped = scores.copy(), list(dropped)
    scores[1, -1], dropped[1] = np.nan, scores.shape[1]
    scores[2, 2], dropped[2] = np.nan, 3
    return scores, dropped


NAMED = {
    "usual": made_race(20, 10),
    "many candidates": made_race(300, 10),
    "many folds": made_race(12, 200),
    "two candidates on four folds": made_race(2, 4),
    "one candidate": (np.full((1, 5), 0.5), [None]),
    "failures": with_failures(*made_race(8, 6)),
    "all failed": (np.full((6, 5), np.nan), [3] * 6),
    "stopped": (np.where(np.arange(8) < 4, made_race(8, 8)[0], np.nan), [None] * 6 + [3, 3]),
    "equal scores": (np.full((5, 5), 1.0), [None] * 5),
    "large scores": (-1e9 * made_race(8, 8)[0], made_race(8, 8)[1]),
    "infinite scores": (np.full((3, 4), -np.inf), [3] * 3),
    "no candidates": (np.empty((0, 5)), []),
}


def draw(path, name="usual", **arguments):
    scores, dropped = NAMED[name]
    labels = [f"svc: C = {10.0**i:g}, gamma = {i / 7:.6g}, a long_name = {'x' * 40}" for i in range(len(scores))]
    order = np.random.RandomState(0).permutation(scores.shape[1]).tolist()
    draw_race(scores, labels, path, **{"order": order, "dropped": dropped, "metric": "accuracy"} | arguments)
    return path.read_bytes()


@pytest.mark.parametrize("name", NAMED)
def test_every_race_has_a_picture(name, tmp_path):
    assert draw(tmp_path / "race.tmp", name, note="friedman, alpha 0.05").startswith(PNG)
    assert max(imread(tmp_path / "race.tmp", format="png").shape) < 2500


def test_same_race_gives_the_same_bytes(tmp_path):
    assert draw(tmp_path / "a.png") == draw(tmp_path / "b.tmp")


def test_when_a_candidate_was_dropped_is_visible(tmp_path):
    _, dropped = NAMED["usual"]
    other = [*dropped[:-1], dropped[-1] + 1]
    assert draw(tmp_path / "a.png") != draw(tmp_path / "b.png", dropped=other)


def test_the_scores_given_are_left_as_they_are(tmp_path):
    before = NAMED["failures"][0].copy()
    draw(tmp_path / "a.png", "failures")
    assert np.array_equal(before, NAMED["failures"][0], equal_nan=True)


def test_finished_candidates_come_first_then_those_dropped_last():
    scores = np.array(
        [[0.9, 0.9, np.nan], [0.1, 0.1, 0.1], [0.8, np.nan, np.nan], [0.5, 0.5, 0.5], [0.95, 0.9, np.nan]]
    )
    ends, finished = np.array([2, 3, 1, 3, 2]), np.array([False, True, False, True, False])
    assert _by_rank(scores, ends, finished).tolist() == [3, 1, 4, 0, 2]


def test_candidates_that_are_not_drawn_are_counted():
    scores, dropped = NAMED["many candidates"]
    ends = np.array([10 if end is None else end for end in dropped])
    finished = np.array([end is None for end in dropped])
    rows = _by_rank(scores, ends, finished)[MOST_ROWS:]
    text = _not_shown(ends, finished, rows)
    counts = [int(word) for word in text.split() if word.isdigit()]
    assert sum(counts[::2] if "finished" not in text else [counts[0], *counts[1::2]]) == 300 - MOST_ROWS
    assert _not_shown(ends, finished, rows[:0]) == ""


def test_lengths_that_differ_are_refused(tmp_path):
    with pytest.raises(ValueError, match="2 labels"):
        draw_race(np.zeros((3, 2)), ["a", "b"], tmp_path / "a.png", order=[0, 1], dropped=[None] * 3, metric="r2")


NAMES = [f"tree__{name}" for name in ("max_features", "min_impurity_decrease", "min_samples_leaf", "min_samples_split")]
TREES = [
    ("tree", dict(zip(NAMES, values, strict=True)))
    for values in itertools.product([None, "sqrt"], [0.0, 0.01], [1, 5], [2, 10])
]


def test_rows_are_numbered_as_in_the_tables_and_leave_out_what_all_share():
    assert numbered_labels([("svc", {"svc__C": c, "svc__kernel": "rbf"}) for c in (1, 10)]) == ["0: C = 1", "1: C = 10"]
    assert numbered_labels([("a", {"k": 1}), ("b", {}), ("b", {})]) == ["a 0: k = 1", "b 0", "b 1"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("candidates", [TREES, TREES[:1], [("m", {})] * 3], ids=["trees", "one", "no parameters"])
def test_no_text_is_cut_or_covers_another(candidates):
    labels = numbered_labels(candidates)
    assert len({label.partition(": ")[2] for label in labels if ": " in label} or {""}) == len(
        set(map(str, candidates))
    )
    n = len(labels)
    ends, finished = np.array([3] + [5] * (n - 1)), np.array([n == 1] + [True] * (n - 1))
    scores = np.random.RandomState(0).uniform(size=(n, 5))
    with style():
        figure = _draw(scores, labels, range(5), ends, finished, np.arange(n), "neg_mean_absolute_percentage_error")
        figure.canvas.draw()
        (ax, *bars), (legend,) = figure.axes, figure.legends
        texts = [*ax.get_yticklabels(), ax.xaxis.label, *(bar.yaxis.label for bar in bars), legend]
        boxes = [text.get_window_extent() for text in texts]
    assert min(box.x0 for box in boxes) >= 0 and max(box.x1 for box in boxes) <= figure.bbox.x1
    assert not boxes[-1].overlaps(ax.xaxis.label.get_window_extent())


def test_candidates_have_the_numbers_of_the_tables_where_equal_ones_take_part_once():
    numbers = numbers_of_candidates({"svc": [{"C": [1, 2]}, {"C": [2, 3]}]}, {})
    assert numbers == {"svc": [0, 1, 3]}
    assert numbered_labels([("svc", {"C": c}) for c in (1, 2, 3)], numbers) == ["0: C = 1", "1: C = 2", "3: C = 3"]
