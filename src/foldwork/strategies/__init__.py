"""Search strategies: which candidates a search evaluates, round by round.

A strategy is one module here, named as the config names it, with a class `Strategy` that takes the models' parameter spaces and its arguments of the config.
"""
