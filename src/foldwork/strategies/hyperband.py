"""Hyperband: brackets of successive halving that trade the number of candidates against their first resources.

Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization, JMLR 18 (2018), algorithm 1.
"""

from foldwork.errors import FoldworkError
from foldwork.strategies.halving import Halving, Rows, Schedule, limits, refuse_resource
from foldwork.strategies.interface import Data, SearchStrategy, Spaces
from foldwork.strategies.sampling import draw
from foldwork.study.brackets import FACTOR, bracket_sizes
from foldwork.study.search_space import N_SAMPLES


def strategies(
    spaces: Spaces,
    data: Data,
    *,
    resource: str = N_SAMPLES,
    factor: int = FACTOR,
    min_resources: int | str = "smallest",
    max_resources: int | str = "auto",
    keep_groups: bool = False,
    random_state: int = 0,
) -> list[SearchStrategy]:
    """Return a strategy for each bracket of each model. Their rounds are evaluated at the same time.

    Bracket s of a model, from s = s_max = floor(log_factor(max ÷ min)) to 0, begins with ceil((s_max + 1) ÷ (s + 1) × factor^s) candidates and
    max_resources ÷ factor^s resources.

    Parameters
    ----------
    spaces, data, resource, factor, max_resources, keep_groups, random_state
        See `halving.strategies`.
    min_resources : int or "smallest"
        The least resources of a candidate.
    """
    found: list[SearchStrategy] = []
    for model, space in spaces.items():
        least, most = limits(model, data, resource, min_resources, max_resources)
        sizes = bracket_sizes(least, most, factor)
        drawn = list(enumerate(draw(space, sum(sizes.values()), random_state)))
        refuse_resource(model, resource, [params for _, params in drawn])
        if not drawn:
            raise FoldworkError(f"resource: the space of model {model} has no candidate")
        rows = Rows(resource, data, random_state, keep_groups)
        for s, size in sizes.items():
            chosen, drawn = drawn[:size], drawn[size:]
            if not chosen:  # a space of lists with fewer candidates: the check of the config warns
                break
            resources = [most // factor**i for i in range(s, -1, -1)]
            found.append(Halving(model, chosen, Bracket(resources, factor), rows, {"bracket": s}))
    return found


class Bracket(Schedule):
    """The iterations of one bracket."""

    def keep(self, n_candidates: int) -> int:
        """Return how many candidates go on to the next iteration: rounded down, as in algorithm 1, but at least one."""
        return max(1, int(n_candidates // self.factor))
