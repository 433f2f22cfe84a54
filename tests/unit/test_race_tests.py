"""The tests of a race against other ways to compute them, and what all of them promise."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, optimize, stats

from foldwork.strategies.bradley_terry import abilities
from foldwork.strategies.race_tests import (
    anova,
    corrected,
    friedman,
    friedman_p_value,
    ranks_in_folds,
    signed_rank_p_value,
    win_loss,
)

TESTS = {
    "friedman": friedman,
    "anova": anova,
    "win_loss": win_loss,
    "corrected": partial(corrected, test_to_train=0.25),
}
every_test = pytest.mark.parametrize("test", TESTS.values(), ids=TESTS)


def made_scores(seed, *, k=None, n=None, ties=False):
    """Scores of candidates that differ, on folds that differ."""
    rng = np.random.RandomState(seed)
    k, n = k or rng.randint(2, 9), n or rng.randint(2, 9)
    scores = rng.normal(size=(k, 1)) * rng.uniform(0, 3) + rng.normal(size=n) + rng.normal(size=(k, n))
    return np.round(2 * scores) / 2 if ties else scores


@st.composite
def tables(draw):
    """Scores that floats hold exactly, often equal, with candidates that differ clearly."""
    k, n = draw(st.integers(2, 7)), draw(st.integers(2, 7))
    levels = draw(st.lists(st.sampled_from([0, 0, 1, 40]), min_size=k, max_size=k))
    noise = draw(st.lists(st.lists(st.integers(0, 4), min_size=n, max_size=n), min_size=k, max_size=k))
    return (np.array(noise) + np.array(levels)[:, None]) / 64


@pytest.mark.parametrize("seed", range(10))
def test_ranks_are_scipys(seed):
    scores = made_scores(seed, ties=True)
    assert ranks_in_folds(scores).tolist() == stats.rankdata(-scores, axis=0).tolist()


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_friedmans_statistic_is_scipys(seed, ties):
    scores = made_scores(seed, k=3 + seed % 5, ties=ties)
    expected = stats.friedmanchisquare(*scores).pvalue
    assert friedman_p_value(ranks_in_folds(scores)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_conovers_comparison_is_a_t_test_of_ranks(seed, ties):
    """Conover's bound is that of a two-way analysis of variance of the ranks."""
    scores = made_scores(seed, k=3 + seed % 5, n=3 + seed % 4, ties=ties)
    ranks = ranks_in_folds(scores)
    upper = upper_bounds_by_least_squares(-ranks, 0.05)
    found = friedman_p_value(ranks) < 0.05
    assert friedman(scores, 0.05).tolist() == ((upper >= -1e-9) | (not found)).tolist()


def upper_bounds_by_least_squares(values, alpha):
    """Upper bounds of the differences from the best mean, from a model with a column for each candidate and each fold."""
    k, n = values.shape
    best = values.mean(axis=1).argmax()
    others = [row for row in range(k) if row != best]
    design = np.zeros((k * n, n + k - 1))
    for row in range(k):
        for fold in range(n):
            design[row * n + fold, fold] = 1
            if row != best:
                design[row * n + fold, n + others.index(row)] = 1
    beta, *_ = linalg.lstsq(design, values.ravel())
    df = k * n - design.shape[1]
    error = ((values.ravel() - design @ beta) ** 2).sum() / df
    spread = np.sqrt(error * np.diag(linalg.inv(design.T @ design)))
    upper = np.zeros(k)
    upper[others] = (beta + stats.t.ppf(1 - alpha / 2, df) * spread)[n:]
    return upper


@pytest.mark.parametrize("seed", range(40))
def test_anova_is_that_of_least_squares(seed):
    scores = made_scores(seed, k=2 + seed % 7, n=2 + seed % 5)
    expected = upper_bounds_by_least_squares(scores, 0.05) >= 0
    assert anova(scores, 0.05).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(40))
