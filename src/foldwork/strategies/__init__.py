"""Which candidates a search evaluates, in rounds."""
