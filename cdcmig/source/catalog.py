"""Reads SQL Server's catalog views, in a number of statements that does not depend on the number of tables.

Every statement is a plain select over catalog views, bounded by object ids; what belongs together is joined in
Python. Names stand in the catalog's own lower case, because a case-sensitive database compares them so, and
values of type sql_variant are cast, because Microsoft's driver refuses them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DBAPIError

IDS_PER_STATEMENT = 1000
"""Above this number all tables are read: SQL Server plans an IN list of many thousand values badly."""

Rows = Mapping[int, Sequence[Row[Any]]]
"""Rows of one statement by the object id of their table."""

_TABLES = """
SELECT t.object_id, s.name AS schema_name, t.name AS table_name, {optional}
FROM sys.tables AS t
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
WHERE t.is_ms_shipped = 0
ORDER BY s.name, t.name"""

_COLUMNS = """
SELECT c.object_id, c.column_id, c.name, c.system_type_id, c.max_length, c.precision, c.scale, c.collation_name,
       c.is_nullable, c.is_identity, c.is_computed, {optional},
       ty.name AS type_name, ts.name AS type_schema, ty.is_user_defined, ty.is_assembly_type,
       base.name AS base_name
FROM sys.columns AS c
LEFT JOIN sys.types AS ty ON ty.user_type_id = c.user_type_id
LEFT JOIN sys.schemas AS ts ON ts.schema_id = ty.schema_id
LEFT JOIN sys.types AS base ON base.user_type_id = COALESCE(ty.system_type_id, c.system_type_id)
WHERE c.object_id {ids}
ORDER BY c.object_id, c.column_id"""

_DEFAULTS = """
SELECT d.parent_object_id, d.parent_column_id AS column_id, d.definition
FROM sys.default_constraints AS d
WHERE d.parent_object_id {ids}"""

_COMPUTED = """
SELECT c.object_id, c.column_id, c.definition, c.is_persisted
FROM sys.computed_columns AS c
WHERE c.object_id {ids}"""

_INDEXES = """
SELECT i.object_id, i.index_id, i.name, i.type, i.is_unique, i.is_primary_key, i.is_unique_constraint,
       i.filter_definition, k.is_system_named,
       ic.column_id, ic.key_ordinal, ic.is_descending_key, ic.is_included_column
FROM sys.indexes AS i
JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id
LEFT JOIN sys.key_constraints AS k ON k.parent_object_id = i.object_id AND k.unique_index_id = i.index_id
WHERE i.is_hypothetical = 0 AND i.object_id {ids}
ORDER BY i.object_id, i.index_id, ic.key_ordinal, ic.index_column_id"""

_FOREIGN_KEYS = """
SELECT fk.parent_object_id, fk.object_id, fk.name, fk.is_system_named,
       c.name AS column_name, rs.name AS referred_schema, rt.name AS referred_table, rc.name AS referred_column
