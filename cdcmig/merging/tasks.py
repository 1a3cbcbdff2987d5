"""Tasks of a run: tables with staged rows, and tables with tombstones to purge."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from sqlalchemy import Connection

from cdcmig.errors import SchemaSelectionError, abridged, nearest
from cdcmig.merging import database


@dataclass(frozen=True)
class Filter:
    """Shell patterns for schemas and tables (``adopus_*``); without patterns every table matches."""

    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    def wants(self, schema: str, table: str) -> bool:
        """Return whether a table matches."""
        return _fits(schema, self.schemas) and _fits(table, self.tables)


def refuse_unknown(connection: Connection, wanted: Filter) -> None:
    """Refuse patterns that match no table: a typo would silently select nothing.

    Raises:
        SchemaSelectionError: a pattern fits none of the schemas or tables that were upgraded.
        TargetError: the database cannot be asked.
    """
    if wanted == Filter():
        return
    known = database.rows(connection, "SELECT schema_name, table_name FROM cdc_management.merge_state")
    tables = [row for row in known if _fits(row["schema_name"], wanted.schemas)]
    _refuse("schema", wanted.schemas, {row["schema_name"] for row in known})
    _refuse("table", wanted.tables, {row["table_name"] for row in tables})


def _refuse(kind: str, patterns: tuple[str, ...], names: set[str]) -> None:
    known = sorted(names)
    for pattern in patterns:
        if not any(_fits(name, (pattern,)) for name in known):
            there = (
                f"the database has {len(known):,}: {abridged(known)}" if known else "alembic upgrade heads"
            )
            raise SchemaSelectionError(f'no {kind} "{pattern}"{nearest(pattern, known)}', hint=there)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    # Equal first: a name may hold the characters of a pattern.
    return not patterns or any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Task:
    """One table, and the procedure to call for it.

    Attributes:
        failures: how often in a row it has failed.
        rested: seconds since the last failure.
    """

    schema: str
    table: str
    procedure: str
    failures: int = 0
    rested: float = 0.0

    @property
    def name(self) -> str:
        """``schema.table``, for people."""
        return f"{self.schema}.{self.table}"


_PENDING = """\
SELECT p.schema_name, p.table_name, p.procedure_name, p.failures,
       coalesce(extract(epoch FROM clock_timestamp() - m.last_error_at), 0)::double precision AS rested
FROM cdc_management.pending_merges() AS p
JOIN cdc_management.merge_state AS m USING (schema_name, table_name)
ORDER BY p.failures > 0, p.waiting_since, p.schema_name, p.table_name
"""


def pending(connection: Connection, wanted: Filter) -> list[Task]:
    """Return the tables with staged rows: the oldest rows first, tables that failed last time at the end.

    Raises:
        TargetError: the database cannot be asked.
    """
    return [
        Task(row["schema_name"], row["table_name"], row["procedure_name"], row["failures"], row["rested"])
        for row in database.rows(connection, _PENDING)
        if wanted.wants(row["schema_name"], row["table_name"])
    ]


def purgeable(connection: Connection, wanted: Filter) -> list[Task]:
    """Return the tables whose tombstones are to be purged.

    Raises:
        TargetError: the database cannot be asked.
    """
    found = database.rows(
        connection,
        "SELECT schema_name, table_name, purge_procedure FROM cdc_management.merge_state"
        " WHERE purge_procedure IS NOT NULL ORDER BY schema_name, table_name",
    )
    return [
        Task(row["schema_name"], row["table_name"], row["purge_procedure"])
        for row in found
        if wanted.wants(row["schema_name"], row["table_name"])
    ]
