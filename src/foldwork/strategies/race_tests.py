"""Statistical tests of a race: which candidates are not worse than the best on the folds that all of them have seen.

Each takes scores of shape (n_candidates, n_folds), finite, higher is better, with at least two candidates and two folds, and returns a boolean array of
shape (n_candidates,): True for the candidates that stay. The best, as the test measures it, always stays. Neither the order of candidates nor a value
added to all scores of a fold changes the answer, beyond rounding.
"""

import math
from typing import TYPE_CHECKING

from foldwork.strategies.bradley_terry import abilities

if TYPE_CHECKING:
    import numpy as np

_ROUNDING = 1e-12
"""Differences of scores below this part of the largest score are rounding errors."""


def friedman(scores: "np.ndarray", alpha: float) -> "np.ndarray":
    """Compare ranks within folds: the test of F-race and irace.

    Three candidates or more: Friedman's test, corrected for ties. If it finds a difference at level `alpha`, a candidate is worse than the best (the one
    with the best sum of ranks) if the sums differ by more than Conover's bound, at level `alpha` on two sides. Equal scores in a fold share the mean of
    their ranks. Two candidates: Wilcoxon's signed-rank test on two sides, exact. Folds without a difference are left out; with five folds or fewer it
    cannot find a difference at level 0.05.

    irace also drops one of two candidates that is nowhere better than the other, without a test. This is left out: with three folds it happens to one
    of two equal candidates in a quarter of races.

    Parameters
    ----------
    scores : ndarray, shape (n_candidates, n_folds)
    alpha : float

    Returns
    -------
    ndarray of bool, shape (n_candidates,)

    References
    ----------
    M. Birattari, T. Stützle, L. Paquete, K. Varrentrapp (2002), A racing algorithm for configuring metaheuristics.
    M. López-Ibáñez, J. Dubois-Lacoste, L. Pérez Cáceres, M. Birattari, T. Stützle (2016), The irace package: iterated racing for automatic algorithm
    configuration.
    W. J. Conover (1999), Practical Nonparametric Statistics, third edition, pages 369–371.
    """
    import numpy as np
    from scipy import special

    k, n = scores.shape
    if k == 2:
        return _signed_ranks(scores, alpha)
    ranks = ranks_in_folds(scores)
    sums, squares = ranks.sum(axis=1), (ranks**2).sum()  # multiples of 1/4: sums of floats are exact
    if friedman_p_value(ranks) >= alpha:
        return np.ones(k, bool)
    df = (n - 1) * (k - 1)
    bound = special.stdtrit(df, 1 - alpha / 2) * math.sqrt(2 * (n * squares - (sums**2).sum()) / df)
    return sums - sums.min() <= bound


def anova(scores: "np.ndarray", alpha: float) -> "np.ndarray":
    """Compare means by an analysis of variance with candidates and folds as its two factors: the test of finetune's `tune_race_anova`.

    A candidate stays if the interval at 1 - `alpha` of its difference from the best mean reaches 0. Folds are blocks: for complete data the differences
    are those of finetune's mixed model (a random effect of folds). The error is that of the two-way table, with its (n_candidates - 1)(n_folds - 1)
    degrees of freedom. finetune takes the normal quantile; here it is the one of the t distribution, which few folds need.

    Parameters
    ----------
    scores : ndarray, shape (n_candidates, n_folds)
    alpha : float

    Returns
    -------
    ndarray of bool, shape (n_candidates,)

    References
    ----------
    M. Kuhn (2014), Futility Analysis in the Cross-Validation of Machine Learning Models.
    M. Kuhn, finetune: Additional Functions for Model Tuning (R package), `tune_race_anova`.
    """
    import numpy as np
    from scipy import special

    scores = _without_overflow(scores)
    k, n = scores.shape
    centered = scores - np.array([math.fsum(fold) / k for fold in scores.T])
    means = sum(centered.T) / n
    df = (n - 1) * (k - 1)
    error = math.fsum(((centered - means[:, None]) ** 2).ravel()) / df
    bound = special.stdtrit(df, 1 - alpha / 2) * math.sqrt(2 * error / n)
    return means.max() - means <= bound + _rounding(scores)


