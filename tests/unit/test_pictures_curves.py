"""Pictures of curves: the same bytes each time, with any values, with failures and with one value."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from foldwork.pictures.curve import draw_curve
from foldwork.pictures.curve_times import draw_times
from foldwork.pictures.importance import draw_importances
from foldwork.pictures.parameter_axis import axis_of

SCALER = {"class": "sklearn.preprocessing.StandardScaler"}
VALUES = {
    "train sizes": [119, 389, 658, 928, 1198],
    "one size": [100],
    "exponents": np.logspace(-9, -1, 9).tolist(),
    "not in order, one of them twice": [3, 1, 2, 1],
    "words, None and objects": ["sqrt", "log2", None, SCALER, {"class": "sklearn.preprocessing.RobustScaler", "quantile_range": {"tuple": [10, 90]}}],
    "a hundred": list(range(1, 101)),
}  # fmt: skip


def tables(values, metrics=("score",), failed=()):
    generator = np.random.default_rng(0)
    rise = np.linspace(0.6, 0.95, len(values))
    found = {"x": range(len(values))}
    for metric in metrics:
        for part, mean in (("train", rise + 0.04), ("test", rise)):
            found[f"mean_{part}_{metric}"] = [np.nan if k in failed else x for k, x in enumerate(mean)]
            found[f"std_{part}_{metric}"] = [
                np.nan if k in failed else x for k, x in enumerate(generator.uniform(0, 0.03, len(values)))
            ]
    times = {
        "mean_fit_time": generator.uniform(0.001, 2, len(values)),
        "std_fit_time": generator.uniform(0, 0.1, len(values)),
    }
    return pd.DataFrame(found), pd.DataFrame(times)


@pytest.mark.parametrize("case", VALUES)
def test_a_curve_is_drawn_to_the_same_bytes(case, tmp_path):
    axis = axis_of("max_features" if "words" in case else "train sizes", VALUES[case])
    scores, times = tables(VALUES[case], ("accuracy", "neg_root_mean_squared_error"), failed=(1,))
    for name in ("a.png", "b.png"):
        draw_curve(scores, tmp_path / name, axis=axis, title="rf(max_depth=None)", note="3 failed")
        draw_times(scores, times, tmp_path / f"times-{name}", axis=axis, title="rf(max_depth=None)")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "times-a.png").read_bytes() == (tmp_path / "times-b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        assert image.width > 500 and image.height > 500


def test_a_curve_of_which_every_fit_failed_is_drawn(tmp_path):
    scores, times = tables([1, 2], failed=(0, 1))
    draw_curve(scores, tmp_path / "a.png", axis=axis_of("C", [1, 2]))
    draw_times(scores, times * np.nan, tmp_path / "b.png", axis=axis_of("C", [1, 2]))
    assert (tmp_path / "a.png").stat().st_size and (tmp_path / "b.png").stat().st_size


def importances(names, columns, failed=()):
    generator = np.random.default_rng(0)
    repeats = pd.DataFrame(
        [(name, fold, repeat) for name in names for fold in range(3) for repeat in range(2)],
        columns=["feature", "fold", "repeat"],
    )
    for column in columns:
        repeats[column] = generator.normal(size=len(repeats))
        repeats.loc[repeats["fold"].isin(failed), column] = np.nan
    means = repeats.groupby("feature", sort=False)[columns].mean().add_prefix("mean_").reset_index()
    return means.sort_values(f"mean_{columns[0]}", ascending=False, kind="stable"), repeats


@pytest.mark.parametrize(
    ("names", "columns", "failed"),
    [
        (["one"], ["importance"], ()),
        (
            [f"a_long_name_of_a_feature_that_comes_from_one_hot_encoding_{k}" for k in range(40)],
            ["importance_accuracy", "importance_f1"],
            (1,),
        ),
        (["0", "1", "NA", "$x$"], ["importance"], (0, 1, 2)),
    ],
    ids=["one feature", "forty long names, two metrics, a failed fold", "all folds failed"],
)
def test_importances_are_drawn_to_the_same_bytes(names, columns, failed, tmp_path):
    for name in ("a.png", "b.png"):
        draw_importances(
            *importances(names, columns, failed), tmp_path / name, title="rf(max_depth=None)", note="1 failed"
        )
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        assert image.height < 1200
