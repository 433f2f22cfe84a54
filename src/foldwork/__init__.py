"""foldwork: distributed model selection and assessment, as a Snakemake workflow."""

from typing import Any

__all__ = ["predict", "read"]


def __getattr__(name: str) -> Any:
    """Import what notebooks use when they ask for it: every process of a run imports this package."""
    if name == "read":
        from foldwork.results.notebook import read

        return read
    if name == "predict":
        from foldwork.model.predict import predict

        return predict
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
