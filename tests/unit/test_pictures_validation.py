"""What draw_validation promises: a picture for every search, the same bytes for the same scores, readable axes."""

import io
import itertools
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.colors import TwoSlopeNorm
from matplotlib.image import imread

from foldwork.pictures.canvas import style
from foldwork.pictures.color_scale import bar_ticks, score_norm
from foldwork.pictures.heat_map import is_sampled
from foldwork.pictures.number_format import format_numbers
from foldwork.pictures.parameter_axis import MISSING, varying_axes
from foldwork.pictures.score_table import best_row, best_rows, read_models
from foldwork.pictures.validation import _sections, draw_validation

PNG = b"\x89PNG\r\n\x1a\n"


def candidates(model, grid, score, *, suffix="score", train=False):
    """Rows of a scores.csv for a grid."""
    rows = []
    for values in itertools.product(*grid.values()):
        params = dict(zip(grid, values, strict=True))
        mean = score(**params)
        row = {"model": model} | {f"param_{name}": value for name, value in params.items()}
        row |= {"params": json.dumps(params), f"mean_test_{suffix}": mean, f"std_test_{suffix}": 0.01}
        if train:
            row |= {f"mean_train_{suffix}": mean + 0.02, f"std_train_{suffix}": 0.001}
        rows.append(row)
    return pd.DataFrame(rows)


def as_read(*tables):
    """Tables joined, written and read as pandas reads a scores.csv."""
    return pd.read_csv(io.StringIO(pd.concat(tables, ignore_index=True).to_csv(index=False)))


def hill(C=1.0, gamma=1e-2, **_):
    return float(1 / (1 + (np.log10(C) - 1) ** 2 + (np.log10(gamma) + 2) ** 2))


GRID = {"C": [0.1, 1, 10, 100], "gamma": [1e-4, 1e-3, 1e-2, 1e-1, 1]}
SEARCHES = {
    "nothing varies": as_read(candidates("dummy", {}, hill)),
    "several models of which nothing varies": as_read(candidates("a", {}, hill), candidates("b", {}, hill)),
    "one parameter": as_read(candidates("svc", {"C": GRID["C"]}, hill, train=True)),
    "one parameter of words": as_read(candidates("svc", {"kernel": ["rbf", "linear"]}, hill, train=True)),
    "one boolean": as_read(candidates("svc", {"shrinking": [True, False]}, hill)),
    "two parameters": as_read(candidates("svc", GRID, hill)),
    "three parameters": as_read(candidates("svc", GRID | {"kernel": ["rbf", "poly"]}, hill)),
    "seven parameters": as_read(candidates("m", {f"p{i}": [1, 2] for i in range(7)}, lambda **p: sum(p.values()))),
    "sub-grids": as_read(
        candidates("svc", {"kernel": ["linear"], "C": [1, 10]}, hill),
        candidates("svc", {"kernel": ["rbf"], **GRID}, hill),
    ),
    "mixed values": as_read(candidates("svc", {"gamma": ["scale", 0.1, 1.0, None], "C": [1, 2]}, lambda **p: p["C"])),
    "models of every kind": as_read(
        candidates("dummy", {}, hill), candidates("knn", {"k": [1, 2, 3]}, hill), candidates("svc", GRID, hill)
    ),
    "names with dollars": as_read(candidates("a $x$ model", {"cost_$": [1, 2], "$": ["$a", "b$"]}, lambda **p: 1.0)),
    "equal scores": as_read(candidates("svc", GRID, lambda **p: 0.5)),
    "a very bad candidate": as_read(candidates("svc", GRID, lambda C, gamma: -1e12 if C == 1 else -C)),
    "an infinite score": as_read(candidates("svc", GRID, lambda C, gamma: -np.inf if C == 1 else C)),
    "no rows": as_read(candidates("svc", GRID, hill)).iloc[:0],
}


@pytest.mark.parametrize("search", SEARCHES)
def test_every_kind_of_search_has_a_picture(search, tmp_path):
    draw_validation(SEARCHES[search], tmp_path / "v.tmp", metric="accuracy", note="80 of 100 evaluations, stopped")
    assert (tmp_path / "v.tmp").read_bytes().startswith(PNG)
    assert [path.name for path in tmp_path.iterdir()] == ["v.tmp"]


