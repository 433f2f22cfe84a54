"""Models are compared by the corrected resampled t-test and its Bayesian counterpart, exactly; special cases have defined values."""

import csv
import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from foldwork.records.make_request import spec_and_source
from foldwork.results.best_of_models import best_of_models
from foldwork.results.comparison import COLUMNS, compare, compare_all, holm, size_ratio
from foldwork.results.csv_table import write_table

RANDOM = np.random.RandomState(0)
EXAMPLES = {
    "ten folds": (RANDOM.normal(0.9, 0.02, 10), RANDOM.normal(0.89, 0.02, 10), 1 / 9),
    "repeated folds": (RANDOM.normal(0.6, 0.1, 50), RANDOM.normal(0.7, 0.1, 50), 1 / 4),
    "two folds": (np.array([0.5, 0.7]), np.array([0.4, 0.65]), 1.0),
    "errors in large units": (RANDOM.normal(-4e6, 1e5, 5), RANDOM.normal(-5e6, 1e5, 5), 0.25),
    "far apart": (RANDOM.normal(0.9, 1e-4, 30), RANDOM.normal(0.1, 1e-4, 30), 1 / 9),
}


# ---- the t-test


@pytest.mark.parametrize("example", EXAMPLES)
def test_t_is_that_of_the_paired_test_divided_by_the_known_factor(example):
    a, b, ratio = EXAMPLES[example]
    n = len(a)
    found, paired = compare(a, b, ratio, 0.01), stats.ttest_rel(a, b)
    assert found.n_folds == n
    assert found.difference == pytest.approx(np.mean(a - b), rel=1e-14)
    assert found.t == pytest.approx(paired.statistic / math.sqrt(1 + n * ratio), rel=1e-12)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.t), n - 1), rel=1e-12)
    assert found.scale == pytest.approx(found.difference / found.t, rel=1e-12)


@pytest.mark.parametrize("example", EXAMPLES)
def test_without_a_ratio_it_is_the_paired_test(example):
    a, b, _ = EXAMPLES[example]
    found, paired = compare(a, b, 0, 0.01), stats.ttest_rel(a, b)
    assert (found.t, found.p) == pytest.approx((paired.statistic, paired.pvalue), rel=1e-10)
    assert found.interval(0.9) == pytest.approx(tuple(paired.confidence_interval(0.9)), rel=1e-10)


def test_the_published_values_of_scikit_learns_example_come_out():
    # "Statistical comparison of models using grid search" of its gallery, with a one-sided p-value.
    from sklearn.datasets import make_moons
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
    from sklearn.svm import SVC

    X, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    rbf, linear = (
        cross_val_score(SVC(kernel=k, random_state=0), X, y, cv=cv, scoring="roc_auc") for k in ("rbf", "linear")
    )
    found = compare(rbf, linear, 10 / 90, 0.01)
    assert (round(found.t, 3), round(found.p / 2, 3)) == (0.750, 0.227)
    assert round(found.prob_equivalent, 3) == 0.432
    assert round(compare(rbf, linear, 10 / 90, 0).prob_a_better, 3) == 0.773


# ---- the Bayesian test


@pytest.mark.parametrize("rope", [0, 0.01, 0.05])
@pytest.mark.parametrize("example", EXAMPLES)
def test_probabilities_are_areas_below_the_density_of_the_posterior(example, rope):
    a, b, ratio = EXAMPLES[example]
    n, differences = len(a), a - b
    center = np.mean(differences)
    spread = math.sqrt(np.var(differences, ddof=1) * (1 / n + ratio))
    rope = rope * abs(center) * 20

    def area(low, high):
        # In parts: a peak at the end of a long interval would be missed.
        ends = np.clip([-np.inf, -10, 0, 10, np.inf], (low - center) / spread, (high - center) / spread)
        return sum(
            integrate.quad(lambda x: stats.t.pdf(x, n - 1), start, end, epsabs=1e-12)[0]
            for start, end in itertools.pairwise(ends)
            if start < end
        )

    found = compare(a, b, ratio, rope)
    expected = area(rope, np.inf), area(-rope, rope), area(-np.inf, -rope)
    assert (found.prob_a_better, found.prob_equivalent, found.prob_b_better) == pytest.approx(expected, abs=1e-9)


