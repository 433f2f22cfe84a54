"""Random search: candidates drawn as scikit-learn's `RandomizedSearchCV` draws them, for each model."""

from foldwork.strategies.interface import Data, Proposal, SearchStrategy, Spaces
from foldwork.strategies.one_round import OneRound
from foldwork.strategies.sampling import draw


def strategies(spaces: Spaces, data: Data, *, n_iter: int = 10, random_state: int = 0) -> list[SearchStrategy]:
    """Return the strategy that draws candidates of each model independently.

    Candidates take turns: the first of each model, then the second of each. A search that is stopped early is then a fair sample of each model.

    Parameters
    ----------
    spaces : mapping
    data : Data
    n_iter : int
        Number of candidates of each model. A space of lists that has fewer is evaluated whole.
    random_state : int
        Seed, the same for each model.
    """
    drawn = {model: draw(space, n_iter, random_state) for model, space in spaces.items()}
    return [
        OneRound(
            Proposal(model, index, found[index])
            for index in range(max(map(len, drawn.values())))
            for model, found in drawn.items()
            if index < len(found)
        )
    ]
