"""The picture of a search that is no grid: it can be drawn for every table that a strategy leaves, with the same bytes each time."""

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from foldwork.pictures.canvas import style
from foldwork.pictures.number_format import ScoreFormat
from foldwork.pictures.sampled import _of_race, _section, draw_sampled, is_sampled_search
from foldwork.pictures.score_table import read_models

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
dropped = table(3, n_folds=[2, 2, 1], dropped=[2.0, 2.0, 1.0]).assign(mean_test_score=np.nan)
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
    "a race in which all were dropped": pd.concat([race, dropped.assign(model="other")]),
    "halving whose last iteration failed": halving.assign(mean_test_score=[*range(5), *[np.nan] * 3]),
    "words, long names and many parameters": table(
        40, **{f"p_the_parameter_with_the_long_name_{i}": [["a", "b"][j % 2] for j in range(40)] for i in range(14)}
    ),
    "four hundred candidates": table(400),
}

SLOW = ("words, long names and many parameters", "four hundred candidates")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in TABLES]
)
def test_every_table_can_be_drawn_with_the_same_bytes_each_time(name, tmp_path):
    for path in (tmp_path / "one", tmp_path / "two"):
        draw_sampled(TABLES[name], path, metric="accuracy", note="a note")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert imread(tmp_path / "one", format="png").min() < 0.5


def test_a_grid_has_another_picture():
    assert is_sampled_search({"random": {}}) and not is_sampled_search({"grid": {}}) and not is_sampled_search(None)


def section(scores, by="resources"):
    """Return the words and the panels of the one model of a table."""
    (model,) = read_models(scores, "score")
    with style():
        figures = _section(
            model, scores, "accuracy", ScoreFormat([model.mean]), by, np.arange(len(scores)), named=False
        )
    return [text.get_text().replace("\n", " ") for figure in figures for text in figure.texts], figures[-1].axes


def stars(panels):
    return [line for ax in panels for line in ax.lines if line.get_marker() == "*"]


def test_a_model_whose_candidates_were_all_dropped_has_no_best_one():
    words, panels = section(_of_race(dropped, "score"), "folds")
    assert words == ["All 3 candidates were dropped, after 1 to 2 folds: there is no best one."]
    assert not stars(panels) and len(panels[0].collections) == 2
    words, panels = section(_of_race(dropped.iloc[:1], "score"), "folds")
    assert words == ["The one candidate was dropped, after 2 folds: there is no best one."]
    assert not panels[0].lines


def test_a_candidate_that_was_dropped_after_the_last_fold_is_not_the_best():
    scores = table(2, n_folds=[2, 2], dropped=[2.0, np.nan], split0_test_score=[9, 1], split1_test_score=[9, 1])
    _, panels = section(_of_race(scores, "score"), "folds")
    assert {tuple(star.get_ydata()) for star in stars(panels)} == {(1,)}


def test_candidates_are_numbered_as_in_the_tables():
    _, (order, *_) = section(TABLES["four hundred candidates"])
    x = order.collections[0].get_offsets()[:, 0]
    assert (x.min(), x.max(), order.get_xlabel()) == (0, 399, "candidate")
    _, (order, *_) = section(table(1))
    assert [tick for tick in order.get_xticks() if abs(tick) < 0.6] == [0]
    _, (order, *_) = section(halving)
    assert order.get_xlabel() == "row of the model in scores.csv"


def test_one_candidate_has_its_parameters_in_the_heading():
    words, _ = section(table(1).assign(params='{"C": 2, "kernel": "rbf"}'))
    assert words[0].endswith(": C = 2, kernel = rbf")


@pytest.mark.parametrize(("scores", "by"), [(halving, "resources"), (_of_race(race, "score"), "folds")])
def test_the_legend_has_only_resources_or_folds_of_which_a_point_is_drawn(scores, by):
    def legend(scores):
        model = read_models(scores, "score")[0]
        with style():
            *_, figure = _section(model, scores, "accuracy", str, by, np.arange(len(scores)), named=False)
        return [text.get_text() for legend in figure.legends for text in legend.get_texts()]

    levels = sorted(set(scores["n_resources"]))
    assert legend(scores) == [str(level) for level in levels]
    failed = scores.assign(mean_test_score=scores["mean_test_score"].mask(scores["n_resources"] == levels[0]))
    assert legend(failed) == [str(levels[1])]