FROM sys.foreign_keys AS fk
JOIN sys.foreign_key_columns AS fkc ON fkc.constraint_object_id = fk.object_id
JOIN sys.columns AS c ON c.object_id = fkc.parent_object_id AND c.column_id = fkc.parent_column_id
JOIN sys.columns AS rc ON rc.object_id = fkc.referenced_object_id AND rc.column_id = fkc.referenced_column_id
JOIN sys.tables AS rt ON rt.object_id = fkc.referenced_object_id
JOIN sys.schemas AS rs ON rs.schema_id = rt.schema_id
WHERE fk.parent_object_id {ids}
ORDER BY fk.parent_object_id, fk.name, fkc.constraint_column_id"""

# An extended property holds at most 7,500 bytes, so 4,000 characters are enough.
_COMMENTS = """
SELECT p.major_id, p.minor_id AS column_id, CAST(p.value AS nvarchar(4000)) AS comment
FROM sys.extended_properties AS p
WHERE p.class = 1 AND p.name = 'MS_Description' AND p.major_id {ids}"""

_ROW_COUNTS = """
SELECT p.object_id, p.index_id, SUM(p.rows) AS row_count
FROM sys.partitions AS p
WHERE p.object_id {ids}
GROUP BY p.object_id, p.index_id"""

_CAPTURES = """
SELECT ct.source_object_id, ct.capture_instance, ct.supports_net_changes, cc.column_name
FROM cdc.change_tables AS ct
JOIN cdc.captured_columns AS cc ON cc.object_id = ct.object_id
WHERE ct.source_object_id {ids}
ORDER BY ct.source_object_id, ct.capture_instance, cc.column_ordinal"""

_OPTIONAL = {
    "sys.tables": (
        "temporal_type",
        "ledger_type",
        "is_tracked_by_cdc",
        "is_external",
        "is_dropped_ledger_table",
    ),
    "sys.columns": (
        "is_sparse",
        "is_hidden",
        "generated_always_type",
        "graph_type",
        "is_dropped_ledger_column",
    ),
}
"""Columns that came with SQL Server 2016 (temporal), 2017 (graph) and 2022 (ledger); others lack some of them."""


@dataclass(frozen=True)
class Catalog:
    """The catalog rows of some tables."""

    tables: Sequence[Row[Any]]
    columns: Rows
    defaults: Rows
    computed: Rows
    indexes: Rows
    foreign_keys: Rows
    comments: Rows
    row_counts: Rows = field(default_factory=dict)
    captures: Rows | None = field(default_factory=dict)
    """None: a table is tracked by CDC, but this login may not read cdc.change_tables."""


def read_tables(connection: Connection) -> list[Row[Any]]:
    """Return the base tables of the database, sorted by name; the system's own are not among them.

    Raises:
        sqlalchemy.exc.DBAPIError: as the driver raised it.
    """
    statement = _TABLES.format(optional=_optional(connection, "sys.tables", "t"))
    return [row for row in connection.execute(text(statement)) if not row.is_dropped_ledger_table]


def read_catalog(connection: Connection, tables: Sequence[Row[Any]]) -> Catalog:
    """Read everything about these rows of :func:`read_tables`.

    Raises:
        sqlalchemy.exc.DBAPIError: as the driver raised it.
    """
    ids = _bounded(row.object_id for row in tables)

    def rows(statement: str, **parts: str) -> Rows:
        return _by_table(connection.execute(text(statement.format(ids=ids, **parts))))

    return Catalog(
        tables=tables,
        columns=rows(_COLUMNS, optional=_optional(connection, "sys.columns", "c")),
        defaults=rows(_DEFAULTS),
        computed=rows(_COMPUTED),
        indexes=rows(_INDEXES),
        foreign_keys=rows(_FOREIGN_KEYS),
        comments=rows(_COMMENTS),
        row_counts=_if_allowed(connection, _ROW_COUNTS.format(ids=ids)) or {},
        captures=_if_allowed(connection, _CAPTURES.format(ids=ids)) if any(map(_tracked, tables)) else {},
    )


def _tracked(table: Row[Any]) -> bool:
    return bool(table.is_tracked_by_cdc)


def _optional(connection: Connection, view: str, alias: str) -> str:
    """Return the select list of a view's optional columns, with NULL for those that this server lacks."""
    there = set(connection.execute(text(f"SELECT * FROM {view} WHERE 1 = 0")).keys())
    return ", ".join(
        f"{alias}.{column}" if column in there else f"NULL AS {column}" for column in _OPTIONAL[view]
    )


def _bounded(object_ids: Iterable[int]) -> str:
    """Return an SQL condition that holds for these object ids; they are numbers from the server itself."""
    ids = sorted(set(map(int, object_ids)))
    if 0 < len(ids) <= IDS_PER_STATEMENT:
        return f"IN ({', '.join(map(str, ids))})"
    return "IN (SELECT t.object_id FROM sys.tables AS t)"


def _by_table(rows: Iterable[Row[Any]]) -> Rows:
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row)
    return grouped


def _if_allowed(connection: Connection, statement: str) -> Rows | None:
    """Run a statement that some logins may not run and some servers do not know; None then."""
    try:
        return _by_table(connection.execute(text(statement)))
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return None
