"""A record serves whoever asks, if nothing that differs can change a score that is asked for."""

import copy

import pytest

from foldwork.commands.forget import forget
from foldwork.records import reuse, serving
from foldwork.records.make_request import make_request
from foldwork.records.request import made_id, made_line
from foldwork.records.requested import Requested
from foldwork.records.serving import ReadReport, read_made, report_unused
from foldwork.results.results import Results
from foldwork.storage import ledger
from foldwork.storage.atomic_write import write_json
from foldwork.storage.file_names import LEDGER, REQUEST
from foldwork.storage.signed_json import write_signed
from foldwork.study.versions import digest

FOREST = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0}
SVC = {"class": "sklearn.svm.SVC"}
IMPUTER = {"class": "sklearn.impute.IterativeImputer", "sample_posterior": True, "random_state": 0}
RANDOM = [{"impute": IMPUTER}, {"svc": SVC}]
RECORD = {"status": "ok", "test": {"accuracy": 0.5}, "train": None, "error": None}
VALUES = {"accuracy": 0.5, "f1": 0.25, "roc_auc": 0.125, "score": 0.75}


@pytest.fixture
def ask(tmp_path):
    """Return a function that makes a request of three candidates on two folds."""

    def make(name="one", estimator=FOREST, space=None, folds=("a", "b"), cpus=1, **spec):
        manifest = tmp_path / "splits.json"
        write_signed(
            manifest, {"folds": [{"file": f"fold-{k}", "sha256": "", "digest": fold} for k, fold in enumerate(folds)]}
        )
        models = {"model": {"estimator": estimator, "space": {"n": [1, 2, 3]} if space is None else space}}
        spec = {"models": models, "scoring": ["accuracy"], "train_scores": False, "splits": "s", **spec}
        return make_request("search", name, spec, manifest, tmp_path, cpus)

    return make


def lines(asked, share=None, **more):
    """Return the ledger of a search that is done: `made` lines, then its records, all with the same scores."""
    asked = copy.deepcopy(asked)
    for made in asked.made.values():
        what = {name: value for name, value in made.items() if name != "id"}
        what["how"]["share"] = share
        made |= {"id": digest(what), **what}
    how, names = asked.spec, asked.metrics
    found = [made_line(made) for made in asked.made.values()]
    for e in Requested(asked).evaluations:
        test = {name: VALUES[name] for name in names}
        record = {"key": e.key, "made": asked.made[e.model]["id"], "model": e.model, "params": e.params}
        record |= {"fold": e.fold, "status": "ok", "test": test, "train": test if how["train_scores"] else None}
        found.append(record | {"error": None} | more)
    return found


def write(path, *records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(ledger.encode(record) + "\n" for record in records))
    return path


def served(asked, path):
    return sum(1 for _ in Requested(asked).records(path))


def test_a_record_serves_a_search_of_another_name_with_other_names_of_models_and_another_order_of_folds(ask, tmp_path):
    path = write(tmp_path / "l", *lines(ask()))
    other = ask(name="two", folds=("b", "c", "a"))
    other.spec["models"]["named anew"] = other.spec["models"].pop("model")
    other.made["named anew"] = other.made.pop("model")
    assert served(other, path) == 6 and len(list(Requested(other).evaluations)) == 9


def test_what_shares_the_work_of_a_class_of_ones_own_serves_only_a_search_that_names_that_class(ask, tmp_path):
    path = write(tmp_path / "l", *lines(ask(), route="shared", sharing=3, also=["mine.Scaler"]))
    assert served(ask(share={"also": ["mine.Scaler", "mine.Other"]}), path) == 6
    assert [served(ask(share=share), path) for share in (True, False, {"also": ["mine.Other"]})] == [0, 0, 0]
    asked, notes = ask(share=True), ReadReport()
    assert list(Requested(asked).records(path, report=notes)) == []
    (line,) = report_unused(notes, read_made(path), asked)
    assert "6 records of model are skipped" in line and "share work of mine.Scaler, which share.also" in line


