"""foldwork: distributed model selection and assessment, as a Snakemake workflow."""

from foldwork.results.notebook import read

__all__ = ["read"]
