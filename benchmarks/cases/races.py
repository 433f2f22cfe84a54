"""What racing saves on ten folds, and what it costs."""

import multiprocessing
import os
import statistics
from pathlib import Path
from typing import Any

from measuring import row
from tasks import TASKS, Scores

from cases.quality import SEEDS, standard_error

N_FOLDS = 10
TESTS = ("friedman", "anova", "win_loss", "corrected")


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """Races of grids of 36 candidates on ten folds, on five tasks with ten seeds, against the whole grid."""
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with multiprocessing.get_context("spawn").Pool() as pool:
        found = pool.map(_races, [(task, seed) for seed in SEEDS for task in TASKS], chunksize=1)
    rows = []
    for test in TESTS:
        shares = [each[test][0] for each in found]
        kept = sum(each[test][1] for each in found)
        what = f"racing ({test}): grids of 36 candidates on ten folds, five tasks, ten seeds"
        detail = f"{min(shares):.2f} to {max(shares):.2f}"
        rows.append(row(what, "evaluations of the grid", "≤ 0.5", statistics.median(shares), detail, runs=1))
        against = "share of races won by the grid's winner or one within a standard error of it"
        rows.append(row(what, against, "≥ 0.9", kept / len(found), f"{kept} of {len(found)}", runs=1))
    return rows


def _races(job: tuple[str, int]) -> dict[str, tuple[float, bool]]:
    """Return of each test the share of evaluations made, and whether the winner is as good as the grid's."""
    from foldwork.strategies.by_name import strategies_of
    from foldwork.strategies.interface import Data

    task, seed = job
    scores = Scores(task, seed, N_FOLDS)
    sizes = [tuple(len(fold[part]) for fold in scores.folds) for part in (0, 1)]
    found = {}
    whole: dict[int, list[float]] = {}
    for test in TESTS:
        spec = {"models": {"m": {"space": scores.task.grid}}}
        spec["strategy"] = {"racing": {"test": test, "random_state": seed}}
        data = Data(N_FOLDS, len(scores.y), n_train=sizes[0], n_test=sizes[1])
        (race,) = strategies_of(spec, data)
        made: dict[int, dict[int, float]] = {}
        while proposals := race.ask():
            told = []
            for proposal in proposals:
                told.append([scores.of(proposal.params, fold) for fold in proposal.folds])
                made.setdefault(proposal.candidate, {}).update(zip(proposal.folds, told[-1], strict=True))
            race.tell(told)
        if not whole:
            params = {p.candidate: p.params for p in strategies_of(spec, data)[0].ask()}
            whole = {c: [scores.of(p, fold) for fold in range(N_FOLDS)] for c, p in params.items()}
        best = max(whole.values(), key=statistics.fmean)
        finished = [c for c, of_folds in made.items() if len(of_folds) == N_FOLDS]
        winner = max(finished, key=lambda c: statistics.fmean(whole[c]))
        good = statistics.fmean(whole[winner]) >= statistics.fmean(best) - standard_error(best)
        found[test] = sum(map(len, made.values())) / (N_FOLDS * len(whole)), good
    print(f"    {task}, seed {seed}", flush=True)
    return found