def test_a_space_that_grows_by_a_class_of_another_package_has_its_old_points_served(ask, tmp_path):
    ridge, own = {"class": "sklearn.linear_model.Ridge"}, {"class": "mine_grown.Own"}
    (tmp_path / "mine_grown.py").write_text("class Own: pass\n")
    before = ask(estimator=[{"last": ridge}], space={"last": [ridge]})
    path = write(tmp_path / "l", *lines(before))
    asked = ask(estimator=[{"last": ridge}], space={"last": [ridge, own]})
    assert {e.candidate for e, _ in Requested(asked).records(path)} == {0} and served(asked, path) == 2
    assert Requested(asked).may_use(read_made(path))
    # A change of that class asks for its own points again, and for no others.
    path = write(tmp_path / "l", *lines(asked))
    (tmp_path / "mine_grown.py").write_text("class Own: x = 1\n")
    changed = ask(estimator=[{"last": ridge}], space={"last": [ridge, own]})
    assert served(asked, path) == 4 and served(changed, path) == 2
    assert {e.candidate for e, _ in Requested(changed).records(path)} == {0}
    notes = ReadReport()
    list(Requested(changed).records(path, report=notes))
    (line,) = report_unused(notes, read_made(path), changed)
    assert line.startswith("2 records of model are kept and not used: source of mine_grown.py ")
    # What the estimator itself names counts for all.
    asked = ask(estimator=[{"first": own}, {"last": ridge}], space={"last": [ridge]})
    path = write(tmp_path / "l", *lines(asked))
    (tmp_path / "mine_grown.py").write_text("class Own: x = 2\n")
    assert served(ask(estimator=[{"first": own}, {"last": ridge}], space={"last": [ridge]}), path) == 0


@pytest.mark.parametrize("scoring", [["f1", "accuracy"], ["f1"], ["accuracy"], ["accuracy", "f1"]])
def test_where_predictions_are_deterministic_more_metrics_than_are_asked_for_will_do_in_any_order(
    ask, tmp_path, scoring
):
    path = write(tmp_path / "l", *lines(ask(scoring=["accuracy", "f1"], train_scores=True)))
    asked = ask(scoring=scoring)
    results = Results(asked, path)
    assert results.recorded() == 6
    assert [results.array("test", name)[0, 0] for name in scoring] == [VALUES[name] for name in scoring]


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"scoring": ["accuracy", "roc_auc"]}, "without roc_auc"),
        ({"scoring": []}, "without score"),
        ({"train_scores": True}, "without train scores"),
        ({"cpus": 2}, "threads per engine 1 → 2"),
    ],
)
def test_a_record_that_lacks_what_is_asked_for_is_not_used_and_that_is_said(ask, tmp_path, spec, why):
    path = write(tmp_path / "l", *lines(ask()))
    asked, notes = ask(**spec), ReadReport()
    assert list(Requested(asked).records(path, report=notes)) == []
    assert list(report_unused(notes, read_made(path), asked)) == [f"6 records of model are kept and not used: {why}"]


@pytest.mark.parametrize("inside", [lambda made: made, lambda made: made["how"]], ids=["made", "how"])
@pytest.mark.parametrize("old, new", [(1, 2), (None, 1), (1, None)])
def test_any_difference_in_a_description_is_refused_unless_it_is_compared_in_a_way_of_its_own(
    ask, tmp_path, inside, old, new
):
    def with_member(value):
        request = ask()
        made = {name: copy.deepcopy(each) for name, each in request.made["model"].items() if name != "id"}
        if value is not None:
            inside(made)["precision"] = value
        request.made["model"] = {"id": made_id(made), **made}
        return request

    earlier = with_member(old)
    path = write(
        tmp_path / "l",
        *(made_line(made) for made in earlier.made.values()),
        *({"key": e.key, **RECORD, "made": earlier.made["model"]["id"]} for e in Requested(earlier).evaluations),
    )
    assert served(with_member(old), path) == 6
    report = ReadReport()
    assert not list(Requested(with_member(new)).records(path, report=report))
    why = f"precision {old or 'none'} → {new or 'none'}"
    assert list(report_unused(report, read_made(path), with_member(new))) == [
        f"6 records of model are kept and not used: {why}"
    ]


