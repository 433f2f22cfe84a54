"""Covariance matrix adaptation evolution strategy (CMA-ES), for numbers, by `deap.cma`."""

from collections.abc import Callable, Container
from typing import Any

import numpy as np
from deap import cma

from foldwork.strategies.evolutionary.genome import POSITION_DIGITS, Genome, Individual

SIGMA = 0.3
"""Standard deviation of the first generation around the middle of the space, in positions (from 0 to 1 in each parameter)."""
SMALLEST_STEP = 1e-8
LARGEST_CONDITION = 1e14
"""The search starts again around the best individual when its steps become smaller than a position's rounding, or the covariance matrix is degenerate."""


class _Strategy(cma.Strategy):
    """DEAP's strategy, drawing from a generator of our own.

    Parameters
    ----------
    centroid : sequence of float
    population : int
    generator : RandomState
    """

    def __init__(self, centroid: Any, population: int, generator: np.random.RandomState) -> None:
        super().__init__(centroid, SIGMA, lambda_=population)
        self._generator = generator

    def generate(self, ind_init: Callable[[Any], Individual]) -> list[Individual]:
        """Return a generation: as DEAP's, but for the generator and the rounding."""
        normal = self._generator.standard_normal((self.lambda_, self.dim))
        points = self.centroid + self.sigma * np.dot(normal, self.BD.T)
        return [ind_init(np.round(point, POSITION_DIGITS).tolist()) for point in points]

    @property
    def is_degenerate(self) -> bool:
        """Whether further generations would be the same point, or no numbers."""
        steps = self.sigma * self.diagD
        return not (np.isfinite(steps).all() and steps.max() > SMALLEST_STEP and self.cond < LARGEST_CONDITION)


class CmaEs:
    """CMA-ES over positions. Outside [0, 1], the space is mirrored (see `Gene`).

    Parameters
    ----------
    genome : Genome
        Of numbers alone.
    population : int
    random_state : int
    """

    def __init__(self, genome: Genome, population: int, random_state: int) -> None:
        self._population = population
        self._generator = np.random.RandomState(random_state)
        self._best: Individual | None = None
        self._strategy = self._started([0.5] * len(genome.genes))

    def generate(self, seen: Container[str]) -> list[Individual]:
        """Return a generation."""
        return self._strategy.generate(Individual)

    def update(self, individuals: list[Individual]) -> None:
        """Adapt mean, step size and covariance matrix, after `individuals` have their fitness."""
        first = max(individuals, key=lambda individual: individual.fitness)
        if self._best is None or first.fitness > self._best.fitness:
            self._best = first
        with np.errstate(all="ignore"):
            self._strategy.update(list(individuals))
        if self._strategy.is_degenerate:
            self._strategy = self._started(list(self._best))

    def _started(self, centroid: list[float]) -> _Strategy:
        return _Strategy(centroid, self._population, self._generator)
