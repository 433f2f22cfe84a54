"""What draw_comparison promises: a picture for every comparison, the same bytes for the same scores, every pair readable."""

import itertools

import numpy as np
import pytest
from matplotlib.image import imread

from foldwork.pictures.canvas import style
from foldwork.pictures.comparison import _draw_pairs, _p_in_words, _percent, _shown, draw_comparison
from foldwork.results.best_of_models import BestCandidate
from foldwork.results.comparison import compare_all

PNG = b"\x89PNG\r\n\x1a\n"
LONG = "a-gradient-boosting-classifier-with-many-settings-and-a-name-of-nearly-one-hundred-characters-v"


def models(means, n_folds=5, spread=0.02, failed=()):
    """Return best candidates with made scores; those of `failed` have none."""
    random = np.random.RandomState(0)
    fold = random.normal(0, spread, n_folds)
    best = {}
    for name, mean in means.items():
        scores = mean + fold + random.normal(0, spread / 4, n_folds)
        best[name] = BestCandidate({"C": 10.0, "gamma": 0.1}, float(np.mean(scores)), scores)
    return best | dict.fromkeys(failed)


def pairs_of(best, rope):
    return compare_all({name: each.scores for name, each in best.items() if each}, 0.25, rope)


EIGHT = {name: 0.8 + 0.01 * k for k, name in enumerate(("knn", "nb", "svc", "forest", "tree", "ridge", "mlp", "gb"))}
CONSTANT = {name: BestCandidate({}, score, np.full(3, score)) for name, score in (("a", 0.5), ("b", 0.5), ("c", 0.25))}
CASES = {
    "two models": (models({"svc": 0.95, "forest": 0.93}), 0.01),
    "eight models": (models(EIGHT), 0.01),
    "long names": (models({LONG + "1": 0.9, LONG + "2": 0.91, "short": 0.7}), 0.01),
    "a model that failed": (models({"svc": 0.95, "forest": 0.93}, failed=["broken_network"]), 0.01),
    "all but one failed": (models({"svc": 0.95}, failed=["tree", "knn"]), 0.01),
    "all failed": (models({}, failed=["tree", "knn"]), 0.01),
    "one fold": (models({"svc": 0.95, "forest": 0.93}, n_folds=1), 0.01),
    "two folds": (models({"svc": 0.95, "forest": 0.93}, n_folds=2), 0.01),
    "no rope": (models({"svc": 0.95, "forest": 0.93}), 0),
    "a wide rope": (models({"svc": 0.95, "forest": 0.93}), 50.0),
    "large units": (models({"ridge": -4.2e6, "lasso": -4.4e6, "tree": -9e6}, spread=2e5), 1e5),
    "no variance": (CONSTANT, 0.01),
    "no difference at all": (dict.fromkeys("ab", CONSTANT["a"]), 0),
    "dollars": (models({"a_$x$": 0.5, "$": 0.6}), 0.01),
    "twenty models": (models({f"model-{k:02}": 0.5 + 0.01 * k for k in range(20)}), 0.01),
    "infinite difference": (
        {"a": BestCandidate({}, 1e308, np.full(2, 1e308)), "b": BestCandidate({}, -1e308, np.full(2, -1e308))},
        0.01,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_comparison_has_a_picture_of_a_size_that_fits_a_screen(case, tmp_path):
    best, rope = CASES[case]
    draw_comparison(best, pairs_of(best, rope), tmp_path / "c.tmp", metric="accuracy", rope=rope, note="3 failed")
    assert (tmp_path / "c.tmp").read_bytes().startswith(PNG)
    assert [path.name for path in tmp_path.iterdir()] == ["c.tmp"]
    height, width = imread(tmp_path / "c.tmp", format="png").shape[:2]
    assert width < 1600 and height < 2600


def test_the_same_comparison_gives_the_same_bytes(tmp_path):
    best, rope = CASES["eight models"]
    for name in ("one.png", "two.png"):
        draw_comparison(best, pairs_of(best, rope), tmp_path / name, metric="accuracy", rope=rope)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("case", ["two models", "eight models", "long names", "large units"])
def test_rows_have_their_names_in_order_and_touch_neither_each_other_nor_the_edge(case):
    best, rope = CASES[case]
    pairs = pairs_of(best, rope)
    with style():
        figure = _draw_pairs(pairs, "accuracy", rope)
        figure.canvas.draw()
        labels = figure.axes[0].get_yticklabels()
        boxes = [label.get_window_extent() for label in labels]
    assert len({label.get_text() for label in labels}) == len(pairs)
    assert all(box.x0 >= 0 for box in boxes)
    # The first pair stands on top.
    assert all(above.y0 >= below.y1 for above, below in itertools.pairwise(boxes))


def test_intervals_rope_and_probabilities_are_drawn_to_scale():
    best, rope = CASES["eight models"]
    pairs = pairs_of(best, rope)
    with style():
        figure = _draw_pairs(pairs, "accuracy", rope)
        left, right = figure.axes
    lines = [
        tuple(line.get_xdata())
        for line in left.lines
        if len(line.get_xdata()) == 2 and line.get_ydata()[0] not in (0, 1)
    ]
    assert {pair.comparison.interval() for pair in pairs[2:]} <= set(lines)
    low, high = left.get_xlim()
    assert all(low < end < high for pair in pairs for end in pair.comparison.interval())
    assert low < -rope and rope < high
    widths = np.array([bar.get_width() for bar in right.patches]).reshape(len(pairs), 3)
    assert widths.sum(axis=1) == pytest.approx(1)
    assert widths[:, 0].tolist() == [pair.comparison.prob_a_better for pair in pairs]


def test_of_many_models_the_pairs_with_the_best_one_are_drawn():
    best, rope = CASES["twenty models"]
    shown = _shown(best, pairs_of(best, rope))
    assert len(shown) == 19
    assert all("model-19" in (pair.model_a, pair.model_b) for pair in shown)


def test_what_is_nearly_certain_is_not_written_as_certain():
    assert [_percent(p) for p in (0.2, 0.987, 0.9999, 1)] == ["20%", "99%", "> 99%", "100%"]
    assert [_p_in_words(p) for p in (0, 1e-9, 0.0123, 1)] == ["0", "< 0.001", "0.012", "1.000"]
