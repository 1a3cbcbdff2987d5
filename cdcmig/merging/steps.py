"""One transaction of a merge or a purge: a call of the table's procedure with ``one_step``.

The procedures leave a consistent state at the end of every step, so a run may stop between any two steps, and the
next run continues there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import TargetError
from cdcmig.merging.tasks import Task
from cdcmig.operations.merge_procedure import definitions_by_purge

GO_ON = frozenset({"CRASH NOTED", "SWITCHED", "LOST", "SORTED", "APPLIED", "PURGING"})
"""Outcomes after which the same table needs another step."""

WAITING = "WAITING"
"""The outcome of a step that did not get its locks in time: call again later."""

LATER = frozenset({WAITING, "REPLACED"})
"""Outcomes of steps to retry later; REPLACED: a migration has just replaced the procedure."""

SIGNS_OF_A_CRASH = frozenset({"CRASH NOTED", "LOST"})
"""Outcomes that mean that staged rows were lost in a crash."""


class Procedure(Protocol):
    """A stored procedure that is called step by step, table by table."""

    def step(self, connection: Connection, task: Task) -> str:
        """Run one step, which commits by itself; return its outcome.

        Raises:
            DBAPIError: the step failed and was rolled back.
        """

    def record_failure(self, connection: Connection, task: Task, error: DBAPIError) -> None:
        """Record a failed step in the database's error log."""


@dataclass(frozen=True)
class Merge:
    """Merges one generation of a table's staged rows; the defaults are those of the template ``merge_v1``.

    Attributes:
        batch_size: rows per transaction.
        swap_wait: longest time in seconds that a merge may block ingestion.
        work_mem: memory for the sort, in PostgreSQL's notation (``16MB``).
    """

    batch_size: int = 1_000_000
    swap_wait: float = 0.25
    work_mem: str = "16MB"

    def step(self, connection: Connection, task: Task) -> str:
        """Run one step; return its outcome, as the template ``merge_v1`` defines it."""
        swap_wait = f"{round(self.swap_wait * 1000)} milliseconds"
        signature = "%s::integer, %s::interval, %s::text, true, NULL::text"
        return str(_call(connection, task, signature, (self.batch_size, swap_wait, self.work_mem)))

    def record_failure(self, connection: Connection, task: Task, error: DBAPIError) -> None:
        """Count the failure in the table's state and log it."""
        connection.exec_driver_sql(
            "SELECT cdc_management.record_failure(%s, %s, %s, %s, %s, %s, %s)",
            (task.schema, task.table, *_diagnosis(error)),
        )


@dataclass
class Purge:
    """Deletes tombstones that are older than their table's retention, ``batch_size`` rows per transaction.

    ``purged`` counts them, over all workers.
    """

    batch_size: int = 10_000
    purged: int = 0
    _lock: Lock = field(default_factory=Lock)
    _retention: dict[tuple[str, str | None], int] = field(default_factory=dict)

    def step(self, connection: Connection, task: Task) -> str:
        """Delete one batch; a batch that is not full was the last.

        Raises:
            TargetError: no definition says how old tombstones get.
        """
        retention = f"{self._retention_days(connection, task)} days"
        signature = "%s::interval, %s::integer, true, NULL::bigint"
        count = int(_call(connection, task, signature, (retention, self.batch_size)))
        with self._lock:
            self.purged += count
        return "PURGING" if count == self.batch_size else "PURGED"

    def _retention_days(self, connection: Connection, task: Task) -> int:
        """Return the retention in the definition of the table's procedures, read once per schema."""
        wanted = (task.schema, task.procedure)
        if wanted not in self._retention:
            found = definitions_by_purge(connection, task.schema)
            self._retention |= {(task.schema, purge): each.retention_days for purge, each in found.items()}
        if wanted not in self._retention:
            raise TargetError(
                f'{task.name}: no merge procedure names the purge procedure "{task.procedure}"',
                hint="it was dropped or replaced by hand: cdcmig check --target shows what is missing",
            )
        return self._retention[wanted]

    def record_failure(self, connection: Connection, task: Task, error: DBAPIError) -> None:
        """Log the failure; its merges go on."""
        connection.exec_driver_sql(
            "INSERT INTO cdc_management.error_log"
            " (schema_name, table_name, sqlstate, message, detail, hint, context)"
            " VALUES (%s, %s, %s, %s, nullif(%s, ''), nullif(%s, ''), nullif(%s, ''))",
            (task.schema, task.table, *_diagnosis(error)),
        )


def _call(connection: Connection, task: Task, arguments: str, values: tuple[object, ...]) -> Any:
    """Call the task's procedure for one step; return its INOUT argument.

    All arguments are passed by position and with casts: PostgreSQL then finds the one procedure of that signature,
    never an overload that somebody with CREATE on the schema has added.
    """
    quote = connection.dialect.identifier_preparer.quote_identifier
    return connection.exec_driver_sql(
        f"CALL {quote(task.schema)}.{quote(task.procedure)}({arguments})",
        values,
    ).scalar_one()


def _diagnosis(error: DBAPIError) -> tuple[str, ...]:
    """Return SQLSTATE, message, detail, hint and context of the server's error."""
    diagnosis = getattr(error.orig, "diag", None)
    names = ("sqlstate", "message_primary", "message_detail", "message_hint", "context")
    sqlstate, message, *rest = (getattr(diagnosis, name, None) or "" for name in names)
    return (sqlstate or "XX000", message or str(error.orig).strip(), *rest)