@pytest.mark.parametrize("search", ["one parameter", "two parameters", "three parameters", "models of every kind"])
@pytest.mark.parametrize("failed", [slice(None), slice(0, 3)])
def test_failed_candidates_do_not_stop_the_picture(search, failed, tmp_path):
    scores = SEARCHES[search].copy()
    scores.loc[scores.index[failed], ["mean_test_score", "std_test_score"]] = np.nan
    draw_validation(scores, tmp_path / "v.png", metric="accuracy")
    assert (tmp_path / "v.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize("search", ["two parameters", "three parameters"])
def test_candidates_that_were_never_tried_do_not_stop_the_picture(search, tmp_path):
    draw_validation(SEARCHES[search].iloc[[0, 3, 9, 11]], tmp_path / "v.png", metric="accuracy")


@pytest.mark.parametrize("search", ["models of every kind", "sub-grids"])
def test_same_scores_give_the_same_bytes(search, tmp_path):
    for name in ("a.png", "b.part"):
        draw_validation(SEARCHES[search], tmp_path / name, metric="accuracy", note="note")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.part").read_bytes()


def test_settings_of_the_user_do_not_change_the_bytes(tmp_path):
    import matplotlib

    draw_validation(SEARCHES["two parameters"], tmp_path / "a.png", metric="accuracy")
    with matplotlib.rc_context({"font.size": 20, "image.cmap": "jet", "savefig.dpi": 33, "axes.grid": True}):
        draw_validation(SEARCHES["two parameters"], tmp_path / "b.png", metric="accuracy")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_score_that_changes_changes_the_picture(tmp_path):
    scores = SEARCHES["two parameters"]
    draw_validation(scores, tmp_path / "a.png", metric="accuracy")
    draw_validation(
        scores.assign(mean_test_score=scores["mean_test_score"][::-1].values), tmp_path / "b.png", metric="accuracy"
    )
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


def test_the_scores_are_left_as_they_were(tmp_path):
    before = SEARCHES["sub-grids"].copy(deep=True)
    draw_validation(SEARCHES["sub-grids"], tmp_path / "v.png", metric="accuracy")
    pd.testing.assert_frame_equal(before, SEARCHES["sub-grids"])


def test_one_of_several_metrics_is_read_by_its_suffix(tmp_path):
    scores = as_read(candidates("svc", GRID, hill, suffix="f1_macro"))
    draw_validation(scores, tmp_path / "v.png", metric="f1_macro", suffix="f1_macro")
    with pytest.raises(ValueError, match=r"mean_test_recall.*mean_test_f1_macro"):
        draw_validation(scores, tmp_path / "v.png", metric="recall", suffix="recall")


def test_nothing_heavy_is_imported():
    modules = "foldwork.pictures.validation, foldwork.pictures.clusters, foldwork.pictures.selection"
    code = f"import sys, {modules}; print([m for m in ('sklearn', 'scipy', 'matplotlib.pyplot') if m in sys.modules])"
    paths = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code], env=paths, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_parameters_with_two_values_or_more_are_axes():
    grid = {"C": [1, 10], "kernel": ["rbf"], "gamma": [0.1]}
    assert [axis.name for axis in varying_axes(as_read(candidates("svc", grid, hill)))] == ["C"]


def test_a_lacking_parameter_is_told_from_the_value_none():
    tables = candidates("m", {"depth": [2, None]}, lambda **p: 1.0), candidates("m", {"other": [1, 2]}, lambda **p: 1.0)
    depth, other = varying_axes(as_read(*tables))
    assert depth.values == (2.0, "None", MISSING)
    assert other.values == (1.0, 2.0, MISSING)
    assert depth.codes.tolist() == [0, 1, 2, 2]


def test_geometric_values_are_spaced_by_ratio_and_even_ones_by_difference():
    def is_log(values):
        return varying_axes(as_read(candidates("m", {"p": values}, lambda **p: 1.0)))[0].is_log

    assert is_log(np.logspace(-9, 3, 20).tolist()) and is_log([1, 2, 5, 10]) and is_log([0.001, 1])
    assert is_log((10 ** np.random.default_rng(0).uniform(-4, 4, 60)).tolist())
    assert not is_log(list(range(2, 20))) and not is_log([0, 1, 10, 100]) and not is_log([-1, 1, 10])
    assert not is_log(np.random.default_rng(0).uniform(0.1, 9, 60).tolist())


