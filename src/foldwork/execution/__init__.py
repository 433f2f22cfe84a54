"""The client's side of one evaluate job: plan, give out, record."""
