"""One transaction of a merge or a purge: a call of the table's own procedure with ``one_step``.

The procedures leave everything consistent at the end of every step, so that a run may stop between any two of
them, and whoever comes next goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cdcmig.merging.tasks import Task

GO_ON = frozenset({"CRASH NOTED", "SWITCHED", "LOST", "SORTED", "APPLIED", "PURGING"})
"""Outcomes after which the same table has another step to go."""

WAITING = "WAITING"
"""The outcome of a step that did not get its locks in time: call again later."""

LATER = frozenset({WAITING, "REPLACED"})
"""Outcomes of steps that could not be done now; REPLACED: a migration was just at the procedure."""

SIGNS_OF_A_CRASH = frozenset({"CRASH NOTED", "LOST"})
"""Outcomes that tell of lost staged rows."""


class Procedure(Protocol):
    """Something that is done to tables step by step."""

    def step(self, connection: Connection, task: Task) -> str:
        """Do one step, which commits itself; return its outcome.

        Raises:
            DBAPIError: the step failed and was rolled back.
        """

    def record_failure(self, connection: Connection, task: Task, error: DBAPIError) -> None:
        """Write a failed step into the database's error log."""


@dataclass(frozen=True)
class Merge:
    """Merges one generation of a table's staged rows; ``None`` leaves an argument to the procedure.

    Attributes:
        batch_size: rows a transaction.
        swap_wait: seconds for which ingestion may be made to wait.
        work_mem: memory of the sort, as PostgreSQL writes it.
    """

    batch_size: int | None = None
    swap_wait: float | None = None
    work_mem: str | None = None

    def step(self, connection: Connection, task: Task) -> str:
        """Do one step; return its outcome as template ``merge_v1`` describes it."""
        given: dict[str, object] = {"batch_size": self.batch_size, "work_mem": self.work_mem}
        if self.swap_wait is not None:
            given["swap_wait"] = f"{round(self.swap_wait * 1000)} milliseconds"
        return str(_call(connection, task, given))

    def record_failure(self, connection: Connection, task: Task, error: DBAPIError) -> None:
        """Count the failure in the table's state and log it."""
        connection.exec_driver_sql(
            "SELECT cdc_management.record_failure(%s, %s, %s, %s, %s, %s, %s)",
            (task.schema, task.table, *_told(error)),
        )


@dataclass
class Purge:
    """Deletes tombstones that are older than their table's retention, ``batch_size`` rows a transaction.

    ``purged`` counts them, over all workers.
    """

    batch_size: int = 10_000
    purged: int = 0
    _lock: Lock = field(default_factory=Lock)

    def step(self, connection: Connection, task: Task) -> str:
        """Delete one batch; a batch that is not full was the last."""
        count = int(_call(connection, task, {"batch_size": self.batch_size}))
        with self._lock:
            self.purged += count
        return "PURGING" if count == self.batch_size else "PURGED"

    def record_failure(self, connection: Connection, task: Task, error: DBAPIError) -> None:
        """Log the failure; the table's merges are not concerned."""
        connection.exec_driver_sql(
            "INSERT INTO cdc_management.error_log"
            " (schema_name, table_name, sqlstate, message, detail, hint, context)"
            " VALUES (%s, %s, %s, %s, nullif(%s, ''), nullif(%s, ''), nullif(%s, ''))",
            (task.schema, task.table, *_told(error)),
        )


def _call(connection: Connection, task: Task, given: dict[str, object]) -> Any:
    """Call the task's procedure for one step; return its INOUT argument."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    arguments = {name: value for name, value in given.items() if value is not None}
    listed = "".join(f"{name} => %s, " for name in arguments)
    return connection.exec_driver_sql(
        f"CALL {quote(task.schema)}.{quote(task.procedure)}({listed}one_step => true)",
        tuple(arguments.values()),
    ).scalar_one()


def _told(error: DBAPIError) -> tuple[str, ...]:
    """Return SQLSTATE, message, detail, hint and context of the server's error."""
    told = getattr(error.orig, "diag", None)
    names = ("sqlstate", "message_primary", "message_detail", "message_hint", "context")
    sqlstate, message, *rest = (getattr(told, name, None) or "" for name in names)
    return (sqlstate or "XX000", message or str(error.orig).strip(), *rest)
