"""Columns of a staging table that come, change and go."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.operations.ops import AddColumnOp, AlterColumnOp, DropColumnOp

from cdcmig.evolution.staging.change import StagingChange
from cdcmig.evolution.staging.names import rewrite_names
from cdcmig.evolution.staging.types import change_type, convert_waiting
from cdcmig.mapping import markers
from cdcmig.operations import RequireDataLossConsentOp
from cdcmig.operations.hazards import DESTRUCTIVE, suppress


def rewrite_staging(table: StagingChange) -> None:
    """Draft what becomes of every column that differs."""
    rewrite_names(table, _pruned(table))
    for name, added in table.change.added.items():
        if name not in table.renames.values():
            _add(table, added.column)
    for name, altered in table.change.altered.items():
        if name not in table.renames.values():  # it was an old name's so far, and gets another column
            _alter(table, altered)
    convert_waiting(table)
    for name, dropped in sorted(table.change.dropped.items()):
        if _is_pruned(table, name):
            _prune(table, dropped.to_column())
        elif name not in table.renames and not dropped.to_column().nullable:
            table.loosen(name, dropped.to_column().type)


def _add(table: StagingChange, column: sa.Column[Any]) -> None:
    """Add a column; a default that the final table insists on is given to waiting rows too."""
    schema, default = table.context.schema, table.default_of(column.name)
    added: sa.Column[Any] = sa.Column(column.name, column.type, server_default=default)
    table.step(
        [AddColumnOp(table.staging, added, schema=schema)],
        [DropColumnOp(table.staging, column.name, schema=schema)],
    )


def _alter(table: StagingChange, operation: AlterColumnOp) -> None:
    if operation.modify_type is not None:
        change_type(table, operation)
    elif operation.existing_server_default and operation.modify_server_default is not False:
        _change_default(table, operation)
    if operation.modify_nullable is True:
        table.loosen(operation.column_name, operation.modify_type or operation.existing_type)


def _change_default(table: StagingChange, operation: AlterColumnOp) -> None:
    """Give rows that come without the column what the final table would give them."""
    name, type_ = operation.column_name, operation.existing_type
    table.step(
        [table.default(name, type_, operation.modify_server_default)],
        [table.default(name, type_, operation.existing_server_default)],
    )


def _pruned(table: StagingChange) -> frozenset[str]:
    return frozenset(name for name in table.change.dropped if _is_pruned(table, name))


def _is_pruned(table: StagingChange, name: str) -> bool:
    """Return whether a column goes: when that is asked for, and only if an earlier changeset ended its merging."""
    there = table.context.columns(table.final).get(name)
    merged = there is not None and not markers.has(there["comment"], markers.GONE)
    unused = name not in table.context.keys[table.final].columns
    return table.context.policy.prune_staging and unused and not merged


def _prune(table: StagingChange, column: sa.Column[Any]) -> None:
    schema = table.context.schema
    back: list[Any] = [AddColumnOp(table.staging, sa.Column(column.name, column.type), schema=schema)]
    if not column.nullable:
        back.append(table.context.restore_not_null(table.staging, column.name))
    drop = DropColumnOp(table.staging, column.name, schema=schema)
    table.step([suppress(drop, "--prune-staging", DESTRUCTIVE)], back)
    lost = f"column {column.name} was dropped; it comes back empty"
    table.draft.guards_back.append(RequireDataLossConsentOp(lost, table=table.staging, schema=schema))
    table.note(column.name, " is dropped: whoever still inserts into it fails from then on")
