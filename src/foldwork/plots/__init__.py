"""Pictures of finished work, drawn from plain tables and arrays.

Each module is imported by its own name (``from foldwork.plots.validation import draw_validation``): this package
imports nothing itself, so that a script pays only for the picture it draws. The same input gives the same bytes.
"""
