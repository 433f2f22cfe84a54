"""Requested and recorded evaluations, and which records can be used for which evaluations."""
