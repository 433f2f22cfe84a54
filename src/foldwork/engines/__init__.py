"""Engines: the processes that compute. Start them here or on Slurm, let others join, and end them whatever happens."""
