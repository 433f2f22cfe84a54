"""All findings, in the order in which they are listed."""

from collections.abc import Callable, Iterable
from typing import Any

from foldwork.results.findings import candidate_findings, feature_findings, score_findings, split_findings
from foldwork.results.findings.evidence import Evidence
from foldwork.results.findings.finding import Finding

FINDINGS: tuple[Callable[[Evidence], Iterable[Finding]], ...] = (
    split_findings.groups_on_both_sides,
    split_findings.duplicates_on_both_sides,
    split_findings.class_missing,
    score_findings.no_better_than_dummy,
    score_findings.suspiciously_perfect,
    score_findings.large_gap,
    score_findings.fold_far_from_others,
    candidate_findings.best_at_edge,
    candidate_findings.all_as_good,
    feature_findings.constant_features,
)
"""What makes scores wrong comes first, then what they say of the model, then what could be better."""


def find(evidence: Evidence) -> list[dict[str, Any]]:
    """Return the content of findings.json: a list of `finding` (its name), `text` (a line), and the numbers in it."""
    return [found.as_json() for function in FINDINGS for found in function(evidence)]
