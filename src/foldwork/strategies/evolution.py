"""Evolutionary search, with the operators of DEAP: a population for each model, a round for each generation."""

from foldwork.errors import FoldworkError
from foldwork.strategies.interface import Data, SearchStrategy, Spaces
from foldwork.study.optional_package import import_optional

ALGORITHMS = ("genetic", "cma_es", "pso")


def strategies(
    spaces: Spaces,
    data: Data,
    *,
    population: int = 24,
    generations: int = 10,
    random_state: int = 0,
    algorithm: str = "genetic",
) -> list[SearchStrategy]:
    """Return a strategy for each model: their populations are independent.

    Parameters
    ----------
    spaces : mapping
    data : Data
    population : int
        Number of individuals of a generation, for each model.
    generations : int
        Number of generations, the first one included, which is random.
    random_state : int
        Seed, the same for each model.
    algorithm : str
        `genetic` for spaces of any kind; `cma_es` and `pso` (particle swarm) for distributions alone.

    Raises
    ------
    FoldworkError
        If an argument cannot be used, or DEAP is not installed.
    """
    if population < 2:
        raise FoldworkError(f"evolution: population: is {population}, must be 2 or more")
    if generations < 1:
        raise FoldworkError(f"evolution: generations: is {generations}, must be 1 or more")
    if algorithm not in ALGORITHMS:
        raise FoldworkError(f"evolution: algorithm: is {algorithm!r}, must be one of {', '.join(ALGORITHMS)}")
    import_optional("evolution")
    from foldwork.strategies.evolutionary.genome import Genome
    from foldwork.strategies.evolutionary.population_search import PopulationSearch

    found: list[SearchStrategy] = []
    for model, space in spaces.items():
        genome = Genome(space)
        # A model of one candidate has nothing to adapt; the genetic algorithm proposes it once.
        kind = _algorithm(algorithm if genome.genes else "genetic")
        found.append(PopulationSearch(model, genome, kind(genome, population, random_state), population, generations))
    return found


def _algorithm(name: str) -> type:
    if name == "cma_es":
        from foldwork.strategies.evolutionary.cma_es import CmaEs

        return CmaEs
    if name == "pso":
        from foldwork.strategies.evolutionary.particle_swarm import ParticleSwarm

        return ParticleSwarm
    from foldwork.strategies.evolutionary.genetic import Genetic

    return Genetic
