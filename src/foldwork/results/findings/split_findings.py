"""Findings on splits: groups or equal rows on both sides of a split, and a class that a part lacks."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from foldwork.results.findings.evidence import Evidence
from foldwork.results.findings.finding import Finding, of_folds
from foldwork.results.findings.row_hashes import hash_rows
from foldwork.results.findings.task_kind import CLASSIFIERS, kind_of

DUPLICATE_SHARE = 0.01
"""Share of test rows with an equal train row that is worth a line: fewer change a score by less than a hundredth."""

FEWEST_DUPLICATES = 5
"""Fewer equal rows may be equal by chance, as two flowers of the iris data."""

FEWEST_DIFFERENT = 0.5
"""If fewer of the rows are different, as with a few features of few values each, equal rows are in the nature of the data."""


def groups_on_both_sides(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding if a group of the dataset has rows in the train and in the test part of a fold."""
    data = evidence.data
    if data.groups is None:
        return
    codes, _ = _codes(data.groups, data.used)
    folds, shared, groups = [], set(), set()
    for fold, (train, test) in enumerate(zip(data.rows.train, data.rows.test, strict=True)):
        in_test = np.unique(codes[test])
        groups.update(in_test.tolist())
        if len(in_both := in_test[np.isin(in_test, codes[train])]):
            folds.append(fold)
            shared.update(in_both.tolist())
    if folds:
        yield Finding(
            "groups_on_both_sides",
            f"{of_folds(folds)}: {len(shared):,} of {len(groups):,} groups of test rows have train rows, too; scores may be too good for new groups: take a splitter such as GroupKFold",
            {"folds": folds, "groups_on_both_sides": len(shared), "groups_in_test_parts": len(groups), "splitter": data.splitter},
        )


def duplicates_on_both_sides(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding if test rows have the same features and target as a train row of their fold."""
    data = evidence.data
    hashes = hash_rows(data.X, data.used)
    if hashes is None:
        return
    if data.y is not None and (of_target := hash_rows(data.y, data.used)) is not None:
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + of_target  # odd: a bijection, so that neither part is lost
    different, inverse = np.unique(hashes, return_inverse=True)
    if len(different) < FEWEST_DIFFERENT * len(hashes):
        return
    codes = np.zeros(int(data.used[-1]) + 1, dtype=np.intp)
    codes[data.used] = inverse
    equal, tested = [], 0
    for train, test in zip(data.rows.train, data.rows.test, strict=True):
        seen = np.zeros(len(different), dtype=bool)
        seen[codes[train]] = True
        equal.append(int(seen[codes[test]].sum()))
        tested += len(test)
    share = sum(equal) / tested
    if share >= DUPLICATE_SHARE and sum(equal) >= FEWEST_DUPLICATES:
        yield Finding(
            "duplicates_on_both_sides",
            f"{sum(equal):,} of {tested:,} test rows ({share:.1%}) equal a train row of their fold in all features and the target: scores may be too good; remove duplicates, or keep them together with groups",
            {"equal_rows": sum(equal), "test_rows": tested, "share": share, "by_fold": equal},
        )


def _codes(values: Any, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row a whole number that is equal for equal values (0 for rows that are not used), and the value of each number."""
    import pandas as pd

    codes = np.zeros(int(used[-1]) + 1, dtype=np.intp)
    codes[used], different = pd.factorize(np.asarray(values)[used], use_na_sentinel=False)
    return codes, different


def class_missing(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for the train parts, and one for the test parts, that lack a class of the target. Of classifiers alone."""
    data = evidence.data
    if data.y is None or kind_of(evidence.estimators) != CLASSIFIERS:
        return
    y = np.asarray(data.y)
    if y.ndim != 1:
        return
    codes, classes = _codes(y, data.used)
    remedy = _remedy(data.splitter, int(np.bincount(codes[data.used]).min()))
    for part, rows in (("train", data.rows.train), ("test", data.rows.test)):
        missing = {}
        for fold, each in enumerate(rows):
            counts = np.bincount(codes[each], minlength=len(classes))
            if lacks := np.flatnonzero(counts == 0).tolist():
                missing[fold] = [str(classes[code]) for code in lacks]
        if missing:
            fold, lacks = next(iter(missing.items()))
            others = f" and {len(lacks) - 1} more" if len(lacks) > 1 else ""
            cost = "it cannot be learnt there" if part == "train" else "no score there counts it"
            yield Finding(
                f"class_missing_in_{part}",
                f"the {part} part of {of_folds(list(missing))} lacks a class (in fold {fold}: {lacks[0]}{others}): {cost}; {remedy}",
                {"folds": list(missing), "missing": {str(fold): names for fold, names in missing.items()}},
            )


def _remedy(splitter: str, fewest: int) -> str:
    """Return what may be done about parts that lack a class, given the name of the splitter and the number of rows of the smallest class."""
    if "Stratified" not in splitter:
        return "take a stratified splitter, or fewer folds"
    if fewest == 1:
        return "the smallest class has 1 row: leave it out, or take more rows of it"
    if "Group" in splitter:
        return "take fewer folds"
    if "Fold" not in splitter:
        return "take larger parts"
    return f"the smallest class has {fewest:,} rows: take an n_splits of {fewest:,} or less"
