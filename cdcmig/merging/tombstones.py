"""Tombstones (rows deleted in the source) past their retention: the rows that a purge would delete."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from cdcmig.errors import TargetError, abridged
from cdcmig.merging import database
from cdcmig.merging.tasks import Filter, Task, purgeable, refuse_unknown
from cdcmig.operations.merge_procedure import MergeProcedure, definitions_by_purge
from cdcmig.sql.quoting import identifier, qualified


def expired(connection: Connection, wanted: Filter) -> list[dict[str, Any]]:
    """Return a row for each table that is purged: how many ``tombstones`` are older than its ``retention_days``.

    Args:
        connection: one that commits each statement: there may be more tables than one transaction can lock.
        wanted: the tables that are meant.

    Raises:
        TargetError: the database cannot be asked, or a table has lost its merge procedure.
        SchemaSelectionError: a pattern fits nothing.
    """
    refuse_unknown(connection, wanted)
    tasks = purgeable(connection, wanted)
    with database.refusals(connection):
        procedures = {
            (schema, purge): procedure
            for schema in dict.fromkeys(task.schema for task in tasks)
            for purge, procedure in definitions_by_purge(connection, schema).items()
        }
    _refuse_lost([task for task in tasks if (task.schema, task.procedure) not in procedures])
    return [_expired(connection, task, procedures[task.schema, task.procedure]) for task in tasks]


def _refuse_lost(tasks: list[Task]) -> None:
    """Refuse tables whose merge procedure, which holds the retention, was dropped by hand."""
    if tasks:
        raise TargetError(
            "the merge procedure, which holds the retention, does not exist: "
            f"{abridged([task.name for task in tasks])}",
            hint="it was dropped or replaced by hand: cdcmig check --target shows what is missing;"
            " --schema and --table choose other tables",
        )


def _expired(connection: Connection, task: Task, procedure: MergeProcedure) -> dict[str, Any]:
    deleted, synced = procedure.column("deleted"), procedure.column("sync_timestamp")
    [row] = database.rows(
        connection,
        f"SELECT count(*) AS tombstones FROM {qualified(task.schema, task.table)}"
        f" WHERE {identifier(deleted)} AND {identifier(synced)} < now() - interval '{procedure.retention_days} days'",
    )
    return {
        "schema_name": task.schema,
        "table_name": task.table,
        "retention_days": procedure.retention_days,
        **row,
    }
