"""Search strategies: which candidates a search evaluates, round by round."""
