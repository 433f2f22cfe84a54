"""Search strategies: which candidates a search evaluates, round by round.

A strategy is one module here, named as the config names it, with a function `strategies(spaces, data, **arguments)` that returns the independent
`SearchStrategy` objects of a search. Its arguments are those of the config.
"""
