"""Where foldwork evaluates: real engines that are started once for many searches, or this process."""

import contextlib
import io
import json
import os
import random
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from foldwork.engines.allocation import Allocation
from foldwork.engines.launchers import Local
from foldwork.engines.session import CONNECT, Session
from foldwork.errors import FoldworkError
from foldwork.evaluation.bundle import run
from foldwork.execution import attempt
from foldwork.records.request import Request
from foldwork.records.requested import Requested
from foldwork.storage import ledger

HERE = Path(__file__).parent
"""The study's folder: `mine.py` lies there."""


class Cluster:
    """Real engines, started once for many searches.

    Parameters
    ----------
    folder : Path
        Where its run folder and log lie.
    engines : int
        How many.
    """

    def __init__(self, folder: Path, engines: int) -> None:
        self.engines = engines
        self._log = open(folder / f"engines-{engines}.log", "w")  # noqa: SIM115
        preload = ["sklearn.metrics", "sklearn.svm", "sklearn.ensemble", "sklearn.pipeline", "pandas"]
        self._session = Session(folder / f"run-{engines}", Local(), engines, preload=preload, log=self._log)
        client = self._session.connect()
        deadline = time.monotonic() + 120
        while len(client.ids) < engines:
            assert time.monotonic() < deadline, "the engines do not register"
            time.sleep(0.05)

    def evaluate(self, asked: Request, folder: Path) -> None:
        """Run a search on these engines as the workflow runs it on a cluster that someone else has started."""
        os.environ[CONNECT] = self._session.connection_file()
        try:
            with open(folder / "log", "w") as log:
                found = attempt.run(
                    asked, folder, Allocation(Local(), self.engines), study=HERE, log=log, show=lambda line: None
                )
        except FoldworkError as error:
            # The job of a search in which nothing succeeded fails; its records are there, and are compared like any others.
            if "evaluations failed" not in str(error):
                raise
        else:
            assert found is not None and found["state"] == "complete", found
        finally:
            del os.environ[CONNECT]

    def close(self) -> None:
        """End the engines."""
        self._session.close()
        self._log.close()


class InProcess:
    """One engine that is this process, in another order each time: evaluations meet whose meeting a plan would not arrange."""

    engines = 0

    def __init__(self, seed: int) -> None:
        self._choose = random.Random(seed)

    def evaluate(self, asked: Request, folder: Path) -> None:
        """Run a search's evaluations in random order, fold by fold."""
        evaluations = list(Requested(asked).evaluations)
        self._choose.shuffle(evaluations)
        text = json.dumps(asked.task())
        with ledger.Writer(folder / "ledger.jsonl") as writer, threadpool_limits(1):
            for fold in asked.folds:
                bundle = {"number": 0, "study": str(HERE), "task": text, "fold": fold.for_engine()}
                bundle["evaluations"] = [
                    (e.key, "", e.model, e.params, 1, e.resource) for e in evaluations if e.fold == fold.index
                ]
                with contextlib.redirect_stdout(io.StringIO()):
                    writer.append(line for line, *_ in run(bundle)["results"])
