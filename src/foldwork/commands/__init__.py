"""The commands of `foldwork`."""
