"""Names of the files in the folder of a search or clustering.

Only evaluated.json is declared as the output of a rule. Snakemake does not delete the others when a job fails.
"""

LEDGER = "ledger.jsonl"
"""One line for each finished evaluation."""

REQUEST = "asked.json"
"""The last request. Commands compare it with the ledger to show progress."""

ROUNDS = "rounds.json"
"""The rounds of a finished search whose strategy takes long to propose them: see `records.kept_rounds`."""

EVALUATED = "evaluated.json"
"""Output of the evaluate rule: counts for each fold, the state (complete or stopped), and the request."""

RUNNING = "running.json"
"""State of the run that writes the ledger, updated every few seconds and removed at the end of the run."""

STOP = "stop"
"""While this file exists, no evaluation is submitted to the engines (`foldwork stop`)."""

RUN = ".run"
"""Prefix of the folder with the connection files of a run."""

ENGINES = "engines.csv"
"""The engines of the last run: node, process id, number of evaluations, busy time and memory of each."""

FINDINGS = "findings.json"
"""What stands out in a search and its data."""

INNER = "inner"
"""Folder with the row numbers of the inner folds of a nested search."""

ADOPTED = "adopted"
"""Subfolder of the results folder with records copied by `foldwork adopt`, one ledger for each source."""

PREDICTIONS = "oof"
"""Folder of the store of predictions: a file for each engine process."""

KEPT = "oof/kept.json"
"""References to predictions that were moved within the store, by key of the evaluation: they precede those in the ledger."""
