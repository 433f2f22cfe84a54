"""Grid search: all candidates of all models in one round."""

from foldwork.strategies.interface import Data, Proposal, SearchStrategy, Spaces
from foldwork.strategies.one_round import OneRound
from foldwork.study.search_space import candidates


def strategies(spaces: Spaces, data: Data, *, shuffle: bool = False, random_state: int = 0) -> list[SearchStrategy]:
    """Return the strategy that proposes every candidate once.

    Parameters
    ----------
    spaces : mapping
    data : Data
    shuffle : bool
        Whether to propose all candidates of all models in a random order. Otherwise models come in the config's order, and candidates in the order of
        scikit-learn's `ParameterGrid`. A search that is stopped early is then a fair sample of the grid.
    random_state : int
        Seed of the order.
    """
    proposals = [
        Proposal(model, index, params)
        for model, space in spaces.items()
        for index, params in enumerate(candidates(space))
    ]
    if shuffle:
        import numpy as np

        proposals = [proposals[i] for i in np.random.RandomState(random_state).permutation(len(proposals))]
    return [OneRound(proposals)]
