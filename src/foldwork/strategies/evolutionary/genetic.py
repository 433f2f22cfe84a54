"""A genetic algorithm for spaces of any kind, with DEAP's operators."""

import random
from collections.abc import Container

from foldwork.strategies.evolutionary.genome import POSITION_DIGITS, Genome, Individual
from foldwork.strategies.evolutionary.operators import Operators

TOURNAMENT = 3
CROSSOVER = 0.8
"""Probability that two parents exchange genes."""
CROSSOVER_ETA = 10.0
MUTATION_ETA = 10.0
"""Crowding degrees of simulated binary crossover and of polynomial mutation: the higher, the nearer are children to their parents."""
MOST_TRIES = 20
"""Number of mutations (or draws) to find an individual that has not been evaluated."""


class Genetic:
    """A genetic algorithm. The parents of a generation are the best of all parents and children before it, so that the best are never lost.

    Parents win tournaments. Crossover acts on the genes that both parents' mappings have: simulated binary crossover on positions, uniform crossover on
    categories. Each gene of a child mutates with probability 1 / number of genes, at least one of them; the mapping is mutated like a gene.

    Parameters
    ----------
    genome : Genome
    population : int
        Number of children of a generation, and of parents.
    random_state : int
    """

    def __init__(self, genome: Genome, population: int, random_state: int) -> None:
        self._genome = genome
        self._population = population
        self._random = random.Random(random_state)
        self._operators = Operators(self._random)
        self._parents: list[Individual] = []

    def generate(self, seen: Container[str]) -> list[Individual]:
        """Return a generation. Children that are among `seen` (identities of evaluated individuals) are mutated again, as often as MOST_TRIES."""
        taken: set[str] = set()

        def is_new(individual: Individual) -> bool:
            key = self._genome.identity(individual)
            return key not in seen and key not in taken

        if self._parents:
            children = self._crossed()
            for child in children:
                self._mutate(child)
        else:
            children = [self._drawn() for _ in range(self._population)]
        change = self._mutate if self._parents else self._draw
        for child in children:
            for _ in range(MOST_TRIES):
                if is_new(child):
                    break
                change(child)
            taken.add(self._genome.identity(child))
        return children

    def update(self, individuals: list[Individual]) -> None:
        """Choose the parents of the next generation, after `individuals` have their fitness."""
        pool: dict[str, Individual] = {}
        for individual in self._parents + individuals:
            pool.setdefault(self._genome.identity(individual), individual)
        self._parents = self._operators.selection.selBest(list(pool.values()), self._population)

    def _drawn(self) -> Individual:
        individual = Individual([0.0] * len(self._genome.genes))
        self._draw(individual)
        return individual

    def _draw(self, individual: Individual) -> None:
        """Draw all alleles anew."""
        individual.mapping = self._random.randrange(len(self._genome.expressed))
        for place, gene in enumerate(self._genome.genes):
            individual[place] = (
                round(self._random.random(), POSITION_DIGITS)
                if gene.ordered
                else self._random.randrange(int(gene.n_values))
            )

    def _crossed(self) -> list[Individual]:
        """Return copies of parents, after crossover in pairs."""
        chosen = self._operators.selection.selTournament(self._parents, self._population, TOURNAMENT)
        children = [Individual(parent, parent.mapping) for parent in chosen]
        for first, second in zip(children[::2], children[1::2], strict=False):
            if self._random.random() < CROSSOVER:
                self._cross(first, second)
        return children

    def _cross(self, first: Individual, second: Individual) -> None:
        shared = [
            place for place in self._genome.expressed[first.mapping] if place in self._genome.expressed[second.mapping]
        ]
        crossover = self._operators.crossover
        for ordered in (True, False):
            places = [place for place in shared if self._genome.genes[place].ordered == ordered]
            alleles = [first[place] for place in places], [second[place] for place in places]
            if ordered:
                crossover.cxSimulatedBinaryBounded(*alleles, CROSSOVER_ETA, 0.0, 1.0)
            else:
                crossover.cxUniform(*alleles, 0.5)
            for individual, found in zip((first, second), alleles, strict=True):
                self._assign(individual, places, found)

    def _mutate(self, individual: Individual) -> None:
        """Mutate the genes in effect, and the mapping, each with the same probability, at least one of all."""
        places = self._genome.expressed[individual.mapping]
        n = len(places) + (len(self._genome.expressed) > 1)
        hit = [k for k in range(n) if self._random.random() < 1 / n] or ([self._random.randrange(n)] if n else [])
        for k in hit:
            if k == len(places):
                self._mutate_mapping(individual)
            else:
                self._mutate_gene(individual, places[k])

    def _mutate_mapping(self, individual: Individual) -> None:
        others = [mapping for mapping in range(len(self._genome.expressed)) if mapping != individual.mapping]
        individual.mapping = self._random.choice(others)

    def _mutate_gene(self, individual: Individual, place: int) -> None:
        gene, mutation = self._genome.genes[place], self._operators.mutation
        alleles = [individual[place]]
        if gene.ordered:
            mutation.mutPolynomialBounded(alleles, MUTATION_ETA, 0.0, 1.0, 1.0)
        else:
            mutation.mutUniformInt(alleles, 0, int(gene.n_values) - 1, 1.0)
        self._assign(individual, [place], alleles)

    def _assign(self, individual: Individual, places: list[int], alleles: list) -> None:
        for place, allele in zip(places, alleles, strict=True):
            individual[place] = round(allele, POSITION_DIGITS)