def test_the_corrected_test_is_nadeau_and_bengios(seed):
    scores = made_scores(seed)
    k, n = scores.shape
    best = scores.mean(axis=1).argmax()
    stays = []
    for row in range(k):
        plain = stats.ttest_rel(scores[best], scores[row]).statistic if row != best else 0.0
        # scipy's statistic has the variance 1 / n; the corrected one has 1 / n + n_test / n_train.
        statistic = plain * np.sqrt((1 / n) / (1 / n + 0.25))
        stays.append(bool(2 * stats.t.sf(abs(statistic), n - 1) >= 0.05))
    assert corrected(scores, 0.05, 0.25).tolist() == stays


@pytest.mark.parametrize("n", [1, 3, 5, 8, 12])
def test_the_signed_rank_test_without_ties_is_scipys(n):
    differences = np.random.RandomState(n).normal(size=n) + 0.7
    expected = stats.wilcoxon(differences, method="exact").pvalue
    assert signed_rank_p_value(differences) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_signed_rank_test_with_ties_counts_all_signs(seed):
    differences = np.random.RandomState(seed).randint(-2, 4, size=9).astype(float)
    nonzero = differences[differences != 0]
    ranks = stats.rankdata(abs(nonzero))
    signs = np.array(np.meshgrid(*[[-1, 1]] * len(nonzero))).reshape(len(nonzero), -1)
    sums, observed = ranks @ signs, ranks @ np.sign(nonzero)
    assert signed_rank_p_value(differences) == pytest.approx((abs(sums) >= abs(observed)).mean(), rel=1e-12)


def test_two_candidates_are_compared_by_signed_ranks():
    rng = np.random.RandomState(0)
    for n in range(2, 14):
        for shift in (0, 0.5, 1, 2):
            scores = np.round(rng.normal(loc=[[shift], [0]], size=(2, n)), 1)
            difference = scores[0] - scores[1]
            p = signed_rank_p_value(np.rint(10 * difference))
            assert friedman(scores, 0.05).all() == (p >= 0.05)
    assert friedman(np.array([[0.9] * 6, [0.8] * 6]), 0.05).tolist() == [True, False]
    assert friedman(np.array([[0.9] * 5, [0.8] * 5]), 0.05).all()  # p = 1/16


@pytest.mark.parametrize("seed", range(8))
def test_abilities_maximise_firths_penalised_likelihood(seed):
    scores = made_scores(seed, k=2 + seed % 5, n=2 + seed % 4, ties=bool(seed % 2))
    k, n = scores.shape
    pairs = [(i, j) for i in range(k) for j in range(i)]
    games = np.array(
        [((scores[i] > scores[j]).sum() + (scores[i] == scores[j]).sum() / 2) for i, j in pairs], dtype=float
    )
    design = np.zeros((len(pairs), k))
    for at, (i, j) in enumerate(pairs):
        design[at, i], design[at, j] = 1, -1
    wins = design.T @ games + n * (design == -1).sum(axis=0)
    order = np.argsort(-wins, kind="stable")
    design = design[:, order][:, 1:]

    def information(beta):
        p = 1 / (1 + np.exp(-design @ beta))
        return design.T @ (design * (n * p * (1 - p))[:, None])

    def loss(beta):
        eta = design @ beta
        likelihood = (games * eta - n * np.logaddexp(0, eta)).sum()
        return -likelihood - np.linalg.slogdet(information(beta))[1] / 2

    expected = optimize.minimize(loss, np.zeros(k - 1), method="BFGS", options={"gtol": 1e-8}).x
    ability, error = abilities(wins[order], n)
    assert ability[0] == error[0] == 0
    assert ability[1:] == pytest.approx(expected, abs=1e-4)
    assert error[1:] == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information(expected)))), rel=1e-3)


def test_abilities_are_finite_where_one_always_wins():
    ability, error = abilities(np.arange(39, -1, -1) * 3.0, 3)
    assert np.isfinite(ability).all() and np.isfinite(error).all()
    assert (np.diff(ability) < 0).all()