def test_mean_and_variance_are_those_of_baycomps_own_example():
    # Its tests have y - x, one run of three folds, then two runs of two.
    one = compare(np.array([5.0, 7, 3]), np.array([4.0, 2, 6]), 1 / (3 - 1), 0.5)
    assert (one.difference, one.scale**2) == pytest.approx((1, 16 * (1 / 3 + 1 / 2)))
    two = compare(np.array([5.0, 7, 3, 5]), np.array([4.0, 2, 6, 4]), 1 / (2 - 1), 0.5)
    assert (two.difference, two.scale**2) == pytest.approx((1, 32 / 3 * (1 / 4 + 1)))


def test_without_a_rope_models_are_never_equivalent_and_the_probabilities_are_half_of_p():
    a, b, ratio = EXAMPLES["ten folds"]
    found = compare(a, b, ratio, 0)
    assert found.prob_equivalent == 0
    assert min(found.prob_a_better, found.prob_b_better) == pytest.approx(found.p / 2, rel=1e-14)


def test_a_small_probability_keeps_its_digits():
    a, b, ratio = EXAMPLES["far apart"]
    found = compare(a, b, ratio, 0.01)
    n, mean = len(a), np.mean(a - b)
    posterior = stats.t(n - 1, 0, found.scale)
    expected = posterior.sf(mean - 0.01) - posterior.sf(mean + 0.01)
    assert 0 < found.prob_equivalent < 1e-40
    assert found.prob_equivalent == pytest.approx(expected, rel=1e-8)


# ---- special cases


@pytest.mark.parametrize("rope", [0, 0.01])
def test_models_that_are_equal_on_every_fold_are_equivalent(rope):
    scores = np.array([0.9, 0.8, 0.7])
    found = compare(scores, scores.copy(), 0.5, rope)
    assert (found.difference, found.scale, found.t, found.p) == (0, 0, 0, 1)
    assert (found.prob_a_better, found.prob_equivalent, found.prob_b_better) == (0, 1, 0)
    assert found.interval() == (0, 0)
    assert math.copysign(1, found.difference) == math.copysign(1, found.t) == 1


def test_one_difference_on_every_fold_is_certain():
    a, b = np.array([0.75, 0.5, 1.0]), np.array([0.5, 0.25, 0.75])
    for rope, probabilities in ((0.1, (1, 0, 0)), (0.25, (0, 1, 0)), (0.3, (0, 1, 0)), (0, (1, 0, 0))):
        found = compare(a, b, 0.5, rope)
        assert (found.difference, found.t, found.p, found.scale) == (0.25, math.inf, 0, 0)
        assert (found.prob_a_better, found.prob_equivalent, found.prob_b_better) == probabilities
    other = compare(b, a, 0.5, 0.1)
    assert (other.difference, other.t, other.p, other.prob_b_better) == (-0.25, -math.inf, 0, 1)


def test_one_fold_gives_a_difference_and_no_test():
    found = compare(np.array([0.75]), np.array([0.5]), 0.25, 0.01)
    assert found.difference == 0.25
    assert {found.scale, found.t, found.p, found.prob_a_better, found.prob_equivalent, found.interval()} == {None}
    (pair,) = compare_all({"a": np.array([0.75]), "b": np.array([0.5])}, 0.25, 0.01)
    assert pair.row() == {"model_a": "a", "model_b": "b", "n_folds": 1, "difference": 0.25}


@pytest.mark.parametrize("unit", [1e-300, 1e-170, 1e160, 1e300])
def test_scores_whose_squares_overflow_or_vanish_are_compared_as_others_are(unit):
    a, b, ratio = EXAMPLES["ten folds"]
    usual, found = compare(a, b, ratio, 0.01), compare(a * unit, b * unit, ratio, 0.01 * unit)
    assert found.difference == pytest.approx(usual.difference * unit, rel=1e-12)
    for name in ("t", "p", "prob_a_better", "prob_equivalent", "prob_b_better"):
        assert getattr(found, name) == pytest.approx(getattr(usual, name), rel=1e-9)


