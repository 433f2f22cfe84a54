"""Files of results: how they are named, written in one step, and read back."""
