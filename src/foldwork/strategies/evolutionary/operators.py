"""DEAP's operators, drawing from a generator of our own."""

import importlib.util
import random
from types import ModuleType


class Operators:
    """DEAP's selection, crossover and mutation.

    They draw from the name `random` of their modules, which is Python's module with its one state that any code may advance. Here they are copies of these
    modules, in which `random` is a generator.

    Parameters
    ----------
    generator : random.Random

    Attributes
    ----------
    selection, crossover, mutation : module
        As in `deap.tools`.
    """

    def __init__(self, generator: random.Random) -> None:
        self.selection = _copy("deap.tools.selection", generator)
        self.crossover = _copy("deap.tools.crossover", generator)
        self.mutation = _copy("deap.tools.mutation", generator)


def _copy(name: str, generator: random.Random) -> ModuleType:
    spec = importlib.util.find_spec(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.random = generator
    return module
