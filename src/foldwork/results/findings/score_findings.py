"""Findings on the scores of the chosen candidate: no better than a dummy's, too good, overfitted, or one fold unlike the others."""

from collections.abc import Iterator

import numpy as np
from scipy.special import stdtr, stdtrit

from foldwork.results.comparison import compare
from foldwork.results.findings.evidence import Evidence
from foldwork.results.findings.finding import Finding

ALPHA = 0.05
"""Level of the one-sided test against the dummy: the usual one."""

GAP_SHARE = 0.25
"""A train–test gap is large if a quarter of what the train score gains over a dummy is lost on test rows. Some gap is normal for flexible models."""

FAR_ALPHA = 0.01
"""Level of Grubbs' test for one fold. Not 0.05: every search has such a test, and scores are only roughly normal."""

FAR_SHARE = 0.1
"""A fold is far only if it differs from the others by a tenth of their gain over a dummy: folds that are nearly equal have a tiny spread."""

FEWEST_FOLDS = 4
"""For Grubbs' test: with three folds its statistic is close to its maximum whatever the scores are."""

UNBOUNDED = ("mutual_info_score", "positive_likelihood_ratio")
"""scikit-learn's metrics whose best possible score is no constant."""

PERFECT = 0.999
"""A score is perfect if so much of the way from the dummy's score to the best possible one is gone: 1 error in 2,000 of two equal classes."""


def no_better_than_dummy(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each metric by which the chosen candidate is not better than the best dummy (corrected resampled t-test, one-sided)."""
    for metric, baseline in evidence.baselines.items():
        scores = evidence.scores(metric)
        if not np.isfinite(scores).all():
            continue
        found = compare(scores, baseline.scores, evidence.ratio, 0)
        p = None if found.t is None else float(stdtr(found.n_folds - 1, -found.t))
        if found.difference > 0 and (p is None or p < ALPHA):
            continue
        mean = float(np.mean(scores))
        tested = "" if p is None or found.difference <= 0 else f", p = {p:.2g}"
        yield Finding(
            "no_better_than_dummy",
            f"{metric} {mean:.4g} is no better than {baseline.mean:.4g}, which predicting {baseline.dummy} scores{tested}: the features may not tell the target",
            {"metric": metric, "mean": mean, "dummy": baseline.dummy, "dummy_mean": baseline.mean, "p": p},
        )


def suspiciously_perfect(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding if the chosen candidate reaches the best possible score of scikit-learn's metric that ranks, on every fold."""
    metric = evidence.metric
    baseline, optimum, scores = evidence.baselines.get(metric), _optimum(evidence), evidence.scores(metric)
    if baseline is None or optimum is None or not np.isfinite(scores).all():
        return
    room = optimum - baseline.scores
    if (room > 0).all() and ((scores - baseline.scores) >= PERFECT * room).all():
        mean = float(np.mean(scores))
        yield Finding(
            "suspiciously_perfect",
            f"{metric} {mean:.6g} is (nearly) perfect on all {len(scores)} folds: a feature may hold the target, or rows may be on both sides of the splits",
            {"metric": metric, "mean": mean, "best_possible": optimum, "dummy_mean": baseline.mean},
        )


def _optimum(evidence: Evidence) -> float | None:
    """Return the best possible score by the metric that ranks: 0 for scikit-learn's negated errors, 1 for its other metrics and `score`; else None."""
    scoring = evidence.results.request.spec["scoring"]
    if evidence.metric in UNBOUNDED or evidence.metric not in (scoring or ["score"]):  # or a scorer of the user's
        return None
    return 0.0 if evidence.metric.startswith("neg_") else 1.0


def large_gap(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding if the chosen candidate's train score is far above its test score. Needs `train_scores`."""
    metric, baseline = evidence.metric, evidence.baselines.get(evidence.metric)
    train, test = (float(np.mean(evidence.scores(metric, part))) for part in ("train", "test"))
    if baseline is None or not np.isfinite([train, test]).all() or train <= baseline.mean:
        return
    share = (train - test) / (train - baseline.mean)
    if share >= GAP_SHARE:
        yield Finding(
            "large_gap",
            f"{metric} is {train:.4g} on train rows and {test:.4g} on test rows: {share:.0%} of what it gains over a dummy ({baseline.mean:.4g}) is lost; try simpler candidates or more rows",
            {"metric": metric, "train": train, "test": test, "dummy_mean": baseline.mean, "share": share},
        )


def fold_far_from_others(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding if the chosen candidate's score on one fold is an outlier among its scores (Grubbs' test, two-sided).

    References
    ----------
    Grubbs, F. E. (1969). Procedures for detecting outlying observations in samples. Technometrics 11, 1-21.
    """
    metric = evidence.metric
    scores, gain = evidence.scores(metric), evidence.gain(metric)
    if len(scores) < FEWEST_FOLDS or not np.isfinite(scores).all() or not np.std(scores) > 0:
        return
    n = len(scores)
    fold = int(np.argmax(np.abs(scores - scores.mean())))
    others = np.delete(scores, fold)
    statistic = abs(scores[fold] - scores.mean()) / np.std(scores, ddof=1)
    t2 = stdtrit(n - 2, FAR_ALPHA / (2 * n)) ** 2
    critical = (n - 1) / np.sqrt(n) * np.sqrt(t2 / (n - 2 + t2))
    distance = abs(scores[fold] - others.mean())
    if statistic > critical and distance >= FAR_SHARE * (gain or abs(float(others.mean()))):
        yield Finding(
            "fold_far_from_others",
            f"fold {fold} has {metric} {scores[fold]:.4g}, the others {others.min():.4g} to {others.max():.4g}: look at its rows",
            {
                "metric": metric,
                "fold": fold,
                "score": float(scores[fold]),
                "others_mean": float(others.mean()),
                "others_lowest": float(others.min()),
                "others_highest": float(others.max()),
                "grubbs": float(statistic),
                "critical": float(critical),
            },
        )
