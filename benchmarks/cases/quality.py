"""How good the best candidate of each strategy is for the evaluations spent, beside Optuna and scikit-learn at the same budget."""

import csv
import multiprocessing
import os
import statistics
from collections import defaultdict, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measuring import row
from tasks import FOLDS, TASKS, Scores

SEEDS = range(10)
BUDGET = 60
"""Candidates on all resources that a strategy may spend; hyperband's brackets spend what they spend."""

FILE = Path(__file__).parents[1] / "quality.csv"
"""The best mean score after each round: strategy, task, seed, candidates spent, score, its standard error."""

COLUMNS = ("strategy", "task", "seed", "spent", "score", "standard_error")
PEERS = ("Optuna", "RandomizedSearchCV", "HalvingRandomSearchCV")


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """The best candidates of strategies on five tasks with ten seeds, beside Optuna, HalvingRandomSearchCV and RandomizedSearchCV."""
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    jobs = [(task, seed) for seed in SEEDS for task in TASKS]
    with multiprocessing.get_context("spawn").Pool() as pool:
        found = [each for part in pool.imap(_all_ways, jobs, chunksize=1) for each in part]
    with open(FILE, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *found])
    return list(_rows(found))


def _all_ways(job: tuple[str, int]) -> list[tuple[Any, ...]]:
    """Return the lines of all strategies and peers on one task with one seed."""
    task, seed = job
    scores = Scores(task, seed)
    lines = [(name, task, seed, *line) for name in strategies(scores.task, seed) for line in _ours(name, scores, seed)]
    lines += [("Optuna", task, seed, *line) for line in _optuna(scores, seed)]
    lines += [(name, task, seed, *line) for name, line in _sklearn(scores, seed)]
    print(f"    {task}, seed {seed}", flush=True)
    return lines


