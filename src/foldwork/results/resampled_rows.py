"""The evaluations of a candidate of a clustering on subsamples or on reference data."""

from foldwork.results.results import Results


def resampled_rows(results: Results, kind: str) -> list[list[int]]:
    """Return for each row of scores.csv the rows of the request with the same candidate on other points.

    Parameters
    ----------
    results : Results
        Of a clustering.
    kind : {"resample", "reference"}
        Member of their resource.
    """
    proposals = results.requested.proposals
    found: dict[tuple[str, int], list[int]] = {
        (proposals[row].model, proposals[row].candidate): [] for row in results.table_rows
    }
    for row, proposal in enumerate(proposals):
        if kind in (proposal.resource or {}):
            found[proposal.model, proposal.candidate].append(row)
    return list(found.values())
