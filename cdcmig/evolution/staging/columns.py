"""Columns of a staging table that come, change and go."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.operations.ops import AddColumnOp, AlterColumnOp, DropColumnOp

from cdcmig.evolution.lint_rules import DESTRUCTIVE
from cdcmig.evolution.staging.change import StagingChange
from cdcmig.evolution.staging.names import StagingNames
from cdcmig.evolution.staging.types import StagingTypes
from cdcmig.evolution.suppression import allow
from cdcmig.mapping import markers
from cdcmig.operations import RequireDataLossConsentOp


class StagingColumns(StagingChange):
    """The columns of one staging table, in one context."""

    def rewrite(self) -> None:
        """Draft what becomes of every column that differs."""
        types = StagingTypes(**vars(self))
        StagingNames(**vars(self)).rewrite(self._pruned())
        for name, added in self.change.added.items():
            if name not in self.renames.values():
                self._add(added.column)
        for name, altered in self.change.altered.items():
            if name not in self.renames.values():  # it was an old name's so far, and gets another column
                self._alter(altered, types)
        types.convert_waiting()
        for name, dropped in sorted(self.change.dropped.items()):
            if self._is_pruned(name):
                self._prune(dropped.to_column())
            elif name not in self.renames and not dropped.to_column().nullable:
                self.loosen(name, dropped.to_column().type)

    def _add(self, column: sa.Column[Any]) -> None:
        """Add a column; a default that the final table insists on is given to waiting rows too."""
        schema, default = self.context.schema, self.default_of(column.name)
        added: sa.Column[Any] = sa.Column(column.name, column.type, server_default=default)
        self.step(
            [AddColumnOp(self.staging, added, schema=schema)],
            [DropColumnOp(self.staging, column.name, schema=schema)],
        )

    def _alter(self, operation: AlterColumnOp, types: StagingTypes) -> None:
        if operation.modify_type is not None:
            types.change_type(operation)
        elif operation.existing_server_default and operation.modify_server_default is not False:
            self._change_default(operation)
        if operation.modify_nullable is True:
            self.loosen(operation.column_name, operation.modify_type or operation.existing_type)

    def _change_default(self, operation: AlterColumnOp) -> None:
        """Give rows that come without the column what the final table would give them."""
        name, type_ = operation.column_name, operation.existing_type
        self.step(
            [self.default(name, type_, operation.modify_server_default)],
            [self.default(name, type_, operation.existing_server_default)],
        )

    def _pruned(self) -> frozenset[str]:
        return frozenset(name for name in self.change.dropped if self._is_pruned(name))

    def _is_pruned(self, name: str) -> bool:
        """Tell whether a column goes: when that is asked for, and only if an earlier changeset ended its merging."""
        there = self.context.columns(self.final).get(name)
        merged = there is not None and not markers.has(there["comment"], markers.GONE)
        unused = name not in self.context.keys[self.final].columns
        return self.context.policy.prune_staging and unused and not merged

    def _prune(self, column: sa.Column[Any]) -> None:
        schema = self.context.schema
        back: list[Any] = [AddColumnOp(self.staging, sa.Column(column.name, column.type), schema=schema)]
        if not column.nullable:
            back.append(self.context.restore_not_null(self.staging, column.name))
        drop = DropColumnOp(self.staging, column.name, schema=schema)
        self.step([allow(drop, "--prune-staging", DESTRUCTIVE)], back)
        lost = f"column {column.name} was dropped; it comes back empty"
        self.draft.guards_back.append(RequireDataLossConsentOp(lost, table=self.staging, schema=schema))
        self.note(column.name, " is dropped: whoever still inserts into it fails from then on")
