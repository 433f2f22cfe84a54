"""The best so far, as the progress line and `foldwork status` say it."""

import io

from foldwork.commands.status import Status, as_text
from foldwork.execution.progress import Progress
from foldwork.records import formatting
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.evaluation import Evaluation


def evaluation(candidate, fold):
    return Evaluation(f"{candidate}-{fold}", "svc", candidate, {"C": candidate}, fold)


def add(best, candidate, fold, score):
    best.add(evaluation(candidate, fold), score)


def test_the_best_complete_candidate_is_said_and_beside_it_an_incomplete_one_while_its_mean_is_higher():
    best = BestSoFar(2)
    assert best.found() is None and str(best) == ""
    add(best, 1, 0, 0.96)
    assert str(best) == "best 0.9600 svc(C=1) (not all folds)"
    add(best, 2, 0, 0.10)
    add(best, 2, 1, 0.11)
    assert str(best) == "best 0.1050 svc(C=2); ahead after 1 fold: 0.9600 svc(C=1)"
    add(best, 1, 1, 0.98)
    assert str(best) == "best 0.9700 svc(C=1)"
    add(best, 3, 0, float("nan"))
    add(best, 3, 1, 0.5)
    assert str(best) == "best 0.9700 svc(C=1)"


def test_the_start_of_engines_does_not_count_as_running_time():
    progress = Progress("s", BestSoFar(1), io.StringIO())
    assert progress.seconds() == 0.0
    progress.begin()
    assert progress.seconds() > 0.0


def test_the_best_may_be_the_lowest():
    best = BestSoFar(1, lower_is_better=True)
    for candidate, score in enumerate((3.0, 1.0, 2.0)):
        add(best, candidate, 0, score)
    assert best.found()["score"] == 1.0 and best.found()["params"] == {"C": 1}


def test_a_search_without_a_score_is_shown_and_says_that_nothing_has_succeeded():
    assert formatting.best(None) == ""
    fresh = Status("new", "running", 10, 0, 0, 2)
    failing = Status("bad", "running", 10, 4, 4, 2, failures={"ValueError": 4})
    assert as_text([fresh, failing]).startswith("new: running · 0 of 10 done")
    assert "nothing has succeeded so far" in as_text([failing])
    assert "nothing has succeeded so far" not in as_text([fresh])
    progress = Progress("bad", BestSoFar(2), io.StringIO())
    assert "nothing has succeeded so far" not in str(progress)
    progress.add(failed=True)
    assert "nothing has succeeded so far" in str(progress)
