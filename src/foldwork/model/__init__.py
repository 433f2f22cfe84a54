"""The refitted best model: fit, save and load it, score it on held-out rows, predict new data."""