def win_loss(scores: "np.ndarray", alpha: float) -> "np.ndarray":
    """Compare who wins in how many folds, by a Bradley–Terry model: the test of finetune's `tune_race_win_loss`.

    Each pair of candidates meets once a fold; equal scores are half a win for both. A candidate stays if the upper bound of its ability relative to the
    candidate with most wins reaches 0: finetune's bound, ability + t * standard error, t the quantile of the t distribution with one degree of freedom at
    1 - `alpha`. The model takes the games of a fold for independent, but they are those of one ranking: wins of equal candidates vary
    (n_candidates + 1) / 3 times as much. With many candidates finetune's bound is therefore too small, and it is replaced by the one that this
    variance and the usual quantile on two sides give, where that is larger: with more than 30 candidates at level 0.05. Abilities are estimated with reduced bias, so they are finite for candidates that win or lose always. As in finetune, a candidate
    without any win is dropped before the model is fitted; here only where this happens to one of equal candidates with a probability below `alpha`.
    finetune also drops candidates whose score is the same in all folds; here they stay, for they may be the best.

    Parameters
    ----------
    scores : ndarray, shape (n_candidates, n_folds)
    alpha : float

    Returns
    -------
    ndarray of bool, shape (n_candidates,)

    References
    ----------
    R. A. Bradley, M. E. Terry (1952), Rank analysis of incomplete block designs: I. The method of paired comparisons.
    M. Kuhn, finetune: Additional Functions for Model Tuning (R package), `tune_race_win_loss`.
    """
    import numpy as np
    from scipy import special

    k, n = scores.shape
    wins = n * k - ranks_in_folds(scores).sum(axis=1)
    # Two candidates cannot both lose to all others in all folds, so at most one is left out. The others have won n times against it.
    stay = (wins > 0) if float(k) ** -n < alpha else np.ones(k, bool)
    wins = wins - n * (k - stay.sum())
    order = np.argsort(-wins, kind="stable")[: stay.sum()]
    if len(order) > 1:
        ability, error = abilities(wins[order], n)
        of_ranking = special.stdtrit((n - 1) * (len(order) - 1), 1 - alpha / 2) * math.sqrt((len(order) + 1) / 3)
        stay[order] = ability + max(special.stdtrit(1, 1 - alpha), of_ranking) * error >= 0
        stay |= wins == wins.max()
    return stay


def corrected(scores: "np.ndarray", alpha: float, test_to_train: float) -> "np.ndarray":
    """Compare each candidate with the best mean by a paired t-test whose variance is corrected for training rows that folds share.

    The variance of the mean difference is (1 / n_folds + n_test / n_train) times that of the differences, with n_folds - 1 degrees of freedom. A
    candidate is worse if the test on two sides says so at level `alpha`. Differences that are the same in all folds decide by themselves, as in irace.

    Parameters
    ----------
    scores : ndarray, shape (n_candidates, n_folds)
    alpha : float
    test_to_train : float
        Number of test rows divided by that of training rows, the mean over folds.

    Returns
    -------
    ndarray of bool, shape (n_candidates,)

    References
    ----------
    C. Nadeau, Y. Bengio (2003), Inference for the generalization error.
    """
    import numpy as np
    from scipy import special

    scores = _without_overflow(scores)
    k, n = scores.shape
    means = sum(scores.T) / n
    # Of several with the best mean, the choice must not depend on their order.
    best = max(range(k), key=lambda row: (means[row], scores[row].tolist()))
    differences = scores[best] - scores
    mean = sum(differences.T) / n
    variance = sum(((differences - mean[:, None]) ** 2).T) / (n - 1)
    bound = special.stdtrit(n - 1, 1 - alpha / 2) * np.sqrt((1 / n + test_to_train) * variance)
    return mean <= bound + _rounding(scores)


def ranks_in_folds(scores: "np.ndarray") -> "np.ndarray":
    """Return the ranks within each fold, 1 for the best score, the mean of their ranks for equals, shape (n_candidates, n_folds)."""
    import numpy as np

    return np.column_stack([_ranks(-fold) for fold in scores.T])


def friedman_p_value(ranks: "np.ndarray") -> float:
    """Return the p-value of Friedman's test, corrected for ties; 1 if all scores are equal within each fold."""
    from scipy import special

    k, n = ranks.shape
    middle = (k + 1) / 2
    spread = ((ranks - middle) ** 2).sum()
    if spread == 0:
        return 1.0
    statistic = (k - 1) * ((ranks.sum(axis=1) - n * middle) ** 2).sum() / spread
    return float(special.chdtrc(k - 1, statistic))


def signed_rank_p_value(differences: "np.ndarray") -> float:
    """Return the exact p-value of Wilcoxon's signed-rank test on two sides, given the ties; zeros are left out.

    Reference: F. Wilcoxon (1945), Individual comparisons by ranking methods.
    """
    import numpy as np

    differences = differences[differences != 0]
    doubled = np.rint(2 * _ranks(abs(differences))).astype(int)  # ranks of ties are multiples of 1/2
    total, positive = int(doubled.sum()), int(doubled[differences > 0].sum())
    ways = np.zeros(
        total + 1, dtype=object
    )  # number of choices of signs for each sum; Python's integers do not overflow
    ways[0] = 1
    for rank in doubled:
        ways[rank:] = ways[rank:] + ways[:-rank]
    tail = int(ways[: min(positive, total - positive) + 1].sum())
    return min(1.0, 2 * tail / 2 ** len(doubled))


def _signed_ranks(scores, alpha):
    import numpy as np

    # Equal differences must be ties, so rounding errors are removed.
    differences = np.rint((scores[0] - scores[1]) / (_rounding(scores) or 1.0))
    stay = np.ones(2, bool)
    if signed_rank_p_value(differences) < alpha:
        signed = np.sign(differences) * _ranks(abs(differences))
        stay[int(signed.sum() > 0)] = False
    return stay


def _ranks(values):
    """Return ascending ranks, the mean of their ranks for equals. `scipy.stats`, which has this too, takes a second to import."""
    import numpy as np

    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def _without_overflow(scores):
    """Return scores whose squares and sums are finite: a power of two is divided out where they would not be, which no decision depends on."""
    import numpy as np

    return np.ldexp(scores, -600) if abs(scores).max() > 2.0**400 else scores


def _rounding(scores):
    return _ROUNDING * float(abs(scores).max())
