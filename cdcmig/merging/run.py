"""Runs merges and purges: once over all pending tables, or continuously."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from threading import Event
from typing import Any

from sqlalchemy import URL, Connection

from cdcmig.errors import UnreachableError
from cdcmig.merging import database
from cdcmig.merging.runner import Result, WorkerPool
from cdcmig.merging.steps import Merge, Purge
from cdcmig.merging.tasks import Filter, Task, pending, purgeable, refuse_unknown
from cdcmig.runtime import target

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_LONGEST_REST = 600.0


@dataclass(frozen=True)
class Rows:
    """Row counts over the generations that a run merged; the constraint of ``processing_log`` relates them."""

    staged: int = 0
    inserted: int = 0
    updated: int = 0
    stale: int = 0
    duplicates: int = 0
    deleted: int = 0


@dataclass(frozen=True)
class Run:
    """The result of one run.

    Attributes:
        rows: row counts of the merges.
        purged: how many tombstones the purges deleted.
        seconds: its duration.
        crash_seen: the server crashed since the run before, and unlogged staged rows are lost.
    """

    results: tuple[Result, ...] = ()
    rows: Rows = Rows()
    purged: int = 0
    seconds: float = 0.0
    crash_seen: bool = False

    def count(self, outcome: str) -> int:
        """Return how many tables had that outcome."""
        return Counter(result.outcome for result in self.results)[outcome]

    @property
    def failed(self) -> list[Result]:
        """The tables that failed, in the order of their names."""
        return sorted(result for result in self.results if result.outcome == "FAILED")


@dataclass
class Runner:
    """Merges the pending tables of one database.

    Attributes:
        wanted: which tables.
        max_time: seconds after which a run begins no further step.
        begin: called with the number of tables when a run starts.
        report: called with every result.
        stop: once set, the run ends after the current steps.
    """

    url: URL
    merge: Merge = field(default_factory=Merge)
    wanted: Filter = field(default_factory=Filter)
    jobs: int = 1
    max_time: float = float("inf")
    begin: Callable[[int], None] = lambda _count: None
    report: Callable[[Result], None] = lambda _result: None
    stop: Event = field(default_factory=Event)

    def once(self) -> Run:
        """Merge one generation of every pending table.

        Raises:
            UnreachableError: the server does not answer, or no longer.
            TargetError: the database is not one of ours, or the user may not merge.
            SchemaSelectionError: a pattern fits nothing.
        """
        with target.connect(self.url, autocommit=True) as connection:
            refuse_unknown(connection, self.wanted)
            return self._run(connection, lambda _task: True)

    def watch(
        self,
        every: float,
        report_run: Callable[[Run], None],
        trouble: Callable[[UnreachableError, float], None],
    ) -> None:
        """Run repeatedly until ``stop`` is set; while the server is unreachable, retry with growing pauses.

        A table that keeps failing is retried less and less often, but at least every 10 minutes.

        Args:
            every: seconds from the beginning of a run to the beginning of the next.
            report_run: called with the result of each run.
            trouble: called with the connection error, and the pause in seconds before the next attempt.

        Raises:
            TargetError: the database is not one of ours, or the user may not merge.
            SchemaSelectionError: a pattern fits nothing.
        """
        pause = _FIRST_PAUSE
        while not self.stop.is_set():
            try:
                with target.connect(self.url, autocommit=True) as connection:
                    refuse_unknown(connection, self.wanted)
                    while not self.stop.is_set():
                        begun = time.monotonic()
                        report_run(
                            self._run(connection, lambda task: task.rested >= rest(task.failures, every))
                        )
                        pause = _FIRST_PAUSE
                        self.stop.wait(max(0.0, begun + every - time.monotonic()))
            except UnreachableError as error:
                jittered = pause * random.uniform(0.75, 1.25)  # noqa: S311 - not for secrets
                trouble(error, jittered)
                self.stop.wait(jittered)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _run(self, connection: Connection, is_due: Callable[[Task], bool]) -> Run:
        begun = time.monotonic()
        crashed = database.rows(connection, "SELECT cdc_management.note_crash() AS found")[0]["found"]
        tasks = [task for task in pending(connection, self.wanted) if is_due(task)]
        last_log = database.rows(connection, _LAST_LOG)[0]["id"]
        self.begin(len(tasks))
        pool = WorkerPool(self.url, self.merge, self.jobs, self.stop, begun + self.max_time, self.report)
        results = pool.run(tasks)
        return Run(
            tuple(results),
            _merged_rows(connection, results, last_log),
            seconds=time.monotonic() - begun,
            crash_seen=bool(crashed) or pool.crash_seen,
        )

    def purge(self, batch_size: int | None = None) -> Run:
        """Delete expired tombstones; unless the run is limited to some tables, old log rows too.

        Raises:
            UnreachableError: the server does not answer, or no longer.
            TargetError: the database is not one of ours, or the user may not purge.
            SchemaSelectionError: a pattern fits nothing.
        """
        begun = time.monotonic()
        with target.connect(self.url, autocommit=True) as connection:
            refuse_unknown(connection, self.wanted)
            tasks = purgeable(connection, self.wanted)
            self.begin(len(tasks))
            procedure = Purge() if batch_size is None else Purge(batch_size)
            pool = WorkerPool(self.url, procedure, self.jobs, self.stop, begun + self.max_time, self.report)
            results = pool.run(tasks)
            if self.wanted == Filter() and not self.stop.is_set():
                with database.refusals(connection):
                    connection.exec_driver_sql("SELECT cdc_management.purge_logs()")
        return Run(tuple(results), purged=procedure.purged, seconds=time.monotonic() - begun)


def rest(failures: int, every: float) -> float:
    """Return how many seconds a table is skipped after this many consecutive failures."""
    return min(every * 2.0 ** min(failures, 20), _LONGEST_REST) if failures else 0.0


_LAST_LOG = "SELECT coalesce(max(id), 0) AS id FROM cdc_management.processing_log"

_MERGED = """\
SELECT schema_name, table_name, staged, inserted, updated, stale, duplicates, deleted
FROM cdc_management.processing_log WHERE id > %s ORDER BY id
"""


def _merged_rows(connection: Connection, results: list[Result], last_log: int) -> Rows:
    """Return the sums over the generations that this run merged, from the processing log."""
    merged = {(result.task.schema, result.task.table) for result in results if result.outcome == "MERGED"}
    if not merged:
        return Rows()
    sums: Counter[str] = Counter()
    for row in database.rows(connection, _MERGED, (last_log,)):
        table = (row.pop("schema_name"), row.pop("table_name"))
        if table in merged:
            merged.remove(table)  # later rows belong to another runner
            sums.update(row)
    return Rows(**{part.name: sums[part.name] for part in fields(Rows)})


def summary(run: Run) -> dict[str, Any]:
    """Return a run as plain data for JSON output."""
    counts = Counter(result.outcome.lower() for result in run.results)
    return {
        **{name: counts[name] for name in ("merged", "failed", "postponed", "busy")},
        **{part.name: getattr(run.rows, part.name) for part in fields(Rows)},
        "seconds": round(run.seconds, 3),
        "crash_seen": run.crash_seen,
        "errors": [
            {"schema": failed.task.schema, "table": failed.task.table, "error": failed.error}
            for failed in run.failed
        ],
    }
