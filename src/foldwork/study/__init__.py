"""The config: read, fill in, check, expand spaces, build the objects that it names."""
