"""A search by generations: each is a round."""

import math
from collections.abc import Container, Sequence
from typing import Protocol

from foldwork.strategies.evolutionary.genome import Genome, Individual
from foldwork.strategies.interface import Proposal, SearchStrategy
from foldwork.strategies.mean_score import mean_score


class Algorithm(Protocol):
    """Makes one generation from another."""

    def generate(self, seen: Container[str]) -> list[Individual]:
        """Return a generation. `seen` has the identities of individuals that have been evaluated."""

    def update(self, individuals: list[Individual]) -> None:
        """Learn from a generation, all of whose individuals have their fitness."""


class PopulationSearch(SearchStrategy):
    """Proposes the individuals of each generation that have not been evaluated. The others take the score that they have.

    Parameters
    ----------
    model : str
        Name of the model in the config.
    genome : Genome
        Of its space.
    algorithm : Algorithm
    population : int
        Number of individuals of a generation.
    generations : int
        Number of generations, the first (random) one included.
    """

    def __init__(self, model: str, genome: Genome, algorithm: Algorithm, population: int, generations: int) -> None:
        self._model = model
        self._genome = genome
        self._algorithm = algorithm
        self._n_individuals = population if genome.genes else 1
        self._n_generations = generations
        self._generation = 0
        self._individuals: list[Individual] = []
        self._asked: list[str] = []  # identities, in the order of their candidate indices
        self._scores: dict[str, float] = {}

    def ask(self) -> list[Proposal]:
        """Return the new individuals of the next generation that has any."""
        while self._generation < self._n_generations:
            self._individuals = self._algorithm.generate(self._scores)
            new = {}
            for individual in self._individuals:
                params = self._genome.params(individual)
                if (key := self._genome.identity(individual)) not in self._scores:
                    new.setdefault(key, params)
            generation, self._generation = self._generation, self._generation + 1
            if new:
                first, self._asked = len(self._scores), list(new)
                columns = {"generation": generation}
                return [
                    Proposal(self._model, first + place, params, columns=dict(columns))
                    for place, params in enumerate(new.values())
                ]
            self._update()
        return []

    def tell(self, scores: Sequence[Sequence[float]]) -> None:
        """Take the scores of the last round. A candidate with a failed evaluation has the worst fitness."""
        for key, of_folds in zip(self._asked, scores, strict=True):
            self._scores[key] = mean_score(of_folds)
        if self._asked:
            self._asked = []
            self._update()

    def budget(self, n_folds: int) -> int:
        """Return the number of evaluations if no individual is generated twice."""
        return self._n_individuals * self._n_generations * n_folds

    def _update(self) -> None:
        for individual in self._individuals:
            score = self._scores[self._genome.identity(individual)]
            individual.fitness.values = (-math.inf if math.isnan(score) else score,)
        self._algorithm.update(self._individuals)
