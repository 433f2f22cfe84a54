"""What runs on an engine: fit and score one candidate on one fold, and what evaluations share."""