@pytest.mark.parametrize(
    "spec, is_log",
    [
        ({"loguniform": [0.001, 100]}, True),
        ({"uniform": [0, 2]}, False),
        ({"randint": [1, 1000]}, False),
        ({"logspace": [-3, 2, 6]}, True),
        ({"linspace": [0.1, 2, 5]}, False),
        ({"range": [1, 1000]}, False),
    ],
)
@pytest.mark.parametrize("values", [[0.1, 1, 10, 100], [1, 2, 3, 4]], ids=["ratios", "differences"])
def test_the_space_says_whether_an_axis_is_logarithmic(spec, is_log, values):
    rows = as_read(candidates("m", {"p": values}, lambda **p: 1.0))
    (listed,) = varying_axes(rows, {"p": values})
    for space in ({"p": spec}, [{"p": spec}, {"q": [1]}, {"p": spec, "q": [2]}]):
        (axis,) = varying_axes(rows, space)
        assert axis.is_log == is_log
    assert listed.is_log == varying_axes(rows, [{"p": spec}, {"p": values}])[0].is_log == (values[-1] == 100)
    assert read_models(rows, "score", {"m": {"p": spec}})[0].axes[0].is_log == is_log


@pytest.mark.parametrize("log", [True, False])
def test_numbers_are_drawn_to_scale_where_some_candidates_lack_the_parameter(log):
    values = np.sort(10 ** np.random.default_rng(0).uniform(-3, 2, 20)).tolist()
    tables = candidates("m", {"p": values}, hill), candidates("m", {"q": [1, 2]}, hill)
    axis = varying_axes(as_read(*tables), {"p": {"loguniform" if log else "uniform": [0.001, 100]}})[0]
    at, (ticks, labels) = axis.coordinates, axis.scale_ticks(5)
    assert at[:20].tolist() == values and at[20] < values[0] and axis.values[20] == labels[-1] == MISSING
    assert [float(label) for label in labels[:-1]] == pytest.approx(ticks[:-1])
    place = np.log10(ticks) if log else ticks
    assert np.diff(np.sort(place)).min() > 0.1 * np.ptp(place)


def test_ticks_of_cells_at_uneven_values_do_not_crowd():
    values = [*np.logspace(-3, 1, 5).tolist(), *range(20, 100, 4)]
    (axis,) = varying_axes(as_read(candidates("m", {"p": values}, hill)), {"p": values})
    assert np.diff(axis.cell_ticks(10)[0]).min() >= 1.2


@pytest.mark.parametrize("n", [3, 5, 10, 13, 20, 60])
@pytest.mark.parametrize("spacing", [lambda n: np.logspace(-9, 3, n), lambda n: np.arange(2, 2 + n)])
def test_an_axis_has_few_labels_and_all_differ(n, spacing):
    (axis,) = varying_axes(as_read(candidates("m", {"p": spacing(n).tolist()}, lambda **p: 1.0)))
    for positions, labels in (axis.cell_ticks(10), axis.scale_ticks(10)):
        assert 2 <= len(labels) <= 12
        assert len(labels) == len(set(labels)) == len(positions)


def test_log_spaced_values_are_labelled_in_scientific_notation():
    (axis,) = varying_axes(as_read(candidates("m", {"C": np.logspace(-2, 10, 13).tolist()}, lambda **p: 1.0)))
    positions, labels = axis.cell_ticks(10)
    assert labels == ["1e-2", "1e0", "1e2", "1e4", "1e6", "1e8", "1e10"]
    assert positions == pytest.approx([0, 2, 4, 6, 8, 10, 12])


def test_different_numbers_have_different_labels():
    assert format_numbers([1, 2, 1234]) == ["1", "2", "1234"]
    assert format_numbers([0.1, 0.123456, 0.123457]) == ["0.1", "0.123456", "0.123457"]
    assert format_numbers([1e-7, 2.5e-3]) == ["1e-7", "2.5e-3"]


def test_the_first_of_the_highest_scores_is_the_best():
    mean = np.array([0.2, np.nan, 0.9, 0.9, 0.1])
    assert best_row(mean) == 2
    assert best_row(np.full(3, np.nan)) is None
    assert best_rows(mean, np.array([0, 0, 1, 1, 3]), 4).tolist() == [0, 2, -1, 4]