def test_a_candidate_that_never_wins_is_dropped_where_chance_does_not_explain_it():
    rng = np.random.RandomState(0)
    scores = rng.normal(size=(4, 3))
    scores[2] -= 100
    assert win_loss(scores, 0.05).tolist() == [True, True, False, True]
    two = np.array([[1.0, 2, 3], [0, 1, 2]])
    assert win_loss(two, 0.05).all()  # one of two equals loses thrice with probability 1/8
    assert win_loss(np.tile(two, 2), 0.05).tolist() == [True, False]


def test_wins_of_equal_candidates_vary_as_those_of_rankings():
    for k in (2, 5, 40):
        scores = np.random.RandomState(k).normal(size=(k, 20_000))
        wins = k - ranks_in_folds(scores)
        independent = (k - 1) / 4
        assert wins.var(axis=1).mean() == pytest.approx(independent * (k + 1) / 3, rel=0.03)


@every_test
def test_many_equal_candidates_mostly_stay(test):
    stays = [test(np.random.RandomState(seed).normal(size=(150, 6)), 0.05).mean() for seed in range(5)]
    assert np.mean(stays) > 0.25  # the best of 150 by chance is far above most of them
    assert min(stays) > 0.05


@every_test
def test_equal_scores_drop_nobody(test):
    for k in (2, 3, 10):
        for value in (0.0, 0.1, 0.7, -1e9, 1e-300):
            assert test(np.full((k, 5), value), 0.05).all()
        folds = np.array([0.1, 0.7, 0.3, 1 / 3, 0.9])
        assert test(np.tile(folds, (k, 1)), 0.05).all()


@every_test
def test_rounding_errors_drop_nobody_by_their_size(test):
    scores = np.full((2, 4), 0.7)
    scores[1] -= 1e-16
    assert test(scores, 0.05).all()


@every_test
def test_a_candidate_that_is_clearly_worse_is_dropped(test):
    scores = np.random.RandomState(0).normal(size=(6, 8)) / 100
    scores[4] -= 1
    scores += np.random.RandomState(1).normal(size=8)
    assert not test(scores, 0.05)[4]


@every_test
@settings(max_examples=150, deadline=None)
@given(scores=tables(), alpha=st.sampled_from([0.01, 0.05, 0.3]), data=st.data())
def test_the_order_of_candidates_does_not_matter(test, scores, alpha, data):
    order = data.draw(st.permutations(range(len(scores))))
    assert test(scores, alpha)[order].tolist() == test(scores[order], alpha).tolist()


@every_test
@settings(max_examples=150, deadline=None)
@given(scores=tables(), alpha=st.sampled_from([0.01, 0.05, 0.3]), data=st.data())
def test_how_hard_a_fold_is_does_not_matter(test, scores, alpha, data):
    n = scores.shape[1]
    shift = np.array(data.draw(st.lists(st.integers(-32, 32), min_size=n, max_size=n))) / 4
    assert test(scores, alpha).tolist() == test(scores + shift, alpha).tolist()


@every_test
@settings(max_examples=150, deadline=None)
@given(scores=tables(), alpha=st.sampled_from([0.01, 0.05, 0.3, 0.9]))
def test_the_best_is_never_dropped(test, scores, alpha):
    by_rank = test in (friedman, win_loss)
    value = -ranks_in_folds(scores).sum(axis=1) if by_rank else scores.mean(axis=1)
    stays = test(scores, alpha)
    if test is friedman and len(scores) == 2:
        assert stays.any()
    else:
        assert stays[value == value.max()].all()


@every_test
@settings(max_examples=100, deadline=None)
@given(scores=tables())
def test_a_stricter_level_keeps_more(test, scores):
    assert (test(scores, 0.01) >= test(scores, 0.2)).all()


@pytest.mark.parametrize("test", [TESTS["anova"], TESTS["corrected"]], ids=["anova", "corrected"])
def test_scores_whose_squares_overflow_are_compared_as_smaller_ones_are(test):
    scores = made_scores(3, k=6, n=8) + 5 * np.arange(6)[:, None]
    assert not test(scores, 0.05).all()
    assert test(np.ldexp(scores, 1018), 0.05).tolist() == test(scores, 0.05).tolist()
