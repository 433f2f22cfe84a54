"""Names of the files in the folder of a search or clustering. All but evaluated.json are declared by no rule, so they outlive a job that fails."""

LEDGER = "ledger.jsonl"
"""The record of every evaluation that has ended."""

REQUEST = "asked.json"
"""The last request: with the ledger, it tells how far a search is."""

EVALUATED = "evaluated.json"
"""What the evaluate rule declares: counts by fold, complete or stopped, and the request."""

RUNNING = "running.json"
"""What the run that owns the ledger says of itself every few seconds; gone when it has ended in order."""

STOP = "stop"
"""While it is there, nothing is given out (`foldwork stop`)."""

RUN = ".run"
"""Prefix of a run's own folder, with its connection files."""

ENGINES = "engines.csv"
"""The engines of the last run: who worked, where, how much, and the memory of each."""

ADOPTED = "adopted"
"""Folder of the results with records taken over from elsewhere (`foldwork adopt`), a ledger for each that they come from."""