def test_colours_are_spent_where_the_good_scores_differ():
    plateau = np.r_[np.full(60, 0.1), np.linspace(0.9, 0.99, 40)]
    norm = score_norm(plateau)
    assert isinstance(norm, TwoSlopeNorm)
    assert norm(0.99) - norm(0.95) > 0.4 > 0.04 / 0.89
    assert norm(0.1) == 0 and norm(0.99) == 1
    assert not isinstance(score_norm(np.linspace(0, 1, 50)), TwoSlopeNorm)


def test_one_absurd_score_does_not_flatten_the_colours():
    norm = score_norm(np.r_[-1e12, np.linspace(-10, -1, 30)])
    assert norm(-2) - norm(-8) > 0.2


def test_sampled_candidates_are_points_and_a_grid_with_holes_is_not():
    rng = np.random.default_rng(0)
    sampled = pd.DataFrame(
        {"param_C": rng.uniform(1, 9, 50), "param_gamma": rng.uniform(1, 9, 50), "mean_test_score": 0.5, "model": "m"}
    )
    assert is_sampled(*varying_axes(sampled))
    grid = SEARCHES["two parameters"]
    assert not is_sampled(*varying_axes(grid.iloc[:-3]))
    legends = [
        [text.get_text() for f in sections(table) for legend in f.legends for text in legend.get_texts()]
        for table in (grid.iloc[:-3], grid)
    ]
    assert legends == [["no such candidate"], []]


@pytest.mark.parametrize("more", [{}, {"kernel": ["rbf", "poly"]}], ids=["two", "three"])
def test_cells_that_a_stop_left_out_are_not_said_to_be_no_candidates(more):
    rows = as_read(candidates("svc", GRID | more, hill)).iloc[:-3]

    def words(space, stopped):
        with style():
            figures = _sections(read_models(rows, "score", {"svc": space}, stopped=stopped), "accuracy")
        return [text.get_text() for f in figures for legend in f.legends for text in legend.get_texts()]

    assert "no such candidate" in words(GRID, False)
    assert "not evaluated" in words(GRID, True)
    assert "not evaluated, or no such candidate" in words([GRID, GRID], True)


def test_models_of_which_nothing_varies_have_their_parameters_above():
    rows = as_read(candidates("dummy", {}, hill), candidates("svc", {"svc__C": [1], "svc__kernel": ["rbf"]}, hill))
    assert "svc: svc__: C = 1, kernel = rbf" in words_of(sections(rows))


def test_the_best_candidate_is_described_without_the_parameters_that_it_lacks():
    rows = as_read(candidates("m", {"k": ["a"], "C": [1, 2]}, hill), candidates("m", {"k": ["b"]}, lambda **p: 9.0))
    assert words_of(sections(rows))[0].endswith(": k = b")


def test_a_sampled_search_has_a_picture(tmp_path):
    rng = np.random.default_rng(0)
    n = 40
    for extra in ({}, {"param_kind": rng.choice(["a", "b"], n)}):
        table = {"model": "m", "param_C": 10 ** rng.uniform(-3, 3, n), "param_g": rng.uniform(0, 1, n)} | extra
        scores = pd.DataFrame(table | {"mean_test_score": rng.uniform(size=n), "std_test_score": 0.1})
        scores.loc[3, "mean_test_score"] = np.nan
        draw_validation(scores, tmp_path / "v.png", metric="accuracy")


# ---- what is said and how it is laid out


def sections(search):
    with style():
        scores = SEARCHES[search] if isinstance(search, str) else search
        return _sections(read_models(scores, "score"), "accuracy")


def words_of(figures):
    return [text.get_text() for figure in figures for text in figure.texts]


def maps_of(figures):
    panels = [ax for figure in figures for ax in figure.axes if ax.get_label() != "<colorbar>"]
    return [mesh for ax in panels for mesh in ax.collections if isinstance(mesh, QuadMesh)]


def scales_of(figures):
    return {id(mesh.norm): mesh.norm for mesh in maps_of(figures)}


def test_models_of_one_search_share_one_scale_of_colours():
    tables = [
        candidates(f"svc-{n}", grid, hill) for n, grid in enumerate((GRID, {"C": [10, 20], "gamma": [1e-2, 2e-2]}))
    ]
    three = candidates("three", GRID | {"kernel": ["rbf", "poly"]}, hill)
    assert len(scales_of(sections(as_read(*tables, three)))) == 1