def test_another_scorer_of_the_same_name_does_not_serve(ask, tmp_path):
    path = write(tmp_path / "l", *lines(ask()))
    assert served(ask(scoring=[{"accuracy": {"ref": "sklearn.metrics.accuracy_score"}}]), path) == 0


def test_another_version_of_a_package_does_not_serve_but_a_package_of_a_metric_that_is_not_asked_for_may_be_any(
    ask, tmp_path
):
    asked = ask(scoring=["f1", "accuracy"])
    more, other = copy.deepcopy(asked), copy.deepcopy(asked)
    more.made["model"]["versions"]["extra"] = "1"
    other.made["model"]["versions"]["numpy"] = "1.0"
    assert served(ask(), write(tmp_path / "l", *lines(more))) == 6
    assert served(ask(), write(tmp_path / "l", *lines(other))) == 0


@pytest.mark.parametrize("estimator", [RANDOM, {"class": "mymodels.Own"}, {"class": "sklearn.svm.SVCs"}])
def test_where_predictions_may_be_random_the_metrics_in_their_order_are_part_of_what_is_asked_for(
    ask, tmp_path, estimator
):
    path = write(tmp_path / "l", *lines(ask(estimator=estimator, scoring=["accuracy", "f1"])))
    assert served(ask(name="two", estimator=estimator, scoring=["accuracy", "f1"]), path) == 6
    for scoring in (["f1", "accuracy"], ["accuracy"], ["f1"]):
        assert served(ask(estimator=estimator, scoring=scoring), path) == 0


def test_a_scorer_of_ones_own_may_change_what_others_see(ask, tmp_path):
    VALUES["profit"] = 1.0
    both = ["accuracy", {"profit": {"ref": "mymodels.profit"}}]
    path = write(tmp_path / "l", *lines(ask(scoring=both)))
    assert served(ask(scoring=both, name="two"), path) == 6
    asked, notes = ask(scoring=both[::-1]), ReadReport()
    assert list(Requested(asked).records(path, report=notes)) == []
    assert list(report_unused(notes, read_made(path), asked)) == [
        "6 records of model are kept and not used: their metrics or the order of these differ, which may change a score"
    ]


def test_a_candidate_whose_parameter_makes_it_random_is_looked_at_by_itself(ask, tmp_path):
    space = {"impute": [None, IMPUTER]}
    path = write(tmp_path / "l", *lines(ask(estimator=[{"svc": SVC}], space=space, scoring=["accuracy", "f1"])))
    asked = ask(estimator=[{"svc": SVC}], space=space)
    assert {e.params["impute"] for e, _ in Requested(asked).records(path)} == {None}


def test_a_failure_serves_the_same_metrics_alone(ask, tmp_path):
    failed = {"status": "failed", "error": "scoring f1: no"}
    path = write(tmp_path / "l", *lines(ask(scoring=["accuracy", "f1"]), **failed))
    assert served(ask(name="two", scoring=["accuracy", "f1"]), path) == 6
    assert served(ask(), path) == 0


def test_a_way_of_making_records_whose_id_is_not_its_own_serves_nothing(ask, tmp_path):
    made, *records = lines(ask(scoring=["accuracy", "f1"]))
    assert served(ask(), write(tmp_path / "l", made, *records)) == 6
    made["how"]["scoring"] = ["accuracy", "f1", "roc_auc"]
    assert served(ask(), write(tmp_path / "l", made, *records)) == 0


def test_records_with_damaged_or_missing_lines_around_them_serve_where_their_own_key_is_asked_for(ask, tmp_path):
    made, *records = lines(ask())
    assert served(ask(), write(tmp_path / "l", *records)) == 6
    assert served(ask(scoring=["accuracy"], name="x"), write(tmp_path / "l", *records, made)) == 6


