"""Replaces the names of source tables and columns in a service by their spelling in the snapshots."""

from __future__ import annotations

from cdcmig.config.service import Service, SinkTable, SourceTable
from cdcmig.config.snapshot import TableSnapshot
from cdcmig.config.snapshot_checks import Snapshots
from cdcmig.config.table_names import Spellings, normal


def spelled(service: Service, snapshots: Snapshots) -> Service:
    """Return a checked service with every source name spelled as in the snapshots."""
    tables = {normal(key): table for key, table in service.source.tables.items()}
    keys = Spellings(tables)
    source = service.source.model_copy(
        update={
            "tables": {
                _table(key, snapshots): _source(table, snapshots.get(key)) for key, table in tables.items()
            }
        }
    )
    sinks = {
        sink: section.model_copy(
            update={"tables": {key: _sink(table, keys, snapshots) for key, table in section.tables.items()}}
        )
        for sink, section in service.sinks.items()
    }
    return service.model_copy(update={"source": source, "sinks": sinks})


def _table(key: str, snapshots: Snapshots) -> str:
    return snapshots[key].qualified_name if key in snapshots else key


def _source(table: SourceTable, snapshot: TableSnapshot | None) -> SourceTable:
    names = _column_names(snapshot)
    return table.model_copy(
        update={
            "ignore_columns": [names.find(column) or column for column in table.ignore_columns],
            "renames": {old: names.find(new) or new for old, new in table.renames.items()},
            "using": {names.find(column) or column: sql for column, sql in table.using.items()},
        }
    )


def _sink(table: SinkTable, keys: Spellings, snapshots: Snapshots) -> SinkTable:
    key = keys.find(normal(table.from_)) or table.from_
    names = _column_names(snapshots.get(key))
    columns = {names.find(column) or column: target for column, target in table.columns.items()}
    return table.model_copy(update={"from_": _table(key, snapshots), "columns": columns})


def _column_names(snapshot: TableSnapshot | None) -> Spellings:
    return Spellings(column.name for column in snapshot.columns) if snapshot else Spellings([])
