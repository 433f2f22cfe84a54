"""The requested evaluations that no ledger has a record of, round by round."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foldwork.records import reuse
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Made, made_line
from foldwork.records.requested import Requested
from foldwork.records.rescoring import Sources
from foldwork.records.serving import ReadReport, Record, read_made, report_unused
from foldwork.records.stopping import StopRules
from foldwork.records.stored_predictions import StoredPredictions
from foldwork.storage import ledger
from foldwork.storage.file_names import ADOPTED, LEDGER
from foldwork.study.prediction_setting import prediction_setting


class Outstanding:
    """Finds the evaluations to do, and passes their scores to the strategies of the search.

    Parameters
    ----------
    requested : Requested
    folder : Path
        Results folder of the search or clustering, with its ledger.
    best : BestSoFar
        Gets all scores.

    Attributes
    ----------
    rules : StopRules
        When the search ends before its strategies do.
    copied : bool
        Whether records of other ledgers are to be appended.
    """

    def __init__(self, requested: Requested, folder: Path, best: BestSoFar) -> None:
        self._requested, self._folder, self._best = requested, folder, best
        self._request = requested.request
        self.rules = StopRules(requested)
        self._keeps_scores = requested.rounds.learns or self.rules.read_scores
        self._scores: dict[str, float] = {}
        """Key of an evaluation to its score. Empty unless candidates or the end of the search depend on scores."""
        self._in_flight: set[str] = set()
        """Keys of likely evaluations that were submitted before they were requested, and have not finished."""
        self._recorded: set[str] = set()
        """Keys in the ledger when the run began: likely evaluations of an earlier run may be among them. Empty unless candidates depend on scores."""
        self._sources = Sources(requested, folder)
        self._siblings: list[tuple[str, Path, dict[str, Made]]] | None = None
        self._stored = StoredPredictions(folder)
        self._wants_all = prediction_setting(self._request.spec).of == "all"
        self._repeated: dict[str, Evaluation] = {}
        """Recorded evaluations without stored predictions, where those of all are wanted."""
        self.copied = False
        self._lines: list[str] = []

    def take_lines(self) -> list[str]:
        """Return the lines to append to the ledger, once: records of other ledgers, and descriptions of how records are made."""
        lines, self._lines = self._lines, []
        return lines

    def find(self) -> tuple[list[Evaluation], list[str]]:
        """Return the evaluations to do of all rounds that can be known, and lines for the user about them and about unused records."""
        path = self._folder / LEDGER
        made, ledger_report = read_made(path), ReadReport()
        report: ReadReport | None = ledger_report  # of the first round: later ones read the same lines again
        todo, missing, sources, skipped = self._requested.unique, {}, Counter(), []
        if self._requested.rounds.learns:
            self._recorded = {key for key, _ in ledger.keys_and_lines(path)}
        self._others = reuse.usable_ledgers(self._requested, self._folder)
        scorable = 0
        while todo:
            still, found, of_these = self._without_record(todo, made, report)
            missing |= still
            scorable += of_these
            sources += found.sources
            skipped += found.skipped
            todo = {e.key: e for e in self._requested.advance(self._scores)}
            report = None
        own = [made_line(each) for each in self._request.made.values() if each["id"] not in made]
        self._lines = [*map(ledger.encode, own), *self._lines]
        reused = ", ".join(f"{count:,} from {name}" for name, count in sources.items())
        recorded = f"{len(self._requested.numbers) - len(missing):,} recorded{f' ({reused})' if reused else ''}"
        if again := len(self._requested) - len(self._requested.numbers):
            recorded += f", {again:,} the same as others"
        said = [self._counts(len(missing), recorded, scorable)]
        if self._repeated:
            said.append(
                f"{len(self._repeated):,} recorded evaluations have no stored predictions: these are evaluated again"
            )
        if ledger_report.damaged:
            said.append(f"{ledger_report.damaged:,} damaged lines in {path} are skipped")
        ledger_report.unused -= self._sources.own  # their predictions are scored
        return self._affordable(missing) + list(self._repeated.values()), [
            *said,
            *report_unused(ledger_report, made, self._request),
            *skipped,
        ]

    def _counts(self, missing: int, recorded: str, scorable: int) -> str:
        if not scorable:
            return f"{len(self._requested):,} evaluations, {recorded}, {missing:,} to do"
        known = "" if recorded == "0 recorded" else f"{recorded}, "
        to_do = f"{scorable:,} scored from kept predictions, {missing - scorable:,} to fit"
        return f"{len(self._requested):,} evaluations, {known}{to_do}"

    def _without_record(
        self, todo: dict[str, Evaluation], made: dict[str, Made], report: ReadReport | None = None
    ) -> tuple[dict[str, Evaluation], reuse.Reused, int]:
        """Return the evaluations without a record in any ledger, the records found in other ledgers, and how many of these stored predictions can score."""
        missing, rank = dict(todo), self._request.ranking[0]

        def mark_recorded(evaluation: Evaluation, record: Record) -> None:
            if missing.pop(evaluation.key, None):
                self.add_score(evaluation, ledger.score(record["test"], rank))
                if self._wants_all and record["status"] == "ok" and self._stored.of(record) is None:
                    self._repeated[evaluation.key] = evaluation

        among = self._requested.numbers_of(todo) if report is None else None
        for evaluation, record in self._requested.records(self._folder / LEDGER, made=made, report=report, among=among):
            mark_recorded(evaluation, record)
        own = {each["id"]: each for each in self._request.made.values()}
        found = reuse.find(self._requested, missing, self._folder, own | made, self._others)
        for evaluation, record in found.records:
            mark_recorded(evaluation, record)
        self._lines += found.lines
        self.copied = self.copied or bool(found.lines)
        return missing, found, self._find_sources(missing, made) if missing else 0

    def _find_sources(self, missing: dict[str, Evaluation], made: dict[str, Made]) -> int:
        """Look for records whose predictions can score evaluations without a record; return how many of these there are."""
        if self._siblings is None:
            paths = [each for each in reuse.other_ledgers(self._folder) if not each[0].startswith(ADOPTED)]
            self._siblings = [(name, path, read_made(path)) for name, path in paths]
        own = [(self._folder.name, self._folder / LEDGER, made)] if made else []
        return self._sources.find(missing, own + self._siblings)

    def source(self, key: str) -> dict[str, Any] | None:
        """Return the record whose predictions can score an evaluation, as an engine takes it; None if it is to be fitted."""
        return self._sources.of(key)

    def is_repeated(self, key: str) -> bool:
        """Return whether an evaluation has a record, and is made again for its predictions."""
        return key in self._repeated

    def add_score(self, evaluation: Evaluation, score: float) -> None:
        """Take the score of a finished evaluation."""
        if evaluation.key in self._repeated:  # its record has the score
            return
        self._best.add(evaluation, score)
        self._in_flight.discard(evaluation.key)
        if self._keeps_scores:
            self._scores[evaluation.key] = score

    def next_round(self) -> list[Evaluation]:
        """Pass the scores of complete rounds to the strategies. Return the evaluations to do of their next rounds."""
        found: dict[str, Evaluation] = {}
        again: list[Evaluation] = []
        while todo := {e.key: e for e in self._requested.advance(self._scores)}:
            before = set(self._repeated)
            missing, _, _ = self._without_record(todo, read_made(self._folder / LEDGER))
            found |= missing
            again += [e for key, e in self._repeated.items() if key not in before]
        return [e for e in self._affordable(found) if e.key not in self._in_flight] + again

    def _affordable(self, missing: dict[str, Evaluation]) -> list[Evaluation]:
        """Return the evaluations of candidates that the rule `evaluations` of `stop` allows."""
        if (rows := self.rules.affordable_rows()) is None:
            return list(missing.values())
        return [e for e in missing.values() if self._requested.row_of(e) < rows]

    def rank(self, evaluation: Evaluation) -> int | None:
        """Return the place of an evaluation in the order in which scores are waited for; None if the order does not matter."""
        if self.rules.read_scores:
            return self._requested.row_of(evaluation)
        if self._requested.rounds.overlap:
            return self._requested.place_of_row(self._requested.row_of(evaluation))[0]
        return None

    def likely(self, count: int) -> Iterator[Evaluation]:
        """Yield evaluations that the next rounds probably contain, so that engines need not wait for the end of a round."""
        for evaluation in self._requested.likely():
            key = evaluation.key
            known = key in self._scores or key in self._recorded or key in self._in_flight or self._requested.has(key)
            if count > 0 and not known:
                self._in_flight.add(key)
                count -= 1
                yield evaluation

    def reached(self) -> tuple[int, str] | None:
        """Return the number of rows to keep and the rule of `stop` that ends the search; None as long as none does."""
        return self.rules.reached(self._scores)
