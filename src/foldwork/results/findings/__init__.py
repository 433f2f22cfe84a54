"""What stands out in a search and its data: findings, each with a line of text and its numbers.

A module here is a family of findings. Each has functions that take `Evidence` and return findings; `registry` lists them.
"""
