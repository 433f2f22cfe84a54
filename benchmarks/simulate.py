"""Play a search on many engines from recorded times, with the planner that the real search uses."""

import heapq
import zlib

from foldwork.execution.plan import Pending, Plan
from foldwork.records.evaluation import Evaluation

MESSAGE = 0.005
"""Seconds that a bundle costs beside its evaluations."""


def simulate(times: list[tuple[str, dict, int, int, float]], engines: int) -> float:
    """Return the wall time (seconds) of a search on so many engines.

    Parameters
    ----------
    times : list of (model, params, candidate, fold, seconds)
        One entry an evaluation.
    engines : int
        How many engines to play.
    """
    plan, took = Plan(), {}
    for index, (model, params, candidate, fold, seconds) in enumerate(times):
        evaluation = Evaluation(f"{zlib.crc32(str(index).encode()):08x}-{index}", model, candidate, params, fold)
        took[evaluation.key] = seconds
        plan.add(Pending(evaluation))
    queue: list[list[Pending]] = []  # with the scheduler: given out, not begun
    free, ending = list(range(engines)), []
    now, number = 0.0, 0
    while True:
        while len(queue) + len(ending) < plan.window(engines) and (bundle := plan.next(engines)):
            queue.append(bundle)
        while free and queue:
            bundle, engine = queue.pop(0), free.pop()
            number += 1
            heapq.heappush(
                ending, (now + MESSAGE + sum(took[e.evaluation.key] for e in bundle), number, engine, bundle)
            )
        if not ending:
            return now
        now, _, engine, bundle = heapq.heappop(ending)
        free.append(engine)
        for pending in bundle:
            plan.learn(pending.evaluation, took[pending.evaluation.key])


def bound(times: list[tuple[str, dict, int, int, float]], engines: int) -> float:
    """Return what no schedule can beat: the larger of the mean load and the longest evaluation."""
    seconds = [entry[-1] for entry in times]
    return max(sum(seconds) / engines, max(seconds))
