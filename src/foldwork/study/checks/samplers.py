"""Check the sampler of Optuna that a search names."""

import contextlib
from collections.abc import Iterator
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.study.checks.imports import import_named
from foldwork.study.checks.user_errors import problem_of
from foldwork.study.checks.values import check_object
from foldwork.study.messages import config_error
from foldwork.study.objects import build
from foldwork.study.sampler import refuse_no_sampler, refuse_no_seed, with_seeds, without_startup

_N_FINISHED = 3


def check_sampler(spec: dict[str, Any], random_state: int, path: list) -> None:
    """Check `{class: optuna.samplers.…, **arguments}`, and that the packages that the sampler needs are installed.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    name, here = spec["class"], [*path, "class"]
    found = import_named(name, here)
    with _errors_of_class(here):
        if isinstance(found, type):  # else a function may return one
            refuse_no_sampler(found, name)
    seeded, n_seeds = with_seeds(spec, random_state)
    sampler = check_object(seeded, path)
    with _errors_of_class(here):
        refuse_no_sampler(sampler, name)
        refuse_no_seed(n_seeds, name)
    _check_packages(without_startup(seeded), here)


@contextlib.contextmanager
def _errors_of_class(path: list) -> Iterator[None]:
    try:
        yield
    except FoldworkError as error:
        raise config_error(path, str(error)) from error


def _check_packages(spec: dict[str, Any], path: list) -> None:
    """Refuse a sampler that needs a package that is not installed: Optuna's import theirs only when they first use finished trials.

    A small study in memory asks for a trial. What else goes wrong is not the sampler's fault: it may be made for other parameters.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = {name: optuna.distributions.FloatDistribution(0, 1) for name in ("a", "b")}
    try:
        study = optuna.create_study(sampler=build(spec), direction="maximize")
        for place in range(_N_FINISHED):
            number = (place + 1) / (_N_FINISHED + 1)
            study.add_trial(optuna.create_trial(params=dict.fromkeys(space, number), distributions=space, value=number))
        trial = study.ask()
        for name in space:
            trial.suggest_float(name, 0, 1)
    except ImportError as error:
        raise config_error(path, problem_of(error)) from error
    except Exception:
        return
