"""From rows of the catalog to snapshots: pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row

from cdcmig.config.snapshot import (
    SnapshotCapture,
    SnapshotColumn,
    SnapshotForeignKey,
    SnapshotIndex,
    SnapshotUniqueKey,
    TableSnapshot,
)
from cdcmig.config.table_names import join_table_name
from cdcmig.errors import SourceError
from cdcmig.source.catalog import Catalog

_BYTES = {"char", "varchar", "binary", "varbinary"}
_UTF16 = {"nchar", "nvarchar"}
_PRECISION_AND_SCALE = {"decimal", "numeric"}
_SCALE = {"datetime2", "datetimeoffset", "time"}

_UNLISTED_TYPES = {114: "json"}
"""Babelfish lists PostgreSQL's json by its number alone, which SQL Server gives to no type."""

_GENERATED = {
    1: "row_start",
    2: "row_end",
    5: "transaction_id_start",
    6: "transaction_id_end",
    7: "sequence_number_start",
    8: "sequence_number_end",
}
_TEMPORAL = {1: "history", 2: "system_versioned"}
_LEDGER = {1: "history", 2: "updatable", 3: "append_only"}
_B_TREES = {1, 2}
_INDEX_KINDS = {3: "xml", 4: "spatial", 5: "columnstore", 6: "columnstore", 7: "hash"}

_NAMED = 5
"""How many tables an error names."""

# PK__Kontakt__3214EC07A1B2C3D4, FK__Ordre__KontaktID__1A2B3C4D: generated again wherever the table is created.
_SYSTEM_NAME = re.compile(r"(PK|UQ|FK)__.*__[0-9A-F]{8,}", re.IGNORECASE | re.DOTALL)


def reflect(catalog: Catalog, database: str, service: str | None = None) -> list[TableSnapshot]:
    """Return a snapshot of every table of the catalog, in the catalog's order.

    Raises:
        SourceError: the login sees tables or expressions only in part.
    """
    refuse_partial_sight(catalog)
    return [_Table(catalog, row).snapshot(database, service) for row in catalog.tables]


def refuse_partial_sight(catalog: Catalog) -> None:
    """Raise if rows are missing that every table has, or if expressions are hidden.

    SQL Server shows a login only the metadata it has a right to, and says nothing about the rest.
    """
    blind = [row for row in catalog.tables if not catalog.columns.get(row.object_id)]
    hidden = [row for row in catalog.tables if any(_hidden_expressions(catalog, row.object_id))]
    untyped = [
        row
        for row in catalog.tables
        if any(base_type(column) is None for column in catalog.columns.get(row.object_id, ()))
    ]
    parts = ((blind, "columns"), (hidden, "default or computed expressions"), (untyped, "column types"))
    for tables, what in parts:
        if tables:
            names = list(dict.fromkeys(join_table_name(row.schema_name, row.table_name) for row in tables))
            raise SourceError(
                f"the login may not see the {what} of {', '.join(names[:_NAMED])}"
                + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""),
                hint="GRANT VIEW DEFINITION TO <user>, in that database",
            )


def _hidden_expressions(catalog: Catalog, table: int) -> Iterator[Row[Any]]:
    """Yield defaults and computed columns without their expression; the system's own of a graph table have none."""
    graph = {column.column_id for column in catalog.columns.get(table, ()) if column.graph_type is not None}
    for part in (*catalog.defaults.get(table, ()), *catalog.computed.get(table, ())):
        if part.definition is None and part.column_id not in graph:
            yield part


def type_text(column: Row[Any]) -> str:
    """Return a column's complete type, an alias type as its base: ``nvarchar(50)``, ``datetime2(7)``, ``xml``.

    Types of an assembly of the user's own have no base: they stay ``schema.Name``.
    """
    if column.is_assembly_type and column.is_user_defined:
        return f"{column.type_schema}.{column.type_name}"
    name = base_type(column) or ""
    if name in _BYTES | _UTF16:
        units = column.max_length // 2 if name in _UTF16 else column.max_length
        return f"{name}({'max' if column.max_length == -1 else units})"
    if name in _PRECISION_AND_SCALE:
        return f"{name}({column.precision},{column.scale})"
    if name in _SCALE:
        return f"{name}({column.scale})"
    if name == "vector":  # 8 bytes of header, 4 for each dimension
        return f"vector({(column.max_length - 8) // 4})"
    return name


def base_type(column: Row[Any]) -> str | None:
    """Return the name of a column's system type; None if the login may not see it."""
    return column.base_name or column.type_name or _UNLISTED_TYPES.get(column.system_type_id)


def alias_type(column: Row[Any]) -> str | None:
    """Return ``schema.Name`` of a column's alias type (``sysname`` without schema), or None."""
    if column.is_assembly_type or column.base_name in (None, column.type_name):
        return None
    return f"{column.type_schema}.{column.type_name}" if column.is_user_defined else str(column.type_name)


