"""Checks that import what a config names: one module a section, and one a kind of check.

They import scikit-learn and the user's modules, so they run in a process of their own: `python -m foldwork.study.checks` with a validated config as
JSON on standard input. Checks that need no imports are in `foldwork.study.validation`.
"""
