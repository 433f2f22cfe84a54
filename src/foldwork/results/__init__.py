"""Tables from ledgers: written as CSV, summarised on the screen, read in a notebook."""
