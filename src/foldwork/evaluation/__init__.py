"""Runs on an engine: fit and score candidates on folds, and share work between evaluations."""
