"""Particle swarm optimisation (PSO), for numbers, with the constants of Clerc and Kennedy (2002)."""

from collections.abc import Container

import numpy as np

from foldwork.strategies.evolutionary.genome import POSITION_DIGITS, Genome, Individual

INERTIA = 0.7298
ATTRACTION = 1.49618
"""To a particle's best position and to the swarm's."""
FASTEST = 0.5
"""Largest step in a parameter, in positions (from 0 to 1)."""


class ParticleSwarm:
    """A swarm in which all particles know the best position. A particle that would leave the space stops at its border.

    Parameters
    ----------
    genome : Genome
        Of numbers alone.
    population : int
        Number of particles.
    random_state : int
    """

    def __init__(self, genome: Genome, population: int, random_state: int) -> None:
        self._generator = np.random.RandomState(random_state)
        shape = (population, len(genome.genes))
        self._positions = np.round(self._generator.uniform(size=shape), POSITION_DIGITS)
        self._velocities = self._generator.uniform(-FASTEST, FASTEST, size=shape)
        self._best: list[Individual] = []

    def generate(self, seen: Container[str]) -> list[Individual]:
        """Return a generation: the positions of all particles."""
        if self._best:
            self._move()
        return [Individual(position) for position in self._positions.tolist()]

    def update(self, individuals: list[Individual]) -> None:
        """Remember each particle's best position, after `individuals` have their fitness."""
        self._best = [
            old if old.fitness >= new.fitness else new
            for old, new in zip(self._best or individuals, individuals, strict=True)
        ]

    def _move(self) -> None:
        own = np.array(self._best)
        swarm = np.array(max(self._best, key=lambda individual: individual.fitness))
        to_own, to_swarm = self._generator.uniform(0, ATTRACTION, size=(2, *own.shape))
        velocities = (
            INERTIA * self._velocities + to_own * (own - self._positions) + to_swarm * (swarm - self._positions)
        )
        velocities = np.clip(velocities, -FASTEST, FASTEST)
        moved = self._positions + velocities
        outside = (moved < 0) | (moved > 1)
        self._velocities = np.where(outside, 0.0, velocities)
        self._positions = np.round(np.clip(moved, 0, 1), POSITION_DIGITS)
