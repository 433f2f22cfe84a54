"""Every private part of another package that foldwork uses is as foldwork takes it to be. One test a use; what it prints names what has changed.

Private is a name with an underscore, and a class or attribute that the package's documentation does not describe. A test that fails with a new
version says which use must be looked at before that version is allowed in pyproject.toml.
"""

import ast
import inspect
import json
import multiprocessing
import re
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import psutil
import pytest

import foldwork
from foldwork import sklearn_private
from foldwork.engines.launchers import Local
from foldwork.engines.session import Session

PRIVATE = "engines.ipyparallel_private"


def test_private_parts_of_ipyparallel_are_used_in_one_module_alone():
    root = Path(foldwork.__file__).parent
    named = re.compile(
        r"\b(from|import) (ipyparallel\.|ipykernel|traitlets|IPython|jupyter)|ipcontroller-|_query_socket|IPP_"
    )
    found = {str(path.relative_to(root)) for path in root.rglob("*.py") if named.search(path.read_text())}
    assert found == {"engines/ipyparallel_private.py"}


# ---- ipyparallel, on a controller and an engine of foldwork's own


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A session with one engine: (session, client, path of its log)."""
    folder = tmp_path_factory.mktemp("session")
    with open(folder / "log", "w") as log:
        session = Session(folder / "run", Local(), 1, log=log)
        try:
            client = session.connect()
            deadline = time.monotonic() + 120
            while not client.ids:
                assert time.monotonic() < deadline, f"no engine has registered: {(folder / 'log').read_text()}"
                time.sleep(0.05)
            yield session, client, folder / "log"
        finally:
            session.close()


def _answer(future):
    return future.result(timeout=60)


@pytest.mark.parametrize("name", ["_futures", "_output_futures"])
def test_the_client_keeps_futures_by_message_id(running, name):
    _, client, _ = running
    future = client.load_balanced_view(retries=0).apply_async(time.sleep, 1.0)
    kept = getattr(client, name, None)
    said = f"ipyparallel's Client.{name} has changed: it is no dict of what is in flight by message id (engines.ipyparallel_private.drop_task)"
    assert isinstance(kept, dict) and set(future.msg_ids) <= kept.keys(), said
    _answer(future)


@pytest.mark.parametrize("owner", ["Client", "View"])
def test_a_history_is_a_list_that_may_be_cleared(running, owner):
    _, client, _ = running
    view = client.load_balanced_view(retries=0)
    future = view.apply_async(time.sleep, 0.0)
    _answer(future)
    history = (client if owner == "Client" else view).history
    said = f"ipyparallel's {owner}.history has changed: it is no list of message ids (engines.ipyparallel_private.drop_task)"
    assert isinstance(history, list) and set(future.msg_ids) <= set(history), said
    history.clear()
    after = view.apply_async(abs, -1)
    assert _answer(after) == 1, (
        f"ipyparallel's {owner}.history has changed: it must not be cleared (engines.ipyparallel_private.drop_task)"
    )


def test_nothing_is_kept_of_an_answer_that_is_purged_by_its_message_id(running):
    _, client, _ = running
    future = client.load_balanced_view(retries=0).apply_async(time.sleep, 0.0)
    _answer(future)
    ids = list(future.msg_ids)
    client.purge_local_results(ids)
    kept = [name for name in ("results", "metadata") if any(one in getattr(client, name) for one in ids)]
    assert not kept, (
        f"ipyparallel's Client.purge_local_results has changed: {kept} keep an answer (engines.ipyparallel_private.drop_task)"
    )


def test_an_answer_tells_the_id_of_its_engine(running):
    _, client, _ = running
    future = client.load_balanced_view(retries=0).apply_async(time.sleep, 0.0)
    _answer(future)
    said = (
        "ipyparallel's AsyncResult.metadata has changed: no dict with engine_id (engines.ipyparallel_private.engine_id)"
    )
    assert isinstance(future.metadata, dict) and future.metadata.get("engine_id") in client.ids, said


def test_a_call_is_packed_by_function_arguments_and_keywords():
    from ipyparallel.serialize import pack_apply_message

    packed = pack_apply_message(time.sleep, ({},), {})
    said = "ipyparallel's serialize.pack_apply_message has changed: no list of buffers (engines.ipyparallel_private.warm_up)"
    assert isinstance(packed, list) and packed, said


def test_what_an_engine_prints_goes_where_redirect_output_says(running):
    _, client, log = running
    word = "printed-by-an-engine"
    _answer(client.load_balanced_view(retries=0).apply_async(print, word, flush=True))
    said = "ipyparallel's IPEngine.redirect_output has changed: it is not what sets an engine's output (engines.ipyparallel_private.run_engine)"
    assert f"{word}\n" in log.read_text(), said


def test_connection_files_lie_where_they_are_read_and_hold_what_is_read(running):
    session, _, _ = running
    security = session.directory / "security"
    found = sorted(path.name for path in security.iterdir())
    said = (
        f"ipyparallel's names of connection files have changed: {found} (engines.ipyparallel_private.connection_files)"
    )
    assert found == ["ipcontroller-client.json", "ipcontroller-engine.json"], said
    engine = json.loads((security / "ipcontroller-engine.json").read_text())
    missing = {"interface", "location", "registration"} - engine.keys()
    assert not missing, (
        f"ipyparallel's connection file has changed: it has no {missing} (engines.ipyparallel_private.registration_address)"
    )
    assert engine["interface"].partition("://")[2], "ipyparallel's connection file has changed: interface is no URL"
    said = "ipyparallel's IPP_ENABLE_CURVE has changed: the controller does not encrypt (engines.ipyparallel_private.run_controller)"
    assert engine.get("curve_serverkey"), said


def test_an_engine_that_is_unregistered_gets_no_task_and_those_it_has_come_back_even_where_the_runs_folder_is_gone(
    running,
):
    """The last test of this session: its engine is gone after it."""
    session, client, _ = running
    shutil.rmtree(session.directory)
    future = client.load_balanced_view(retries=0).apply_async(time.sleep, 600.0)
    time.sleep(1.0)  # until the engine has it
    (engine,) = client.ids
    socket = getattr(client, "_query_socket", None)
    assert socket is not None, (
        "ipyparallel's Client._query_socket has changed: it is gone (engines.ipyparallel_private.unregister)"
    )
    client.session.send(socket, "unregistration_request", content={"id": engine})
    deadline = time.monotonic() + 60
    while client.ids and time.monotonic() < deadline:
        time.sleep(0.05)
    said = (
        "ipyparallel's unregistration_request or Hub.engine_state_file has changed: the Hub does not drop the engine "
        "(engines.ipyparallel_private.unregister, run_controller)"
    )
    assert not client.ids, said
    error = future.exception(timeout=60)
    said = f"ipyparallel's EngineError has changed: a task whose engine is lost gives {error!r} (engines.ipyparallel_private.remote_error)"
    assert getattr(error, "ename", type(error).__name__) == "EngineError", said


# ---- ipyparallel's and IPython's settings


@pytest.mark.parametrize(
    "path",
    [
        "ipyparallel.controller.app.IPController.ip",
        "ipyparallel.controller.app.IPController.monitor_ip",
        "ipyparallel.controller.app.IPController.location",
        "ipyparallel.controller.app.IPController.use_threads",
        "ipyparallel.controller.app.IPController.db_class",
        "ipyparallel.controller.app.IPController.broadcast_scheduler_depth",
        "ipyparallel.controller.app.IPController.log_level",
        "ipyparallel.controller.heartmonitor.HeartMonitor.period",
        "ipyparallel.controller.heartmonitor.HeartMonitor.max_heartmonitor_misses",
        "ipyparallel.controller.task_scheduler.TaskScheduler.hwm",
        "ipyparallel.engine.app.IPEngine.enable_nanny",
        "ipyparallel.engine.app.IPEngine.timeout",
        "ipyparallel.engine.app.IPEngine.max_heartbeat_misses",
        "ipyparallel.engine.app.IPEngine.log_level",
        "IPython.core.profiledir.ProfileDir.location",
        "IPython.core.history.HistoryManager.enabled",
    ],
)
def test_a_setting_that_is_configured_is_there(path):
    # An unknown name in a traitlets config is ignored without a word.
    import importlib

    module, name, setting = path.rsplit(".", 2)
    found = getattr(importlib.import_module(module), name)
    said = f"{path} has changed: there is no such setting (engines.ipyparallel_private)"
    assert setting in found.class_trait_names(config=True), said


def test_tasks_and_replies_are_sent_by_streams_that_can_be_flushed():
    import inspect

    from ipyparallel.controller.task_scheduler import TaskScheduler
    from ipyparallel.engine.app import Kernel
    from zmq.eventloop.zmqstream import ZMQStream

    said = "ipyparallel's TaskScheduler.submit_task has changed: it sends no task by engine_stream (engines.ipyparallel_private.run_controller)"
    assert "self.engine_stream.send_multipart(" in inspect.getsource(TaskScheduler.submit_task), said
    said = "ipyparallel's Kernel.apply_request has changed: it takes no stream to reply by (engines.ipyparallel_private.run_engine)"
    assert list(inspect.signature(Kernel.apply_request).parameters) == ["self", "stream", "ident", "parent"], said
    assert callable(ZMQStream.flush)


def test_the_controller_can_keep_no_database():
    from ipyparallel.controller.app import IPController
    from traitlets.config import Config

    config = Config()
    config.IPController.db_class = "ipyparallel.controller.dictdb.NoDB"
    found = IPController(config=config).db_class
    said = "ipyparallel's controller.dictdb.NoDB has changed (engines.ipyparallel_private.run_controller)"
    assert getattr(found, "__name__", "") == "NoDB", said


def test_the_controller_writes_its_connection_files_before_it_starts():
    from ipyparallel.controller.app import IPController

    changed = "ipyparallel's IPController has changed:"
    assert "start" in vars(IPController), (
        f"{changed} it has no start of its own (engines.ipyparallel_private.run_controller)"
    )
    for name in ("engine_json_file", "client_json_file"):
        said = f"{changed} {name} is no setting with a file's name (engines.ipyparallel_private.run_controller)"
        assert str(getattr(IPController(), name, "")).endswith(".json"), said
    said = f"{changed} it has no profile_dir with a security_dir (engines.ipyparallel_private.run_controller)"
    assert "profile_dir" in IPController.class_trait_names(), said
    from IPython.core.profiledir import ProfileDir

    assert "security_dir" in ProfileDir.class_trait_names(), said


def test_the_heart_monitor_is_a_process_whose_class_can_be_replaced_by_one_that_ends_with_its_parent(running):
    from ipyparallel.controller import app

    said = f"ipyparallel's controller has changed: its heart monitor is no multiprocessing.Process ({PRIVATE}.run_controller)"
    assert getattr(app, "Process", None) is multiprocessing.Process, said
    session, _, _ = running
    (monitor,) = psutil.Process(session._controller.pid).children()
    found = inspect.getsource(app.IPController)
    said = f"ipyparallel's controller has changed: it starts no heart monitor by Process ({PRIVATE}.run_controller)"
    assert "heartmonitor_process = Process(" in found and monitor.is_running(), said


def test_a_child_of_multiprocessing_knows_its_parent_and_a_descriptor_that_ends_with_it():
    code = (
        "import multiprocessing, os\n"
        "def child(answer):\n"
        "    parent = multiprocessing.parent_process()\n"
        "    answer.send((parent.pid, parent.sentinel))\n"
        "if __name__ == '__main__':\n"
        "    ours, theirs = multiprocessing.Pipe()\n"
        "    process = multiprocessing.get_context('fork').Process(target=child, args=(theirs,))\n"
        "    process.start()\n"
        "    pid, sentinel = ours.recv()\n"
        "    print(pid == os.getpid(), type(sentinel).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    said = f"Python's multiprocessing.parent_process has changed ({PRIVATE}.TiedProcess): {done.stderr}"
    assert done.stdout.split() == ["True", "int"], said


def test_an_engine_takes_its_connection_from_the_environment(monkeypatch):
    from ipyparallel.engine.app import IPEngine

    monkeypatch.setenv("IPP_CONNECTION_INFO", "{}")
    said = "ipyparallel's IPP_CONNECTION_INFO has changed: an engine does not read it (engines.ipyparallel_private.run_engine)"
    assert getattr(IPEngine(), "connection_info_env", None) == "{}", said


def test_an_engine_redirects_its_output_by_one_method_with_one_argument():
    from ipyparallel.engine.app import IPEngine

    found = list(inspect.signature(IPEngine.redirect_output).parameters)
    said = (
        f"ipyparallel's IPEngine.redirect_output has changed: it takes {found} (engines.ipyparallel_private.run_engine)"
    )
    assert found == ["self", "iopub_socket"], said


def test_an_engine_publishes_its_state_by_one_method():
    from ipykernel.kernelbase import Kernel
    from ipyparallel.engine import app

    assert callable(getattr(Kernel, "_publish_status", None)), (
        "ipykernel's Kernel._publish_status has changed: engines send their state after each bundle (engines.ipyparallel_private.run_engine)"
    )
    assert issubclass(getattr(app, "Kernel", type), Kernel), (
        "ipyparallel's engine.app.Kernel has changed: it is not the engines' class (engines.ipyparallel_private.run_engine)"
    )


def test_ipykernel_does_without_its_debugger():
    code = (
        "import sys; sys.modules['debugpy'] = None\n"
        "import ipyparallel.engine.app, ipykernel.debugger\n"
        "del sys.modules['debugpy']\n"
        "print(any(name.startswith('debugpy') for name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    said = f"ipykernel.debugger has changed: it cannot be imported without debugpy (engines.ipyparallel_private.import_engine): {done.stderr}"
    assert done.returncode == 0, said
    assert done.stdout.strip() == "False", "ipykernel.debugger has changed: it imports debugpy all the same"


# ---- scikit-learn: all in foldwork.sklearn_private


def test_pipelines_check_their_steps():
    from sklearn.decomposition import PCA
    from sklearn.pipeline import Pipeline

    changed = "scikit-learn's Pipeline._validate_steps has changed: {} (sklearn_private.validate_steps)"
    assert hasattr(Pipeline, "_validate_steps"), changed.format("it is gone")
    sklearn_private.validate_steps(Pipeline([("scale", PCA())]))
    try:
        sklearn_private.validate_steps(Pipeline([("memory", PCA())]))
    except ValueError:
        return
    pytest.fail(changed.format("it does not refuse a step named memory"))


def test_classes_and_functions_have_constraints_on_their_parameters():
    from sklearn.metrics import accuracy_score
    from sklearn.svm import SVC

    changed = (
        "scikit-learn's {} has changed: no dict of parameter to constraints (sklearn_private.parameter_constraints)"
    )
    for name, owner, parameter in (
        ("_parameter_constraints", SVC, "C"),
        ("_skl_parameter_constraints", accuracy_score, "normalize"),
    ):
        assert isinstance(getattr(owner, name, None), dict), changed.format(name)
        found = sklearn_private.parameter_constraints(owner)
        assert isinstance(found.get(parameter), list), changed.format(name)
    assert sklearn_private.parameter_constraints(json.loads) == {}


def test_the_message_for_an_invalid_parameter_has_parts_that_can_be_separated():
    from sklearn.svm import SVC
    from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

    rules = {"kernel": SVC._parameter_constraints["kernel"]}
    with pytest.raises(InvalidParameterError) as raised:
        validate_parameter_constraints(rules, {"kernel": "rfb"}, caller_name="SVC")
    text = str(raised.value)
    changed = (
        f"scikit-learn's message for an invalid parameter has changed (sklearn_private.constraint_violation): {text}"
    )
    assert text.startswith("The 'kernel' parameter of SVC must be ") and text.endswith(". Got 'rfb' instead."), changed
    problem, words = sklearn_private.constraint_violation("kernel", "rfb", rules["kernel"], "SVC")
    assert problem.startswith("must be ") and problem.endswith(", not 'rfb'") and "rbf" in words, changed
    assert sklearn_private.constraint_violation("kernel", "rbf", rules["kernel"], "SVC") is None, changed


def test_constraints_have_a_type_and_may_be_hidden():
    from sklearn.utils._param_validation import (
        Hidden,
        Interval,
        MissingValues,
        Options,
        StrOptions,
        _InstancesOf,
        make_constraint,
    )

    changed = "scikit-learn's {} has changed (sklearn_private.string_violation)"
    assert make_constraint(StrOptions({"a"})).type is str, changed.format("StrOptions.type")
    assert isinstance(make_constraint(StrOptions({"a"})), Options), changed.format("Options")
    assert isinstance(make_constraint(str), _InstancesOf), changed.format("_InstancesOf")
    assert make_constraint(str).type is str, changed.format("_InstancesOf.type")
    assert isinstance(make_constraint(MissingValues()), MissingValues), changed.format("MissingValues")
    from numbers import Real

    interval = Interval(Real, 0, None, closed="left")
    number = make_constraint(interval)
    assert number.is_satisfied_by(1.0) and not number.is_satisfied_by("1"), changed.format("is_satisfied_by")
    assert not number.hidden and make_constraint(Hidden(StrOptions({"a"}))).hidden, changed.format("hidden")
    assert sklearn_private.string_violation("b", [interval, StrOptions({"a"})]) is None, changed.format("a constraint")
    assert sklearn_private.string_violation("b", [interval, None]).startswith("must be a float in the range"), changed


def test_estimators_that_take_a_square_matrix_have_a_tag_for_it():
    from sklearn.svm import SVC

    changed = "scikit-learn's __sklearn_tags__().input_tags.pairwise has changed (sklearn_private.needs_square_matrix)"
    assert SVC(kernel="precomputed").__sklearn_tags__().input_tags.pairwise is True, changed
    assert sklearn_private.needs_square_matrix(SVC(kernel="precomputed")), changed
    assert not sklearn_private.needs_square_matrix(SVC()), changed
    assert not sklearn_private.needs_square_matrix(object())


def test_rows_are_taken_by_the_function_that_gridsearchcv_takes_them_with():
    import sklearn.utils.metaestimators
    from sklearn.utils import _safe_indexing

    changed = "scikit-learn's utils._safe_indexing has changed: {} (sklearn_private.take_rows)"
    taken = getattr(sklearn.utils.metaestimators, "_safe_indexing", None)  # by _safe_split, which GridSearchCV calls
    assert taken is _safe_indexing, changed.format("GridSearchCV takes rows by another function")
    X = np.asfortranarray(np.arange(12.0).reshape(4, 3))
    found = sklearn_private.take_rows(X, np.array([2, 0]))
    assert np.array_equal(found, X[[2, 0]]), changed.format("it takes other rows")


def test_a_class_in_a_private_module_is_public_in_the_package_before_the_first_underscore():
    from sklearn.svm import SVC

    from foldwork.evaluation.step_key import public_path

    changed = "scikit-learn's private modules have changed (sklearn_private.public_module)"
    assert sklearn_private.public_module(SVC.__module__) == "sklearn.svm", changed
    assert public_path(SVC) == "sklearn.svm.SVC", changed


@pytest.mark.parametrize("name", ["RandomForest", "ExtraTrees", "GradientBoosting", "HistGradientBoosting", "AdaBoost"])
@pytest.mark.parametrize("task", ["Classifier", "Regressor"])
def test_an_ensemble_holds_a_part_for_each_stage_where_it_is_cut(name, task):
    import sklearn.ensemble

    from foldwork.evaluation.sharing_rules import ENSEMBLES

    parameter, parts = ENSEMBLES[f"sklearn.ensemble.{name}{task}"]
    random = np.random.RandomState(0)
    X = random.standard_normal((60, 3))
    y = X[:, 0] + 0.5 * random.standard_normal(60)
    y = y > 0 if task == "Classifier" else y
    fitted = getattr(sklearn.ensemble, f"{name}{task}")(**{parameter: 3}, random_state=0).fit(X, y)
    for part in parts:
        changed = (
            f"scikit-learn's {name}{task}.{part} has changed: no sequence with a part for each stage (ensembles.cut)"
        )
        assert len(getattr(fitted, part, ())) == 3, changed


def test_a_kernel_machine_without_a_probability_model_is_recognised():
    from sklearn.svm import SVC, NuSVC

    for cls in (SVC, NuSVC):
        changed = f"scikit-learn's {cls.__name__}.probability has changed (sklearn_private.predicts_probabilities)"
        assert not sklearn_private.predicts_probabilities(cls()), changed
        assert sklearn_private.predicts_probabilities(cls(probability=True)), changed


def test_remembered_parameter_names_are_those_of_the_constructor(monkeypatch):
    from sklearn.base import BaseEstimator
    from sklearn.utils import all_estimators

    assert isinstance(vars(BaseEstimator).get("_get_param_names"), classmethod), (
        "scikit-learn's BaseEstimator._get_param_names has changed: it is no method of the class (sklearn_private.remember_parameter_names)"
    )
    monkeypatch.setattr(BaseEstimator, "_get_param_names", vars(BaseEstimator)["_get_param_names"])

    class Varargs(BaseEstimator):
        def __init__(self, *args):
            pass

    class Mine(BaseEstimator):
        def __init__(self, b=1, a=2):
            self.a, self.b = a, b

    class Derived(Mine):
        pass

    classes = [BaseEstimator, Mine, Derived, *(found for _, found in all_estimators())]
    names = {each: each._get_param_names() for each in classes}
    sklearn_private.remember_parameter_names()
    for _ in range(2):  # the second time they are remembered
        assert {each: each._get_param_names() for each in classes} == names
        with pytest.raises(RuntimeError, match="no varargs"):
            Varargs._get_param_names()
    Mine._get_param_names().append("changed")
    assert Mine._get_param_names() == ["a", "b"]
    monkeypatch.setattr(Mine, "__init__", lambda self, c=1: None)
    assert Mine._get_param_names() == Derived._get_param_names() == ["c"]
    Mine.__init__.__signature__ = inspect.signature(lambda self, d=1: None)
    assert Mine._get_param_names() == ["d"]

    class NoHash(type):
        def __eq__(self, other):
            return self is other

    class Odd(BaseEstimator, metaclass=NoHash):
        def __init__(self, a=1):
            self.a = a

    assert Odd._get_param_names() == ["a"]


def test_a_new_estimator_has_no_attributes_but_its_parameters_until_it_is_fitted():
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    for found in (PCA(), StandardScaler()):
        changed = f"scikit-learn's {type(found).__name__}() has changed: it has other state than its parameters (step_key.listed)"
        assert vars(found).keys() == found.get_params(deep=False).keys(), changed


def test_set_output_leaves_a_mark_on_the_estimator():
    from sklearn.preprocessing import StandardScaler

    from foldwork.evaluation.sharing_rules import TRANSFORMERS
    from foldwork.evaluation.step_key import listed

    changed = "scikit-learn's set_output has changed: it leaves no attribute on the estimator (step_key.listed)"
    assert listed(StandardScaler().set_output(transform="pandas"), TRANSFORMERS) is None, changed


def test_the_warning_of_a_splitter_that_ignores_groups_is_recognised():
    from sklearn.model_selection import KFold

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        list(KFold(2).split(np.zeros((4, 1)), groups=[0, 0, 1, 1]))
    texts = [str(warning.message) for warning in caught]
    changed = f"scikit-learn's warning of ignored groups has changed: {texts} (sklearn_private.warns_of_ignored_groups)"
    assert texts and all(map(sklearn_private.warns_of_ignored_groups, texts)), changed


PRIVATE = {"_parameter_constraints", "_skl_parameter_constraints", "_validate_steps", "_safe_indexing", "_predictors"}


def private_names_of_sklearn(path: Path) -> list[str]:
    """Return the private names of scikit-learn that a module mentions, and its private modules that it imports."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "sklearn":
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] == "sklearn"]
        elif isinstance(node, ast.Attribute) and node.attr in PRIVATE:
            found.append(f".{node.attr}")
        elif isinstance(node, ast.Constant) and node.value in PRIVATE:
            found.append(f".{node.value}")
    return [name for name in found if "._" in name]


