"""From the ledger to tables, and reading them in a notebook."""
