"""Rows that are gone from the source, and past their retention: what a purge would delete."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from cdcmig.merging import database
from cdcmig.merging.tasks import Filter, Task, purgeable, refuse_unknown
from cdcmig.operations.merge_procedure import MergeProcedure, definitions_in
from cdcmig.sql.quoting import identifier, qualified


def expired(connection: Connection, wanted: Filter) -> list[dict[str, Any]]:
    """Return a row for each table that is purged: how many ``tombstones`` are older than its ``retention_days``.

    Raises:
        TargetError: the database cannot be asked.
        SchemaSelectionError: a pattern fits nothing.
    """
    refuse_unknown(connection, wanted)
    tasks = purgeable(connection, wanted)
    procedures = {
        (schema, procedure.purge): procedure
        for schema in dict.fromkeys(task.schema for task in tasks)
        for procedure in definitions_in(connection, schema).values()
    }
    return [_expired(connection, task, procedures[task.schema, task.procedure]) for task in tasks]


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
