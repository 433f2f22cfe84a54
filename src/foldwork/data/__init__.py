"""Datasets, splits, fold files and digests of content."""