def strategies(task: Any, seed: int) -> dict[str, dict[str, Any]]:
    """Return the strategies that are compared, as the config has them."""
    ration = {"resource": task.resource, "random_state": seed, "min_resources": task.most // 9}
    limit = {} if task.resource == "n_samples" else {"max_resources": task.most}
    return {
        "random": {"random": {"n_iter": BUDGET, "random_state": seed}},
        "halving": {"halving": {**ration, **limit, "n_candidates": 3 * BUDGET}},
        "hyperband": {"hyperband": {**ration, **limit}},
        "tpe": {"tpe": {"n_trials": BUDGET, "random_state": seed}},
        "evolution": {"evolution": {"population": 10, "generations": BUDGET // 10, "random_state": seed}},
    }


def _ours(name: str, scores: Scores, seed: int) -> Iterator[tuple[float, float, float]]:
    """Yield candidates spent, best mean score on all resources and its standard error, after each round."""
    from foldwork.strategies.by_name import strategies_of
    from foldwork.strategies.interface import Data

    task = scores.task
    data = Data(FOLDS, len(scores.y), len(set(scores.y)), ("m",) if scores.is_classifier else ())
    spec = {"models": {"m": {"space": task.space}}, "strategy": strategies(task, seed)[name]}
    best, spent, seen = None, 0.0, set()
    parts: list[tuple[Any, deque[Any]]] = [(part, deque()) for part in strategies_of(spec, data)]
    while parts:
        for part, rounds in [*parts]:
            while len(rounds) < part.n_in_flight and (proposals := part.ask()):
                rounds.append(proposals)
            if not rounds:
                parts.remove((part, rounds))
                continue
            told, proposals = [], rounds.popleft()
            for proposal in proposals:
                told.append([scores.of(proposal.params, fold, proposal.resource) for fold in range(FOLDS)])
                share = _share(proposal, task)
                if (key := repr((sorted(proposal.params.items()), share))) not in seen:  # nothing is evaluated twice
                    seen.add(key)
                    spent += share
                if share == 1 and (best is None or statistics.fmean(told[-1]) > statistics.fmean(best)):
                    best = told[-1]
            part.tell(told)
            if best:
                yield spent, statistics.fmean(best), standard_error(best)


def _share(proposal: Any, task: Any) -> float:
    """Return the part of all resources that a proposal is evaluated with."""
    if proposal.resource is not None:
        return proposal.resource["n_samples"] / proposal.resource["of"]
    return proposal.params.get(task.resource, task.most) / task.most


def standard_error(scores: list[float]) -> float:
    """Return the standard error of a candidate's mean over the folds."""
    return statistics.stdev(scores) / len(scores) ** 0.5


def _optuna(scores: Scores, seed: int) -> Iterator[tuple[float, float, float]]:
    """Yield the same of Optuna's own loop, one trial after the other."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    best = None
    for spent in range(1, BUDGET + 1):
        trial = study.ask()
        params = {name: _suggest(trial, name, values) for name, values in scores.task.space.items()}
        found = [scores.of(params, fold) for fold in range(FOLDS)]
        study.tell(trial, statistics.fmean(found))
        best = found if best is None or statistics.fmean(found) > statistics.fmean(best) else best
        yield spent, statistics.fmean(best), standard_error(best)


def _suggest(trial: Any, name: str, values: Any) -> Any:
    if isinstance(values, list):
        return trial.suggest_categorical(name, values)
    ((kind, (low, high)),) = values.items()
    if kind == "randint":
        return trial.suggest_int(name, low, high - 1)
    return trial.suggest_float(name, low, high, log=kind == "loguniform")


def _sklearn(scores: Scores, seed: int) -> Iterator[tuple[str, tuple[float, float, float]]]:
    """Yield the name, and the last line, of RandomizedSearchCV and HalvingRandomSearchCV."""
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingRandomSearchCV, RandomizedSearchCV

    task = scores.task
    estimator, space = scores.estimator, {name: _distribution(values) for name, values in task.space.items()}
    given = {"cv": scores.cv, "random_state": seed, "refit": False}
    search = RandomizedSearchCV(estimator, space, n_iter=BUDGET, **given).fit(scores.X, scores.y)
    yield "RandomizedSearchCV", (BUDGET, *_best(search.cv_results_, range(BUDGET)))
    halved = HalvingRandomSearchCV(
        estimator,
        space,
        n_candidates=3 * BUDGET,
        factor=3,
        resource=task.resource,
        min_resources=task.most // 9,
        max_resources="auto" if task.resource == "n_samples" else task.most,
        **given,
    ).fit(scores.X, scores.y)
    found = halved.cv_results_
    last = [i for i, n in enumerate(found["iter"]) if n == max(found["iter"])]
    yield "HalvingRandomSearchCV", (sum(found["n_resources"]) / task.most, *_best(found, last))


def _distribution(values: Any) -> Any:
    """Return a list of values as it is, or SciPy's distribution."""
    from scipy import stats

    if isinstance(values, list):
        return values
    ((kind, (low, high)),) = values.items()
    return stats.uniform(low, high - low) if kind == "uniform" else getattr(stats, kind)(low, high)


def _best(results: dict[str, Any], rows: Any) -> tuple[float, float]:
    row = max(rows, key=lambda i: results["mean_test_score"][i])
    of_folds = [float(results[f"split{fold}_test_score"][row]) for fold in range(FOLDS)]
    return statistics.fmean(of_folds), standard_error(of_folds)


def _rows(found: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Yield a row of the table for each strategy: the worst task's median distance from Optuna at the same budget, in standard errors."""
    lines: dict[tuple[str, str, int], list[tuple[float, float, float]]] = defaultdict(list)
    for name, task, seed, *line in found:
        lines[name, task, seed].append(tuple(line))
    names = dict.fromkeys(name for name, *_ in found if name not in PEERS)
    for name in names:
        worst, details = None, []
        for task in TASKS:
            behind = []
            for seed in SEEDS:
                spent, score, _ = lines[name, task, seed][-1]
                _, theirs, error = [line for line in lines["Optuna", task, seed] if line[0] <= max(spent, 1)][-1]
                behind.append((theirs - score) / error if error else float(theirs > score))
            details.append(f"{task} {statistics.median(behind):+.2f}")
            worst = max(statistics.median(behind), worst if worst is not None else float("-inf"))
        what = f"{name}: best mean score on five tasks with ten seeds, worst task"
        against = "standard errors behind Optuna (TPE, one trial after the other) at the same budget, median"
        yield row(what, against, "≤ 1", worst, "; ".join(details), runs=1)
    for ours, theirs in (("random", "RandomizedSearchCV"), ("halving", "HalvingRandomSearchCV")):
        differ = sum(lines[ours, t, s][-1][1] != lines[theirs, t, s][-1][1] for t in TASKS for s in SEEDS)
        yield row(
            f"{ours}: searches whose best score differs", theirs, "0", differ, f"of {len(TASKS) * len(SEEDS)}", runs=1
        )
