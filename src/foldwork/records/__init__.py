"""Which evaluations are requested, and which are recorded."""
