"""Runs tasks in parallel: each worker has its own connection and takes the next table as soon as it is free."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import NamedTuple

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import TargetError, UnreachableError
from cdcmig.merging import database
from cdcmig.merging.steps import GO_ON, LATER, SIGNS_OF_A_CRASH, WAITING, Procedure
from cdcmig.merging.tasks import Task
from cdcmig.runtime import target
from cdcmig.sql.sqlstate import LOCK_NOT_AVAILABLE, sqlstate

# The ALTER and TRUNCATE of a merge check every plan that the session caches, and each procedure caches a dozen: in
# one session the 400th table took four times as long as the first.
_TABLES_A_SESSION = 32

_TRIES = 3  # attempts for a table whose locks are not free, before it is left to the next run
_PAUSE = 1.0  # seconds before each further try: while a merge waits for its locks, INSERTs wait behind it


class Result(NamedTuple):
    """The outcome for one table.

    ``outcome`` is MERGED, PURGED, EMPTY (another runner had merged it), BUSY (another runner is at it), FAILED
    (``error`` is the reason) or POSTPONED (locks were not free, no time left, or stopped; the next run goes on).
    """

    task: Task
    outcome: str
    error: str | None = None


@dataclass
class WorkerPool:
    """A fixed number of workers and a queue of tasks.

    Attributes:
        stop: once set, no further step begins.
        deadline: no step begins after it; in seconds of ``time.monotonic``.
        report: called with every result, in the worker's thread.
    """

    url: URL
    procedure: Procedure
    jobs: int = 1
    stop: Event = field(default_factory=Event)
    deadline: float = float("inf")
    report: Callable[[Result], None] = lambda _result: None
    crash_seen: bool = False
    _queue: deque[tuple[Task, int]] = field(default_factory=deque)
    _results: list[Result] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def run(self, tasks: Sequence[Task]) -> list[Result]:
        """Run the tasks; a task that fails does not stop the others.

        Raises:
            UnreachableError: the connections were lost; unfinished steps were rolled back.
        """
        self._queue.extend((task, 1) for task in tasks)
        self._results = []
        workers = min(self.jobs, len(tasks))
        with ThreadPoolExecutor(max(1, workers), thread_name_prefix="cdcmig-merge") as pool:
            running = [pool.submit(self._work) for _ in range(workers)]
        for done in running:
            done.result()
        for task, _tries in self._queue:
            self._keep(Result(task, "POSTPONED"))
        self._queue.clear()
        return self._results

    def _work(self) -> None:
        try:
            while self._queue and not self._is_over():
                with target.connect(self.url, autocommit=True) as connection:
                    for _ in range(_TABLES_A_SESSION):
                        if (taken := self._take()) is None:
                            return
                        self._do(connection, *taken)
        except UnreachableError:
            self._queue.clear()  # the other workers lose it too: end this run, and reconnect
            raise

    def _take(self) -> tuple[Task, int] | None:
        try:
            return None if self._is_over() else self._queue.popleft()
        except IndexError:
            return None

    def _is_over(self) -> bool:
        return self.stop.is_set() or time.monotonic() >= self.deadline

    def _do(self, connection: Connection, task: Task, tries: int) -> None:
        """Call steps until the table is done; requeue it if its locks are not free."""
        outcome = "SWITCHED"
        if tries > 1:
            self.stop.wait(_PAUSE)
        try:
            while outcome in GO_ON:
                if self._is_over():
                    self._keep(Result(task, "POSTPONED"))
                    return
                outcome = self.procedure.step(connection, task)
                self.crash_seen |= outcome in SIGNS_OF_A_CRASH
        except DBAPIError as error:
            if sqlstate(error) != LOCK_NOT_AVAILABLE:
                self._fail(connection, task, error)
                return
            outcome = WAITING
        except TargetError as error:
            self._keep(Result(task, "FAILED", error.message))
            return
        if outcome not in LATER:
            self._keep(Result(task, outcome))
        elif tries < _TRIES:
            self._queue.append((task, tries + 1))
        else:
            self._keep(Result(task, "POSTPONED"))

    def _fail(self, connection: Connection, task: Task, error: DBAPIError) -> None:
        if database.is_lost(connection, error):
            raise UnreachableError(f"the connection was lost: {database.message(error)}") from None
        with database.refusals(connection):
            self.procedure.record_failure(connection, task, error)
        self._keep(Result(task, "FAILED", database.message(error)))

    def _keep(self, result: Result) -> None:
        with self._lock:
            self._results.append(result)
            self.report(result)