def order_of_magnitude(count: int) -> int:
    """Round to one significant digit: a snapshot holds the magnitude of a table, not its daily size."""
    unit = 10 ** (len(str(count)) - 1)
    return (count + unit // 2) // unit * unit if count else 0


class _Table:
    """One table's rows, put together."""

    def __init__(self, catalog: Catalog, row: Row[Any]) -> None:
        self.catalog = catalog
        self.row = row
        self.id: int = row.object_id
        self.columns = [c for c in catalog.columns[self.id] if not c.is_dropped_ledger_column]
        self.names = {column.column_id: column.name for column in self.columns}
        comments = catalog.comments.get(self.id, ())
        self.comments = {row.column_id: row.comment for row in comments if row.comment}
        self.indexes = [
            list(rows) for _, rows in groupby(catalog.indexes.get(self.id, ()), attrgetter("index_id"))
        ]

    def snapshot(self, database: str, service: str | None) -> TableSnapshot:
        return TableSnapshot(
            database=database,
            schema=self.row.schema_name,
            service=service,
            table=self.row.table_name,
            comment=self.comments.get(0),
            columns=list(self._columns()),
            foreign_keys=list(self._foreign_keys()),
            indexes=sorted(self._indexes(), key=lambda index: index.name),
            unique_keys=sorted(self._unique_keys(), key=lambda key: (key.name or "", key.columns)),
            temporal=_TEMPORAL.get(self.row.temporal_type or 0),
            ledger=_LEDGER.get(self.row.ledger_type or 0),
            row_estimate=self._row_estimate(),
            cdc=self._captures(),
        )

    def _columns(self) -> Iterator[SnapshotColumn]:
        defaults = {row.column_id: row.definition for row in self.catalog.defaults.get(self.id, ())}
        computed = {row.column_id: row for row in self.catalog.computed.get(self.id, ())}
        key = {
            row.column_id: row.key_ordinal for rows in self.indexes if rows[0].is_primary_key for row in rows
        }
        for column in self.columns:
            expression = computed.get(column.column_id)
            yield SnapshotColumn(
                name=column.name,
                type=type_text(column),
                nullable=bool(column.is_nullable),
                primary_key=bool(key.get(column.column_id)),
                key_position=key.get(column.column_id) or None,
                identity=bool(column.is_identity),
                computed=expression.definition if expression else None,
                persisted=bool(expression.is_persisted) if expression else None,
                default=defaults.get(column.column_id),
                collation=column.collation_name,
                comment=self.comments.get(column.column_id),
                alias_type=alias_type(column),
                sparse=bool(column.is_sparse),
                generated=_GENERATED.get(column.generated_always_type or 0),
                hidden=bool(column.is_hidden),
            )

    def _indexes(self) -> Iterator[SnapshotIndex]:
        for rows in self.indexes:
            index = rows[0]
            if index.is_primary_key or index.is_unique_constraint or index.name is None:
                continue
            kind = _INDEX_KINDS.get(index.type, None if index.type in _B_TREES else f"type {index.type}")
            keys = rows if kind == "columnstore" else [row for row in rows if row.key_ordinal]
            yield SnapshotIndex(
                name=index.name,
                kind=kind,
                columns=self._named(keys or rows),
                descending=self._named(row for row in keys if row.is_descending_key),
                unique=bool(index.is_unique),
                include=self._named(r for r in rows if r.is_included_column and kind != "columnstore"),
                where=index.filter_definition,
            )

    def _unique_keys(self) -> Iterator[SnapshotUniqueKey]:
        for rows in self.indexes:
            if rows[0].is_unique_constraint:
                keys = [row for row in rows if row.key_ordinal]
                yield SnapshotUniqueKey(name=_given_name(rows[0]), columns=self._named(keys))

    def _foreign_keys(self) -> Iterator[SnapshotForeignKey]:
        keys = []
        for _, group in groupby(self.catalog.foreign_keys.get(self.id, ()), attrgetter("object_id")):
            rows = list(group)
            keys.append(
                SnapshotForeignKey(
                    name=_given_name(rows[0]),
                    columns=[row.column_name for row in rows],
                    references=join_table_name(rows[0].referred_schema, rows[0].referred_table),
                    referred_columns=[row.referred_column for row in rows],
                )
            )
        yield from sorted(keys, key=lambda key: (key.name or "", key.columns, key.references))

    def _captures(self) -> list[SnapshotCapture] | None:
        if not self.row.is_tracked_by_cdc:
            return None
        rows = (self.catalog.captures or {}).get(self.id, ())
        instances = [list(group) for _, group in groupby(rows, attrgetter("capture_instance"))]
        return [
            SnapshotCapture(
                instance=rows[0].capture_instance,
                columns=[row.column_name for row in rows],
                net_changes=bool(rows[0].supports_net_changes),
            )
            for rows in instances
        ]

    def _row_estimate(self) -> int | None:
        """Rows of the heap or clustered index; a memory-optimised table has neither, its indexes hold all rows.

        Babelfish says -1 where it does not know.
        """
        rows = [row for row in self.catalog.row_counts.get(self.id, ()) if row.row_count is not None]
        counts = {row.index_id: int(row.row_count) for row in rows if row.row_count >= 0}
        return max((counts[i] for i in counts if i <= 1), default=max(counts.values(), default=None))

    def _named(self, rows: Iterable[Row[Any]]) -> list[str]:
        return [self._name_of(row.column_id) for row in rows]

    def _name_of(self, column_id: int) -> str:
        try:
            return str(self.names[column_id])
        except KeyError:
            raise SourceError(
                f"{join_table_name(self.row.schema_name, self.row.table_name)} changed while it was read",
                hint="run it again; if it happens every time, the login may see some of the columns only:"
                " GRANT VIEW DEFINITION",
            ) from None


def _given_name(row: Row[Any]) -> str | None:
    """Return a constraint's name unless the server made it up: those differ from database to database."""
    return None if row.is_system_named and _SYSTEM_NAME.fullmatch(row.name) else str(row.name)


def tables_without_sight_of_captures(snapshots: Sequence[TableSnapshot]) -> list[str]:
    """Return the tables that CDC tracks and whose capture instances the login may not read."""
    return [snapshot.qualified_name for snapshot in snapshots if snapshot.cdc == []]