def test_private_names_of_scikit_learn_are_used_in_one_module_alone():
    root = Path(sklearn_private.__file__).parent
    found = {path.relative_to(root).as_posix(): private_names_of_sklearn(path) for path in root.rglob("*.py")}
    assert {module for module, names in found.items() if names} == {"sklearn_private.py"}
    assert {name.rpartition(".")[2] for name in found["sklearn_private.py"]} >= PRIVATE


# ---- NumPy


def test_a_memory_mapped_array_holds_its_mapping(tmp_path):
    import mmap

    array = np.memmap(tmp_path / "array", dtype=float, mode="w+", shape=(3,))
    said = "NumPy's memmap._mmap has changed: it is not the mapping (fold_files._Packed)"
    assert isinstance(getattr(array, "_mmap", None), mmap.mmap), said


def test_a_scorer_names_the_response_methods_that_it_may_call():
    from sklearn.metrics import check_scoring
    from sklearn.svm import SVC

    changed = "scikit-learn's scorers have changed (sklearn_private.response_methods)"
    several = check_scoring(SVC(), scoring=["accuracy", "roc_auc", "neg_log_loss"], raise_exc=False)
    found = [("predict",), ("decision_function", "predict_proba"), ("predict_proba",)]
    assert sklearn_private.response_methods(several) == found, changed
    assert sklearn_private.response_methods(check_scoring(SVC(), scoring="f1")) == [("predict",)], changed
    assert sklearn_private.response_methods(lambda estimator, X, y: 0) is None, changed
    assert sklearn_private.response_methods(check_scoring(SVC())) is None, changed


def test_the_scorer_of_an_estimators_own_score_has_a_class():
    from sklearn.metrics import check_scoring
    from sklearn.svm import SVC

    changed = "scikit-learn's scorers have changed (sklearn_private.is_own_score)"
    assert sklearn_private.is_own_score(check_scoring(SVC())), changed
    assert not sklearn_private.is_own_score(check_scoring(SVC(), scoring="accuracy")), changed


def test_a_tuned_threshold_says_from_which_class_on_it_predicts():
    from sklearn.datasets import load_breast_cancer
    from sklearn.metrics import make_scorer, recall_score
    from sklearn.model_selection import TunedThresholdClassifierCV
    from sklearn.tree import DecisionTreeClassifier

    X, y = load_breast_cancer(return_X_y=True)
    for scoring, label in ((make_scorer(recall_score, pos_label=0), 0), ("f1", 1), ("accuracy", None)):
        classifier = TunedThresholdClassifierCV(DecisionTreeClassifier(max_depth=1), scoring=scoring, cv=2).fit(X, y)
        found = sklearn_private.pos_label_of_threshold(classifier)
        assert found == label, (
            "TunedThresholdClassifierCV keeps its scorer elsewhere (sklearn_private.pos_label_of_threshold)"
        )