def test_folds_of_unequal_sizes_count_by_their_mean_ratio():
    folds = [SimpleNamespace(n_train=90, n_test=10), SimpleNamespace(n_train=80, n_test=20)]
    assert size_ratio(folds) == (10 / 90 + 20 / 80) / 2


# ---- properties

score = st.floats(-1e6, 1e6, allow_subnormal=False)
folds = st.integers(2, 12).flatmap(lambda n: st.tuples(*[st.lists(score, min_size=n, max_size=n)] * 2))
ropes = st.one_of(st.just(0.0), st.floats(1e-9, 1e7))
ratios = st.floats(0.01, 4)


@given(folds, ratios, ropes)
def test_when_models_swap_every_sign_swaps(scores, ratio, rope):
    a, b = map(np.array, scores)
    one, other = compare(a, b, ratio, rope), compare(b, a, ratio, rope)
    assert (other.difference, other.t) == (-one.difference, -one.t)
    assert (other.p, other.scale, other.prob_equivalent) == (one.p, one.scale, one.prob_equivalent)
    assert (other.prob_a_better, other.prob_b_better) == (one.prob_b_better, one.prob_a_better)
    assert other.interval() == tuple(-end for end in reversed(one.interval()))


@given(folds, ratios, ropes)
def test_probabilities_are_probabilities(scores, ratio, rope):
    a, b = map(np.array, scores)
    found = compare(a, b, ratio, rope)
    three = found.prob_a_better, found.prob_equivalent, found.prob_b_better
    assert all(0 <= value <= 1 for value in (*three, found.p))
    assert sum(three) == pytest.approx(1, abs=1e-12)
    assert rope or found.prob_equivalent == float((a == b).all())
    assert found.interval()[0] <= found.difference <= found.interval()[1]
    wider = compare(a, b, ratio, 2 * rope)
    assert wider.prob_equivalent >= found.prob_equivalent - 1e-12


# ---- Holm


PUBLISHED = {
    "pingouin": ([0.50, 0.003, 0.32, 0.054, 0.0003], [0.64, 0.012, 0.64, 0.162, 0.0015]),
    "stdlib": ([0.319, 0.201, 0.4, 0.374, 0.113], [0.957, 0.804, 0.957, 0.957, 0.565]),
}


@pytest.mark.parametrize("source", PUBLISHED)
def test_adjusted_p_values_are_those_of_published_examples(source):
    p, adjusted = PUBLISHED[source]
    assert holm(p) == pytest.approx(adjusted, abs=1e-12)
    assert holm([]) == []


def step_down(p):
    """Return Holm's adjusted p-values from the definition: the largest of the earlier and this step, at most 1."""
    order = sorted(range(len(p)), key=p.__getitem__)
    return [min(1, max((len(p) - j) * p[order[j]] for j in range(order.index(i) + 1))) for i in range(len(p))]


@given(st.lists(st.floats(0, 1), max_size=12))
def test_adjusted_p_values_are_those_of_the_definition_and_never_smaller_than_p(p):
    adjusted = holm(p)
    assert adjusted == pytest.approx(step_down(p), abs=1e-15)
    assert all(p_i <= after <= 1 for p_i, after in zip(p, adjusted, strict=True))
    for (p_i, i), (p_j, j) in itertools.combinations(zip(p, adjusted, strict=True), 2):
        assert (p_i <= p_j) <= (i <= j)


@given(st.lists(st.lists(score, min_size=3, max_size=3), min_size=2, max_size=5), ratios, ropes)
def test_all_pairs_are_compared_and_adjusted_for_their_number(scores, ratio, rope):
    models = {f"m{k}": np.array(values) for k, values in enumerate(scores)}
    pairs = compare_all(models, ratio, rope)
    assert [(pair.model_a, pair.model_b) for pair in pairs] == list(itertools.combinations(models, 2))
    assert [pair.comparison for pair in pairs] == [
        compare(models[a], models[b], ratio, rope) for a, b in itertools.combinations(models, 2)
    ]
    assert [pair.p_holm for pair in pairs] == holm([pair.comparison.p for pair in pairs])


