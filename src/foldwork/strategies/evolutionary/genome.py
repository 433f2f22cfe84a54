"""A parameter space as genes, and individuals as candidates."""

import json
from typing import Any

from deap import base

from foldwork.strategies.evolutionary.gene import Gene
from foldwork.strategies.expanded_space import expanded
from foldwork.strategies.sampling import identity
from foldwork.study.search_space import Space

POSITION_DIGITS = 9
"""Positions are rounded to so many decimal places, for the reason that `float_rounding` states: differences in last bits must not add up over generations."""


class Fitness(base.Fitness):
    """One score, to be maximised."""

    weights = (1.0,)


class Individual(list):
    """The alleles of all genes of a space, and the mapping of the space that is in effect.

    Parameters
    ----------
    alleles : iterable of (float or int)
    mapping : int
        Only the genes of this mapping have an effect.

    Attributes
    ----------
    fitness : Fitness
        Its score once it is evaluated.
    """

    def __init__(self, alleles: Any, mapping: int = 0) -> None:
        super().__init__(alleles)
        self.mapping = mapping
        self.fitness = Fitness()


class Genome:
    """The genes of a parameter space. Mappings that give a parameter the same values share its gene.

    Parameters
    ----------
    space : dict or list of dict
        As the config has it.

    Attributes
    ----------
    genes : list of Gene
        Those of parameters with more than one value.
    expressed : list of list of int
        For each mapping of the space the indices of its genes.
    """

    def __init__(self, space: Space) -> None:
        self.genes: list[Gene] = []
        self.expressed: list[list[int]] = []
        self._parameters: list[list[tuple[str, Gene, int | None]]] = []
        places: dict[str, int] = {}
        for grid in expanded(space):
            parameters: list[tuple[str, Gene, int | None]] = []
            for name, spec in grid.items():
                gene, place = Gene.of(spec), None
                if gene.varies:
                    place = places.setdefault(json.dumps([name, spec], sort_keys=True), len(self.genes))
                    if place == len(self.genes):
                        self.genes.append(gene)
                parameters.append((name, gene, place))
            self._parameters.append(parameters)
            self.expressed.append([place for _, _, place in parameters if place is not None])

    def params(self, individual: Individual) -> dict[str, Any]:
        """Return the parameters of an individual, JSON-serialisable."""
        return {
            name: gene.value(0 if place is None else individual[place])
            for name, gene, place in self._parameters[individual.mapping]
        }

    def identity(self, individual: Individual) -> str:
        """Return a text that is equal for individuals with equal parameters."""
        return identity(self.params(individual))
