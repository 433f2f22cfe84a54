"""Grid search: all candidates of all models in one round."""

from collections.abc import Mapping, Sequence
from typing import Any

from foldwork.strategies.interface import Proposal
from foldwork.study.search_space import candidates


class Strategy:
    """Proposes every candidate once: models in the config's order, candidates in the order of scikit-learn's `ParameterGrid`.

    Parameters
    ----------
    spaces : mapping
        Name of a model to its parameter space as the config has it.
    """

    learns = False

    def __init__(self, spaces: Mapping[str, Any]) -> None:
        self._spaces: Mapping[str, Any] | None = spaces

    def ask(self) -> list[Proposal]:
        """Return all candidates at the first call, none after it."""
        spaces, self._spaces = self._spaces or {}, None
        return [
            Proposal(model, index, params)
            for model, space in spaces.items()
            for index, params in enumerate(candidates(space))
        ]

    def tell(self, scores: Sequence[Sequence[float]]) -> None:
        """Ignore the scores: no candidate depends on them."""
