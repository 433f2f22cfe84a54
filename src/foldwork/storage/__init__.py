"""File names, atomic writes, signed JSON files, and the ledger."""