def test_a_bent_scale_is_said_to_be_and_has_even_steps_on_each_side_of_the_bend():
    scores = as_read(
        candidates(
            "svc", {"C": list(range(10)), "k": list(range(10))}, lambda C, k: 0.1 if C < 6 else 0.9 + C * k / 900
        )
    )
    figures = sections(scores)
    (norm,) = scales_of(figures).values()
    ticks = np.array(bar_ticks(norm))
    assert norm.vcenter in ticks
    for side in (ticks[ticks < norm.vcenter], ticks[ticks >= norm.vcenter]):
        assert len(side) >= 2 and np.ptp(np.diff(side)) < 1e-9
    assert f"bent at {norm.vcenter:g} (test)" in words_of(figures)[-1]
    assert not any("bent" in words for words in words_of(sections("equal scores")))


@pytest.mark.parametrize("bend", [-2.0125, -2.015, -2.0105, -2.0085, -2.1])
def test_ticks_beside_the_bend_of_a_scale_do_not_touch_its_tick(bend):
    norm = TwoSlopeNorm(vmin=-2.26, vcenter=bend, vmax=-2.0056)
    ticks = bar_ticks(norm)
    assert ticks == sorted(ticks) and bend in ticks
    assert np.diff(norm(ticks)).min() >= 0.1
    assert min(norm(ticks)) < 0.4 and max(norm(ticks)) > 0.6


def test_the_number_of_ties_with_the_best_is_said():
    assert any("19 other candidates have the same best score" in words for words in words_of(sections("equal scores")))
    assert not any("same best score" in words for words in words_of(sections("two parameters")))


@pytest.mark.parametrize("grid, n_maps", [(GRID, 1), (GRID | {"kernel": ["rbf", "poly"]}, 3)])
def test_train_scores_stand_beside_test_scores_where_they_were_asked_for(grid, n_maps):
    def maps(train):
        figures = sections(as_read(candidates("svc", grid, hill, train=train)))
        return maps_of(figures)

    assert (len(maps(False)), len(maps(True))) == (n_maps, 2 * n_maps)
    if n_maps == 1:
        test, train = (np.asarray(mesh.get_array()) for mesh in maps(True))
        assert train == pytest.approx(test + 0.02)


def test_further_scores_are_drawn_below_the_first(tmp_path):
    both = candidates("svc", GRID, hill, suffix="one").assign(mean_test_two=1.0, std_test_two=0.0)
    draw_validation(as_read(both), tmp_path / "one.png", metric="one", suffix="one")
    draw_validation(as_read(both), tmp_path / "both.png", metric="one", suffix="one", also=["two"])
    heights = [imread(tmp_path / name).shape[0] for name in ("one.png", "both.png")]
    assert heights[1] > 1.8 * heights[0]


LONG = ["histogram_gradient_boosting_classifier__min_impurity_decrease", "dimensionality_reduction__n_components"]
LONG += ["histogram_gradient_boosting_classifier__min_samples_leaf", "preprocessing_of_the_columns"]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_long_names_and_objects_as_values_neither_overlap_nor_leave_the_sheet(n, tmp_path):
    scalers = [
        {"class": f"sklearn.preprocessing.{name}"} for name in ("StandardScaler", "RobustScaler", "MinMaxScaler")
    ]
    values = {LONG[0]: [1e-4, 1e-3], LONG[1]: [2, 4, 8], LONG[2]: [1, 5], LONG[3]: scalers}
    grid = {name: values[name] for name in LONG[-n:]}
    figures = sections(as_read(candidates("m", grid, lambda **p: float(len(str(p))))))
    (figure,) = [figure for figure in figures if figure.axes]
    with style():
        figure.canvas.draw()
    labels = [ax.xaxis.label for ax in figure.axes] + [ax.yaxis.label for ax in figure.axes]
    labels += [tick.label1 for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_major_ticks()]
    shown = [label for label in labels if label.get_text() and label.get_visible()]
    boxes = [label.get_window_extent() for label in shown]
    sheet = figure.bbox.padded(1)
    for label, box in zip(shown, boxes, strict=True):
        assert sheet.containsx(box.x0) and sheet.containsx(box.x1), label.get_text()
        assert sheet.containsy(box.y0) and sheet.containsy(box.y1), label.get_text()
    level = [(label, box) for label, box in zip(shown, boxes, strict=True) if label.get_rotation() in (0, 90)]
    for (one, a), (other, b) in itertools.combinations(level, 2):
        assert not a.overlaps(b), (one.get_text(), other.get_text())
