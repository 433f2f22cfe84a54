"""Compare models by their scores on the same folds: the corrected resampled t-test and the Bayesian correlated t-test.

The train parts of folds overlap, so differences of scores are correlated from fold to fold, and the plain paired t-test underestimates their
variance. Both tests here take the variance of the mean difference to be (1/n + n_test/n_train) times the variance of the differences, and the
posterior of the Bayesian test is the t distribution of the other.

References
----------
Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52, 239-281.
Corani, G. and Benavoli, A. (2015). A Bayesian approach for comparing cross-validated algorithms on multiple data sets. Machine Learning 100, 285-304.
Benavoli, A., Corani, G., Demšar, J. and Zaffalon, M. (2017). Time for a change: a tutorial for comparing multiple classifiers through Bayesian
analysis. Journal of Machine Learning Research 18 (77), 1-36.
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from foldwork.records.request import Fold
from foldwork.results.csv_table import Row

COLUMNS = [
    "model_a",
    "model_b",
    "n_folds",
    "difference",
    "t",
    "p",
    "p_holm",
    "prob_a_better",
    "prob_equivalent",
    "prob_b_better",
]
"""Of comparison.csv."""


@dataclass(frozen=True)
class Comparison:
    """Comparison of one model (a) with another one (b).

    Attributes
    ----------
    n_folds : int
    difference : float
        Mean over the folds of the score of a minus the score of b.
    scale : float or None
        Standard error of `difference`, corrected. This and all that follow are None with fewer than two folds.
    t, p : float or None
        Statistic and two-sided p-value of the corrected resampled t-test, with n_folds - 1 degrees of freedom.
    prob_a_better, prob_equivalent, prob_b_better : float or None
        Posterior probabilities that the difference is above rope, within [-rope, rope], and below -rope.
    """

    n_folds: int
    difference: float
    scale: float | None = None
    t: float | None = None
    p: float | None = None
    prob_a_better: float | None = None
    prob_equivalent: float | None = None
    prob_b_better: float | None = None

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Return the central interval of the difference that has the posterior probability `level`; None with fewer than two folds."""
        if self.scale is None:
            return None
        margin = float(stdtrit(self.n_folds - 1, (1 + level) / 2)) * self.scale
        return self.difference - margin, self.difference + margin


def compare(a: np.ndarray, b: np.ndarray, ratio: float, rope: float) -> Comparison:
    """Compare two models by their scores on the same folds.

    Parameters
    ----------
    a, b : ndarray of shape (n_folds,)
        Finite scores; higher is better.
    ratio : float
        n_test / n_train of a fold.
    rope : float
        Differences of at most this much, in either direction, are practically equal. Not negative.

    Returns
    -------
    Comparison
        If all differences are equal, `scale` is 0 and the posterior is a point: without a difference t is 0, p is 1 and `prob_equivalent` is 1,
        else t is infinite, p is 0, and one of the probabilities is 1. If `rope` is 0, `prob_equivalent` is 0 in all other cases.
    """
    n = len(a)
    with np.errstate(over="ignore", invalid="ignore"):
        differences = a - b + 0.0  # no negative zero
        if n < 2 or not np.isfinite(differences).all():
            return Comparison(n, float(np.mean(differences)))
        # Scores can be so large or small that squares overflow or vanish. A power of two scales without rounding.
        exponent = int(np.frexp(np.abs(differences).max())[1])
        differences, rope = np.ldexp(differences, -exponent), float(np.ldexp(rope, -exponent))
    if (differences == differences[0]).all():
        return _point(n, float(differences[0]), rope, exponent)
    mean = float(np.mean(differences))
    scale = float(np.std(differences, ddof=1)) * math.sqrt(1 / n + ratio)
    freedom, away = n - 1, abs(mean)
    return Comparison(
        n_folds=n,
        difference=math.ldexp(mean, exponent),
        scale=float(np.ldexp(scale, exponent)),
        t=mean / scale,
        p=float(2 * stdtr(freedom, -away / scale)),
        prob_a_better=float(stdtr(freedom, (mean - rope) / scale)),
        # Both terms are in the lower tail where the difference is large, so that a small probability keeps its digits.
        prob_equivalent=float(stdtr(freedom, (rope - away) / scale) - stdtr(freedom, (-rope - away) / scale)),
        prob_b_better=float(stdtr(freedom, (-mean - rope) / scale)),
    )


def _point(n: int, difference: float, rope: float, exponent: int) -> Comparison:
    """Return the comparison of two models with the same difference on every fold."""
    return Comparison(
        n_folds=n,
        difference=math.ldexp(difference, exponent),
        scale=0.0,
        t=math.copysign(math.inf, difference) if difference else 0.0,
        p=0.0 if difference else 1.0,
        prob_a_better=float(difference > rope),
        prob_equivalent=float(abs(difference) <= rope),
        prob_b_better=float(difference < -rope),
    )


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values adjusted by Holm's step-down method, in the given order."""
    p = np.asarray(p, dtype=float)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted.tolist()


def size_ratio(folds: Sequence[Fold]) -> float:
    """Return n_test / n_train, the mean over the folds."""
    return float(np.mean([fold.n_test / fold.n_train for fold in folds]))


@dataclass(frozen=True)
class Pair:
    """Two models of a search and their comparison.

    Attributes
    ----------
    model_a, model_b : str
        Names of the models.
    comparison : Comparison
    p_holm : float or None
        `comparison.p`, adjusted for the number of pairs.
    """

    model_a: str
    model_b: str
    comparison: Comparison
    p_holm: float | None

    def row(self) -> Row:
        """Return the row of comparison.csv, without what is None."""
        found = {**self.__dict__, **self.comparison.__dict__}
        return {column: found[column] for column in COLUMNS if found[column] is not None}


def compare_all(scores: Mapping[str, np.ndarray], ratio: float, rope: float) -> list[Pair]:
    """Compare each pair of models.

    Parameters
    ----------
    scores : mapping of str to ndarray of shape (n_folds,)
        Model to its scores.
    ratio, rope : float
        As for `compare`.

    Returns
    -------
    list of Pair
        In the order of the models: the first with each of the others, then the second with each after it.
    """
    names = list(itertools.combinations(scores, 2))
    found = [compare(scores[a], scores[b], ratio, rope) for a, b in names]
    tested = [at for at, each in enumerate(found) if each.p is not None]
    adjusted = dict(zip(tested, holm([found[at].p for at in tested]), strict=True))
    return [Pair(a, b, each, adjusted.get(at)) for at, ((a, b), each) in enumerate(zip(names, found, strict=True))]