# ---- records by the shared route


@pytest.mark.parametrize(("estimator", "kept"), [(FOREST, 6), (SVC, 0), ([{"svc": SVC}], 0)])
def test_old_records_by_the_shared_route_are_passed_over_unless_they_are_known_to_be_right(
    ask, tmp_path, estimator, kept
):
    path = write(tmp_path / "l", *lines(ask(estimator=estimator), share=2))
    asked, notes = ask(estimator=estimator), ReadReport()
    assert len(list(Requested(asked).records(path, report=notes))) == kept
    said = list(report_unused(notes, read_made(path), asked))
    assert said == [] if kept else "6 records of model are skipped" in said[0]
    with ledger.Writer(path) as writer:
        writer.append(map(ledger.encode, lines(asked)))
    notes = ReadReport()
    assert len(list(Requested(asked).records(path, report=notes))) == 6
    assert not notes.skipped, "what has been evaluated again is not told again"


def test_old_records_by_the_plain_route_keep_their_keys(ask, tmp_path):
    asked = ask(estimator=SVC)
    old = lines(asked, share=None)
    assert {record["key"] for record in old[1:]} == set(Requested(asked).unique)
    own = {"profit": {"ref": "mymodels.profit"}}  # such a scorer never shared, whatever the config said
    asked = ask(estimator=RANDOM, scoring=[own])
    VALUES["profit"] = 1.0
    assert served(asked, write(tmp_path / "l", *lines(asked, share=2))) == 6


def test_a_record_that_names_a_wrong_version_of_sharing_is_passed_over_for_the_next_of_its_key(
    ask, tmp_path, monkeypatch
):
    asked = ask()
    wrong, right = lines(asked, route="shared", sharing=3), lines(asked, route="shared", sharing=4)
    monkeypatch.setattr(serving, "WRONG_SHARING", frozenset({3}))
    path = write(tmp_path / "l", *wrong, *right[:3])
    found = list(Requested(asked).records(path))
    assert [record["sharing"] for _, record in found] == [4, 4]
    assert served(asked, write(tmp_path / "l", *lines(asked, route="plain"))) == 6


def test_train_scores_of_a_version_of_sharing_that_had_them_wrong_are_passed_over(ask, tmp_path):
    path = write(tmp_path / "l", *lines(ask(train_scores=True), route="shared", sharing=3))
    assert served(ask(), path) == 6
    asked, notes = ask(train_scores=True), ReadReport()
    assert list(Requested(asked).records(path, report=notes)) == []
    (line,) = report_unused(notes, read_made(path), asked)
    assert line.startswith("6 records of model are skipped: they were made by version 3 of the code that shares")
    assert served(asked, write(tmp_path / "l", *lines(asked, route="shared", sharing=4))) == 6


# ---- other searches' records


def find(asked, folder):
    requested, made = Requested(asked), read_made(folder / LEDGER)
    missing = dict(requested.unique)
    for evaluation, _ in requested.records(folder / LEDGER, made=made):
        del missing[evaluation.key]
    found = reuse.find(requested, missing, folder, made)
    with ledger.Writer(folder / LEDGER) as writer:
        writer.append(found.lines)
    return dict(found.sources)


def test_records_of_other_searches_are_copied_once_with_how_they_were_made(ask, tmp_path):
    searches = tmp_path / "results/searches"
    write(searches / "a" / LEDGER, *lines(ask(space={"n": [1]})))
    write(searches / "b" / LEDGER, *lines(ask(space={"n": [1, 2]}, scoring=["f1", "accuracy"], folds=("b", "a"))))
    write(tmp_path / "results/adopted/searches/c.jsonl", *lines(ask(space={"n": [2, 3]})))
    write(searches / "of no use" / LEDGER, *lines(ask(estimator=SVC)))
    asked = ask()
    assert find(asked, searches / "one") == {"a": 2, "b": 2, "adopted/c": 2}
    assert find(asked, searches / "one") == {}
    found = list(Requested(asked).records(searches / "one" / LEDGER))
    assert len(found) == 6
    assert all((r["params"], r["fold"], r["test"]["accuracy"]) == (e.params, e.fold, 0.5) for e, r in found)
    assert [r["from"] for _, r in found] == ["a", "a", "b", "b", "adopted/c", "adopted/c"]


