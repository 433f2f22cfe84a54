"""What docs/design.md says of a new strategy, command, picture, launcher and finding is enough: each is added here by its module and one other place."""

import contextlib
import importlib.util
import json
import sys
import types
from pathlib import Path

import pytest

from foldwork import commands, pictures, strategies
from foldwork.commands import cli
from foldwork.engines import launchers
from foldwork.errors import FoldworkError
from foldwork.records.request import Request
from foldwork.results.findings import registry
from foldwork.results.findings.finding import Finding
from foldwork.strategies.by_name import strategies_of
from foldwork.strategies.interface import Data
from foldwork.study.config import validate

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.json"
CONFIG = {
    "datasets": {"d": {"load": "sklearn.datasets.load_iris"}},
    "splits": {"f": {"dataset": "d", "cv": {"class": "KFold"}}},
}
STRATEGY = """
from foldwork.strategies.interface import Proposal
from foldwork.strategies.one_round import OneRound
from foldwork.strategies.sampling import draw

def strategies(spaces, data, *, n=1):
    return [OneRound(Proposal(model, 0, draw(space, n, 0)[0]) for model, space in spaces.items())]
"""
COMMAND = """
HELP = "Say hello."

def add_arguments(parser):
    parser.add_argument("name")

def run(options):
    print(f"hello, {options.name}")
"""
PICTURE = """
def plot(inputs, path, *, words):
    path.write_text(f"{words} {inputs['scores'].name}")
"""


def toy_module(package, source, folder, monkeypatch):
    """Add a module `toy` to a subpackage for one test."""
    (folder / "toy.py").write_text(source)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    monkeypatch.delitem(sys.modules, f"{package.__name__}.toy", raising=False)


def checked(folder, keywords, **more):
    """Return the strategy's part of a config, checked by a schema that has the strategy `toy`."""
    schema = json.loads(SCHEMA.read_text())
    known = schema["$defs"]["search"]["properties"]["strategy"]["properties"]
    known["toy"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"n": {"type": "integer"}},
        **keywords,
    }
    (folder / "schema.json").write_text(json.dumps(schema))
    model = {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": {"uniform": [1, 2]}}}
    search = {"splits": "f", "models": {"m": model}, "strategy": {"toy": {"n": 1}}, **more}
    return validate({**CONFIG, "searches": {"s": search}}, folder / "schema.json")["searches"]["s"]


def test_a_strategy_is_a_module_and_its_part_of_the_schema(tmp_path, monkeypatch):
    toy_module(strategies, STRATEGY, tmp_path, monkeypatch)
    (found,) = strategies_of(checked(tmp_path, {"x-draws": True}), Data(5))
    (proposal,) = found.ask()
    assert 1 <= proposal.params["C"] <= 2


@pytest.mark.parametrize(
    ("keywords", "more", "words"),
    [
        ({}, {}, "needs a strategy that samples, and 'toy' does not"),
        ({"x-draws": "seed"}, {}, "'toy without seed' does not"),
        ({"x-draws": True}, {"stop": {"patience": 3}}, "stop.patience: cannot be used with toy"),
        ({"x-draws": True}, {"inner": {"class": "KFold"}}, "strategy.toy: cannot be used with 'inner'"),
    ],
)
def test_of_a_strategy_nothing_is_taken_for_granted_that_its_schema_does_not_say(tmp_path, keywords, more, words):
    with pytest.raises(FoldworkError, match=words):
        checked(tmp_path, keywords, **more)
    assert checked(tmp_path, {"x-draws": True, "x-in-full": True}, **more)


def test_a_config_key_reaches_engines_without_being_named_on_the_way():
    model = {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": [1, 2]}}
    spec = {"models": {"m": model}, "scoring": [], "strategy": {"grid": {}}, "curve": {"values": [1, 2]}, "toy": 3}
    task = Request("search", "s", spec, (), 1, {}).task()
    assert task["toy"] == 3 and task["models"] == {"m": model["estimator"]}
    assert not task.keys() & {"strategy", "curve"}, "they may be large"


def test_a_command_is_a_module_and_its_name(tmp_path, monkeypatch, capsys):
    toy_module(commands, COMMAND, tmp_path, monkeypatch)
    monkeypatch.setattr(cli, "COMMANDS", (*cli.COMMANDS, "toy"))
    assert cli.main(["toy", "world"]) == 0
    assert capsys.readouterr().out == "hello, world\n"


class Params(dict):
    """Named params of a rule, as a script gets them."""

    picture = property(lambda self: self["picture"])


def test_a_picture_is_a_module_and_a_rule(tmp_path, monkeypatch):
    toy_module(pictures, PICTURE, tmp_path, monkeypatch)
    spec = importlib.util.spec_from_file_location("plot", ROOT / "workflow/scripts/plot.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "job", contextlib.nullcontext)
    inputs = {"scores": "results/scores.csv", "absent": []}
    params = Params(picture="toy", caption="A toy.", words="made from")
    script.main(types.SimpleNamespace(input=inputs, output=[tmp_path / "toy.png"], params=params))
    assert (tmp_path / "toy.png").read_text() == "made from scores.csv"


def test_a_launcher_is_a_class_and_its_place_among_the_batch_systems(monkeypatch):
    class Toy(launchers.Local):
        name = "toy"
        submission = classmethod(lambda cls: {"queue": "short"})

    monkeypatch.setattr(launchers, "BATCH_SYSTEMS", (Toy,))
    assert launchers.in_batch_job() and launchers.named("toy") is Toy
    assert launchers.submission() == {"launcher": "toy", "options": {"queue": "short"}}
    assert isinstance(launchers.launcher_of_job(None, 3)[0], Toy)


def test_a_finding_is_a_function_and_its_place_in_the_list(monkeypatch):
    monkeypatch.setattr(registry, "FINDINGS", (lambda evidence: [Finding("toy", "a line", {"n": evidence})],))
    assert registry.find(3) == [{"finding": "toy", "text": "a line", "n": 3}]
