"""Reads the operators' views of ``cdc_management``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from cdcmig.merging import database
from cdcmig.merging.tasks import Filter, refuse_unknown


def merge_status(connection: Connection, wanted: Filter) -> list[dict[str, Any]]:
    """Return the rows of ``merge_status``: what fails first, then what is under way or waits.

    Raises:
        TargetError: the database cannot be asked.
        SchemaSelectionError: a pattern fits nothing.
    """
    refuse_unknown(connection, wanted)
    found = database.rows(
        connection,
        "SELECT * FROM cdc_management.merge_status ORDER BY"
        " array_position(ARRAY['FAILING', 'MERGING', 'PENDING', 'IDLE'], status), age DESC NULLS LAST,"
        " schema_name, table_name",
    )
    return [row for row in found if wanted.wants(row["schema_name"], row["table_name"])]


def short(duration: timedelta | None) -> str | None:
    """Return a duration in its two largest units, ``3 h 5 min``; None stays None."""
    if duration is None:
        return None
    seconds = max(0, round(duration.total_seconds()))
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        if count or (name == "s" and not parts):
            parts.append(f"{count} {name}")
        elif parts:
            break
    return " ".join(parts[:2])


def partitions(connection: Connection, wanted: Filter) -> list[dict[str, Any]]:
    """Return every (table, topic, partition) with its lag, once for each of its gaps; ``kind`` is None without.

    Raises:
        TargetError: the database cannot be asked.
        SchemaSelectionError: a pattern fits nothing.
    """
    refuse_unknown(connection, wanted)
    found = database.rows(
        connection,
        "SELECT l.schema_name, l.table_name, l.topic, l.partition, l.last_offset, l.lag, l.last_merged_at,"
        " g.kind, g.first_offset, g.last_offset AS last_missing, g.missing"
        " FROM cdc_management.replication_lag AS l"
        " LEFT JOIN cdc_management.processing_gaps AS g USING (schema_name, table_name, topic, partition)"
        " ORDER BY l.schema_name, l.table_name, l.topic, l.partition, g.first_offset",
    )
    return [row for row in found if wanted.wants(row["schema_name"], row["table_name"])]