# ---- tables


def scores_csv(path, rows, suffix="score", also=()):
    """Write a scores.csv of rows (model, params, score on each fold)."""
    table = []
    for model, params, scores in rows:
        row = {"model": model, "params": params}
        for name in (suffix, *also):
            values = np.array(scores) if name == suffix else -np.array(scores)
            row |= {f"split{k}_test_{name}": value for k, value in enumerate(values.tolist())}
            row |= {f"mean_test_{name}": float(np.average(values)), f"std_test_{name}": 0.0}
        table.append(row)
    write_table(path, list(table[0]), table)
    return path


NAN = float("nan")


def test_the_best_of_a_model_is_the_first_of_its_highest_means_with_a_score_on_every_fold(tmp_path):
    rows = [
        ("svc", {"C": 1}, [0.5, 0.6]),
        ("NA", {"k": 1}, [0.1 + 0.2, 0.9]),
        ("svc", {"C": 2}, [0.75, 0.5]),
        ("svc", {"C": 3}, [0.5, 0.75]),
        ("svc", {"C": 4}, [0.99, NAN]),
        ("svc", {"C": 5}, [math.inf, 0.9]),
        ("failed", {}, [NAN, 0.9]),
    ]
    path = scores_csv(tmp_path / "scores.csv", rows)
    suffix, best = best_of_models(path, ["NA", "svc", "failed", "never proposed"], 2)
    assert suffix == "score"
    assert list(best) == ["NA", "svc", "failed", "never proposed"]
    assert best["failed"] is best["never proposed"] is None
    assert (best["svc"].params, best["svc"].mean, best["svc"].scores.tolist()) == ({"C": 2}, 0.625, [0.75, 0.5])
    assert best["NA"].scores.tolist() == [0.1 + 0.2, 0.9], "to the last bit"


def test_of_several_metrics_the_first_decides(tmp_path):
    path = scores_csv(tmp_path / "scores.csv", [("a", {"C": 1}, [1, 2]), ("a", {"C": 2}, [3, 4])], "f1", ["loss"])
    suffix, best = best_of_models(path, ["a"], 2)
    assert suffix == "f1" and best["a"].params == {"C": 2}


def test_a_table_has_a_row_a_pair_with_floats_in_full_precision(tmp_path):
    models = {
        name: EXAMPLES["ten folds"][0] + shift * RANDOM.normal(size=10)
        for name, shift in zip("abc", (0, 0.1, 1), strict=False)
    }
    pairs = compare_all(models | {"d": models["a"].copy()}, 1 / 9, 0.01)
    write_table(tmp_path / "c.csv", COLUMNS, [pair.row() for pair in pairs])
    with open(tmp_path / "c.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (
        (tmp_path / "c.csv")
        .read_text()
        .startswith("model_a,model_b,n_folds,difference,t,p,p_holm,prob_a_better,prob_equivalent,prob_b_better\n")
    )
    assert [row["model_a"] + row["model_b"] for row in rows] == ["ab", "ac", "ad", "bc", "bd", "cd"]
    for row, pair in zip(rows, pairs, strict=True):
        assert (float(row["t"]), float(row["p_holm"])) == (pair.comparison.t, pair.p_holm)
        assert float(row["prob_equivalent"]) == pair.comparison.prob_equivalent
    write_table(tmp_path / "none.csv", COLUMNS, [pair.row() for pair in compare_all({"a": models["a"]}, 1 / 9, 0.01)])
    assert (tmp_path / "none.csv").read_text().count("\n") == 1


def test_how_models_are_compared_is_no_part_of_what_is_evaluated():
    search = {"splits": "s", "models": {}, "scoring": [], "compare": {"rope": 0.5}}
    settings = {"searches": {"x": search}, "splits": {"s": {"dataset": "d", "cv": {"class": "KFold"}}}}
    spec, _ = spec_and_source(settings, "search", "x")
    assert spec == {"splits": "s", "models": {}, "scoring": []}
    assert "compare" in search
