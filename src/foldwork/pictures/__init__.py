"""Pictures of finished work, drawn from tables and arrays. The same input gives the same bytes.

Each module is imported by its own name (``from foldwork.pictures.validation import draw_validation``): this package
imports nothing itself, so that a script loads only what its picture needs.
"""
