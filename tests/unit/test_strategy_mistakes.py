"""A mistake in a strategy or a rule for stopping is one line with its key, before any job starts."""

import sys
from pathlib import Path

import optuna
import pytest

from foldwork.errors import FoldworkError
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import validate

SCHEMA = Path(__file__).parents[2] / "workflow/schemas/config.schema.json"
DRAWN = {"C": {"loguniform": [0.1, 10]}}


def tpe(sampler, **arguments):
    return {"tpe": {"sampler": {"class": f"optuna.samplers.{sampler}", **arguments}}}


def checked(strategy, space=None, stop=None, cls="sklearn.svm.SVC", cv=None):
    search = {"splits": "f", "models": {"m": {"estimator": {"class": cls}, "space": space or {"C": [1, 2]}}}}
    search |= {"strategy": strategy} | ({"stop": stop} if stop else {})
    config = validate(
        {
            "datasets": {"d": {"load": "sklearn.datasets.load_iris"}},
            "splits": {"f": {"dataset": "d", "cv": cv or {"class": "KFold"}}},
            "searches": {"s": search},
        },
        SCHEMA,
    )
    return config, check_config(config)


@pytest.mark.parametrize(
    ("strategy", "space", "stop", "words"),
    [
        ({"grid": {}}, DRAWN, None, "m.space.C.loguniform: needs a strategy that samples, and 'grid' does not"),
        ({"halving": {}}, DRAWN, None, "'halving without n_candidates' does not"),
        ({"racing": {}}, DRAWN, None, "'racing without n_iter' does not"),
        ({"random": {"n_iter": 0}}, DRAWN, None, "strategy.random.n_iter: must be 1 or more, not 0"),
        ({"random": {"n_iter": 10**7}}, DRAWN, None, "n_iter: must be 1000000 or less"),
        ({"random": {"random_state": 2**32}}, DRAWN, None, "random_state: must be 4294967295 or less"),
        ({"random": {}}, {"C": {"randint": [1.5, 3]}}, None, "C.randint: must be two whole numbers"),
        ({"random": {}}, {"C": {"uniform": [-1e308, 1e308]}}, None, "C.uniform: is too wide"),
        ({"halving": {"factor": 1}}, None, None, "factor: must be above 1, not 1"),
        ({"halving": {"factor": float("nan")}}, None, None, "factor: must be a finite number"),
        ({"halving": {"resource": "n_smaples"}}, None, None, "resource: unknown resource 'n_smaples'; did you mean"),
        ({"halving": {"resource": "degre", "max_resources": 9}}, None, None, "resource: model m has no parameter 'degre'"),
        ({"halving": {"resource": "kernel", "max_resources": 9}}, None, None, "kernel of model m is no whole number"),
        ({"halving": {"resource": "degree"}}, None, None, "max_resources: must be a number, as the resource is degree"),
        ({"halving": {"resource": "C", "max_resources": 9}}, None, None, "resource: C is in the space of model m, too"),
        ({"halving": {"n_candidates": "exhaust"}}, DRAWN, None, "n_candidates: exhaust needs min_resources"),
        ({"halving": {"min_resources": "least"}}, None, None, "min_resources: must be a whole number or exhaust or smallest"),
        ({"halving": {"min_resources": 50, "max_resources": 5}}, None, None, "halving.min_resources: is 50, more than max_resources: must be 5 or less"),
        ({"hyperband": {"min_resources": 50, "max_resources": 5}}, DRAWN, None, "hyperband.min_resources: is 50, more than max_resources"),
        ({"halving": {"max_resources": 9}}, None, None, "halving.max_resources: is 9, and splits f have 5 folds: must be 10 or more, two rows for each"),
        ({"halving": {"resource": "degree", "max_resources": 9, "keep_groups": True}}, None, None, "keep_groups: goes with resource: n_samples alone, not with degree"),
        ({"halving": {"resource": "n_trees"}}, None, None, "resource: model m has no parameter 'n_trees'; its whole numbers are cache_size, degree, max_iter"),
        ({"halving": {"resource": "max_iters"}}, None, None, "resource: model m has no parameter 'max_iters'; did you mean 'max_iter'?"),
        ({"hyperband": {"min_resources": "exhaust"}}, DRAWN, None, "min_resources: must be a whole number or smallest"),
        ({"racing": {"burn_in": 1}}, None, None, "burn_in: must be 2 or more, not 1"),
        ({"racing": {"test": "friedmann"}}, None, None, "did you mean 'friedman'?"),
        ({"racing": {"alpha": 1}}, None, None, "alpha: must be below 1, not 1"),
        ({"tpe": {"sampler": {}}}, DRAWN, None, "strategy.tpe.sampler.class: is missing"),
        (tpe("TPESamplr"), DRAWN, None, "strategy.tpe.sampler.class: 'optuna.samplers.TPESamplr': optuna.samplers has no 'TPESamplr'; did you mean 'TPESampler'?"),
        (tpe("TPESampler", n_startup=3), DRAWN, None, "strategy.tpe.sampler.n_startup: TPESampler has no parameter 'n_startup'; did you mean 'n_startup_trials'?"),
        (tpe("PartialFixedSampler", fixed_params={}, base_sampler={"class": "optuna.samplers.X"}), DRAWN, None, "tpe.sampler.base_sampler.class: 'optuna.samplers.X'"),
        (tpe("NSGAIISampler", population_size=1), DRAWN, None, "tpe.sampler.population_size: "),
        ({"tpe": {"sampler": {"class": "sklearn.svm.SVC"}}}, DRAWN, None, "tpe.sampler.class: sklearn.svm.SVC is no sampler of Optuna, such as"),
        ({"tpe": {"sampler": {"class": "sklearn.model_selection.GridSearchCV"}}}, DRAWN, None, "GridSearchCV is no sampler of Optuna, such as"),
        ({"tpe": {"sampler": {"class": "optuna.samplers"}}}, DRAWN, None, "tpe.sampler.class: 'optuna.samplers' cannot be called"),
        ({"tpe": {"sampler": {"class": 3}}}, DRAWN, None, "tpe.sampler.class: must be a string (such as optuna.samplers.TPESampler), not the number 3"),
        (tpe("BaseSampler"), DRAWN, None, "tpe.sampler: Can't instantiate abstract class BaseSampler"),
        ({"evolution": {"population": 1}}, DRAWN, None, "population: must be 2 or more, not 1"),
        ({"evolution": {"algorithm": "genetics"}}, DRAWN, None, "did you mean 'genetic'?"),
        ({"evolution": {"algorithm": "cma_es"}}, None, None, "evolution.algorithm: cma_es needs numbers (loguniform, uniform or randint), and C of model m has"),
        ({"evolution": {"algorithm": "pso"}}, [DRAWN, DRAWN], None, "algorithm: pso needs one mapping of numbers, and the space of model m has 2; use genetic"),
        ({"racing": {"burn_in": 5}}, None, None, "racing.burn_in: is 5, and splits f have 5 folds: must be below 5, or nobody could be dropped"),
        ({"random": {}, "grid": {}}, None, None, "strategy: must have one key"),
        ({"grid": {}}, None, {"seconds": 0}, "stop.seconds: must be above 0, not 0"),
        ({"grid": {}}, None, {"score": float("inf")}, "stop.score: must be a finite number"),
        ({"grid": {}}, None, {"evaluation": 5}, "did you mean 'evaluations'?"),
        ({"grid": {}}, None, {"min_delta": 0.1}, "stop.min_delta: belongs to 'patience'; write for example {patience: 50, min_delta: 0.1}"),
        ({"halving": {}}, None, {"patience": 5}, "stop.patience: cannot be used with halving"),
        ({"racing": {}}, None, {"seconds": 5}, "stop.seconds: cannot be used with racing"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_key(strategy, space, stop, words):
    with pytest.raises(FoldworkError) as raised:
        checked(strategy, space, stop)
    line = str(raised.value)
    assert line.startswith("config: searches.s.") and "\n" not in line and words in line


def test_a_race_on_as_many_folds_as_its_default_burn_in_is_refused_where_the_splitter_tells_their_number():
    with pytest.raises(FoldworkError, match="burn_in: is 3, and splits f have 3 folds: must be below 3"):
        checked({"racing": {}}, cv={"class": "KFold", "n_splits": 3})
    checked({"racing": {}}, cv={"class": "LeaveOneOut"})  # depends on the data


@pytest.mark.parametrize(("sampler", "package"), [("CmaEsSampler", "cmaes"), ("GPSampler", "torch")])
@pytest.mark.parametrize("arguments", [{}, {"n_startup_trials": 500}])
def test_a_package_that_a_sampler_needs_is_named(sampler, package, arguments, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        FoldworkError, match=rf"tpe\.sampler(\.class)?: needs the package {package}, which is not installed$"
    ):
        checked(tpe(sampler, **arguments), DRAWN)


@pytest.mark.parametrize(
    "strategy",
    [
        tpe("GridSampler", search_space={"C": [1, 2]}),
        tpe("PartialFixedSampler", fixed_params={"C": 1.0}, base_sampler={"class": "optuna.samplers.RandomSampler"}),
        tpe("NSGAIISampler", population_size=8),
        tpe("QMCSampler"),
    ],
    ids=lambda strategy: strategy["tpe"]["sampler"]["class"].rpartition(".")[2],
)
def test_a_sampler_that_can_be_used_passes(strategy):
    assert checked(strategy, DRAWN)[1] == []


def test_a_sampler_without_a_seed_is_refused(monkeypatch):
    monkeypatch.setattr(
        optuna.samplers,
        "Unseeded",
        type("Unseeded", (optuna.samplers.RandomSampler,), {"__init__": lambda self: None}),
        raising=False,
    )
    with pytest.raises(FoldworkError, match=r"tpe\.sampler\.class: optuna.samplers.Unseeded takes no `seed`"):
        checked(tpe("Unseeded"), DRAWN)


@pytest.mark.parametrize(("strategy", "package"), [("tpe", "optuna"), ("evolution", "deap")])
def test_the_package_of_a_strategy_is_named_where_it_is_missing(strategy, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        FoldworkError,
        match=rf"strategy\.{strategy}: the package {package} is not installed; pip install foldwork\[{strategy}\]",
    ):
        checked({strategy: {}}, DRAWN)


def test_a_search_that_names_no_sampler_does_not_import_optuna(monkeypatch):
    monkeypatch.delitem(sys.modules, "optuna", raising=False)
    checked({"tpe": {}}, DRAWN)
    assert "optuna" not in sys.modules


def test_whole_numbers_may_be_written_as_floats():
    config, _ = checked({"halving": {"min_resources": 20.0, "factor": 3.0, "random_state": 1.0}})
    arguments = config["searches"]["s"]["strategy"]["halving"]
    assert arguments == {"min_resources": 20, "factor": 3, "random_state": 1}
    assert all(isinstance(value, int) for value in arguments.values())


def test_more_candidates_than_a_space_has_is_a_warning_as_in_scikit_learn():
    _, warnings = checked({"random": {"n_iter": 9}})
    assert warnings == [
        "config: searches.s.strategy.random.n_iter: model m has only 2 candidates, fewer than 9; all are taken"
    ]


@pytest.mark.parametrize(
    ("n_candidates", "cost"),
    [(9, "brackets 2, 1, 0 are left out"), (40, "bracket 0 is left out"), (48, "the last bracket has fewer")],
)
def test_too_few_candidates_for_the_brackets_of_hyperband_are_a_warning(n_candidates, cost):
    strategy = {"hyperband": {"resource": "max_iter", "max_resources": 27}}
    _, warnings = checked(strategy, {"C": {"range": [1, n_candidates + 1]}})
    assert warnings == [
        f"config: searches.s.strategy.hyperband: model m has only {n_candidates} candidates, and its 4 brackets begin with 27 + 12 + 6 + 4 = 49; {cost}"
    ]
    assert checked(strategy, {"C": {"range": [1, 50]}})[1] == checked(strategy, DRAWN)[1] == []


def test_groups_that_a_table_does_not_have_cannot_be_kept_whole():
    settings, _ = checked({"halving": {"keep_groups": True}})  # a loader may bring groups
    settings["datasets"]["d"] = {"file": "a.csv", "target": "y"}
    with pytest.raises(
        FoldworkError, match=r"halving\.keep_groups: needs groups: name a column in datasets\.d\.groups"
    ):
        check_config(settings)