def test_records_of_other_searches_that_are_passed_over_are_told(ask, tmp_path):
    searches = tmp_path / "results/searches"
    write(searches / "a" / LEDGER, *lines(ask(estimator=SVC), share=2))
    write(searches / "b" / LEDGER, *lines(ask(estimator=SVC, space={"n": [1]})))
    asked = ask(estimator=SVC)
    requested = Requested(asked)
    found = reuse.find(requested, dict(requested.unique), searches / "one", {})
    assert dict(found.sources) == {"b": 2}
    assert found.skipped == [
        "4 records of model in a are skipped: they were made by version 2 of the code that shares work, and are not "
        "known to be right"
    ]


def test_a_ledger_that_has_nothing_in_common_is_not_decoded(ask, tmp_path, monkeypatch):
    searches = tmp_path / "results/searches"
    write(searches / "a" / LEDGER, *lines(ask(estimator=SVC, space={"C": list(range(1, 500))})))
    write(searches / "b" / LEDGER, *lines(ask(space={"max_depth": list(range(1, 500))})))  # of the same model
    decoded, decode = [], ledger.decode
    monkeypatch.setattr(ledger, "decode", lambda line: decoded.append(line) or decode(line))
    assert find(ask(), searches / "one") == {}
    assert len(decoded) < 10


def test_what_is_not_final_or_torn_is_not_copied(ask, tmp_path):
    searches = tmp_path / "results/searches"
    made, one, *others = lines(ask())
    path = write(searches / "a" / LEDGER, made, one, *(record | {"final": False} for record in others))
    path.write_bytes(path.read_bytes() + ledger.encode(others[0]).encode()[:50])
    assert find(ask(), searches / "one") == {"a": 1}


def test_what_was_forgotten_does_not_come_back_from_another_search(ask, tmp_path):
    searches, asked = tmp_path / "results/searches", ask()
    write(searches / "a" / LEDGER, *lines(ask(scoring=["accuracy", "f1"])))
    folder = searches / "one"
    assert find(asked, folder) == {"a": 6}
    write_json(folder / REQUEST, asked.as_json())
    assert forget(folder, where="n > 1") == 4
    assert served(asked, folder / LEDGER) == 2
    assert find(asked, folder) == {}
    assert find(ask(scoring=["f1"]), folder) == {}, "nor for other metrics"


def test_what_had_failed_and_was_forgotten_may_come_from_another_search_if_it_went_well_there(ask, tmp_path):
    searches, asked = tmp_path / "results/searches", ask()
    folder = searches / "one"
    write(folder / LEDGER, *lines(asked, status="failed", error="ended 3 engines", final=False))
    write(searches / "a" / LEDGER, *lines(ask(space={"n": [1]}, name="a"), status="failed"))
    write(searches / "b" / LEDGER, *lines(ask(space={"n": [1, 2]}, name="b")))
    write_json(folder / REQUEST, asked.as_json())
    assert forget(folder, failed=True) == 6
    assert find(asked, folder) == {"b": 4}


def test_forgetting_takes_every_record_that_serves(ask, tmp_path):
    asked, folder = ask(), tmp_path / "results/searches/one"
    both = [*lines(ask(scoring=["accuracy", "f1"])), *lines(asked)]
    write(folder / LEDGER, *both)
    write_json(folder / REQUEST, asked.as_json())
    assert forget(folder, fold=0) == 3
    assert {e.fold for e, _ in Requested(asked).records(folder / LEDGER)} == {1}
    (kept,) = folder.glob("forgotten-*")
    assert len(list(ledger.read(kept))) == 6
