"""Reads the snapshots of the configured tables, and checks that the configured columns exist in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from cdcmig.config.draft import Draft, Entry, read_document
from cdcmig.config.files import SnapshotFinder, snapshot_path
from cdcmig.config.findings import Findings
from cdcmig.config.service import Service
from cdcmig.config.snapshot import TableSnapshot
from cdcmig.config.table_names import Spellings, TableName, fold, normal, split_table_name
from cdcmig.config.validation import validated
from cdcmig.config.yaml_source import Document, Place, quoted

Snapshots = Mapping[str, TableSnapshot]
"""Snapshots of one service, keyed by the source table's normalized name."""

NO_SNAPSHOT = "no-snapshot"
"""The check name of warnings about tables without a snapshot."""


def read_snapshots(root: Path, draft: Draft, findings: Findings) -> dict[str, Snapshots]:
    """Read the snapshots, keyed by service; report invalid and missing ones."""
    finder = SnapshotFinder(root)
    return {name: _of_service(root, name, entry, finder, findings) for name, entry in draft.services.items()}


def given_snapshots(seen: Mapping[str, Iterable[TableSnapshot]], draft: Draft) -> dict[str, Snapshots]:
    """Select the snapshots of configured tables from ``seen``, instead of reading files."""
    found: dict[str, Snapshots] = {}
    for service, entry in draft.services.items():
        tables = {table.qualified_name: table for table in seen.get(service, ())}
        names = Spellings(tables)
        keys = map(normal, entry.model.source.tables)
        found[service] = {key: tables[name] for key in keys if (name := names.find(key)) is not None}
    return found


def _of_service(
    root: Path, service: str, entry: Entry[Service], finder: SnapshotFinder, findings: Findings
) -> Snapshots:
    snapshots: dict[str, TableSnapshot] = {}
    for key in entry.model.source.tables:
        try:
            name = split_table_name(key)
        except ValueError:
            continue  # reported by service_checks
        file = finder.find(service, name)
        if file is None:
            expected = snapshot_path(root, service, name)
            message = f"no snapshot {expected}: the table is left out; write it with `cdcmig inspect`"
            place = (*entry.place, "source", "tables", key)
            findings.warn(entry.document, place, message, NO_SNAPSHOT)
            continue
        document = read_document(file, findings)
        snapshot = validated(TableSnapshot, document, (), findings) if document else None
        if document and snapshot:
            _check_snapshot(document, snapshot, name, findings)
            snapshots[normal(key)] = snapshot.read_from(file)
    return snapshots


def _check_snapshot(document: Document, snapshot: TableSnapshot, name: TableName, findings: Findings) -> None:
    for key, expected, found in (
        ("schema", name.schema, snapshot.schema_),
        ("table", name.table, snapshot.table),
    ):
        if fold(expected) != fold(found):
            findings.error(
                document, (key,), f"expected {quoted(expected)} as in the file's path, found {quoted(found)}"
            )
    seen: set[str] = set()
    for index, column in enumerate(snapshot.columns):
        if column.name in seen:
            findings.error(
                document, ("columns", index, "name"), f"the column {quoted(column.name)} occurs twice"
            )
        seen.add(column.name)
    if not snapshot.primary_key:
        message = f"{snapshot.qualified_name} has no primary key: it gets no staging table and no merge"
        findings.warn(document, ("columns",), message)


def check_columns(draft: Draft, snapshots: Mapping[str, Snapshots], findings: Findings) -> None:
    """Report configured columns that their snapshots do not have."""
    for name, entry in draft.services.items():
        _check_source_columns(entry, entry.model, snapshots[name], findings)
        _check_sink_columns(entry, entry.model, snapshots[name], findings)


def _check_source_columns(
    entry: Entry[Service], service: Service, snapshots: Snapshots, findings: Findings
) -> None:
    for key, table in service.source.tables.items():
        snapshot = snapshots.get(normal(key))
        if snapshot is None:
            continue
        place = (*entry.place, "source", "tables", key)
        ignored = [
            ((*place, "ignore_columns", index), column) for index, column in enumerate(table.ignore_columns)
        ]
        for where, column in ignored:
            if fold(column) in map(fold, snapshot.primary_key):
                message = (
                    f"{quoted(column)} is part of the primary key: no staging table and no merge without it"
                )
                findings.warn(entry.document, where, message)
        hints = [((*place, "renames", old), new) for old, new in table.renames.items()]
        for old, new in table.renames.items():
            if table.renames.get(new) == old:
                message = f"{quoted(old)} and {quoted(new)} cannot swap names: events do not say which one they mean"
                findings.error(entry.document, (*place, "renames", old), message)
        hints += [((*place, "using", column), column) for column in table.using]
        _check_exist(entry.document, ignored, snapshot, findings)
        _check_exist(entry.document, hints, snapshot, findings, "; a hint that was applied can be removed")


def _check_sink_columns(
    entry: Entry[Service], service: Service, snapshots: Snapshots, findings: Findings
) -> None:
    tables = Spellings(snapshots)
    for sink, section in service.sinks.items():
        for key, table in section.tables.items():
            source = tables.find(normal(table.from_))
            if source is not None:
                place = (*entry.place, "sinks", sink, "tables", key, "columns")
                columns = [((*place, column), column) for column in table.columns]
                _check_exist(entry.document, columns, snapshots[source], findings)


def _check_exist(
    document: Document,
    columns: list[tuple[Place, str]],
    snapshot: TableSnapshot,
    findings: Findings,
    advice: str = "",
) -> None:
    known = Spellings(column.name for column in snapshot.columns)
    for place, column in columns:
        if known.find(column) is None:
            message = f"{snapshot.qualified_name} has no column {quoted(column)}"
            findings.error(document, place, message + findings.suggestion(column, known.names) + advice)
