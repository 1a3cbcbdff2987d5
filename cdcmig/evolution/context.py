"""Where a comparison takes place: what is desired, what is there, and what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic.operations.ops import (
    AddColumnOp,
    AlterColumnOp,
    CreateTableOp,
    DropColumnOp,
    MigrateOperation,
    OpContainer,
)
from sqlalchemy import Connection, Inspector, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn

from cdcmig.desired.plan import TablePlan
from cdcmig.desired.state import Desired
from cdcmig.evolution.draft import Policy
from cdcmig.operations.access import Privilege, privileges_in
from cdcmig.operations.merge_procedure import conversions_of
from cdcmig.operations.not_null import RestoreNotNullOp, not_null_names
from cdcmig.operations.renamed_columns import renamed_columns
from cdcmig.operations.staging_table import partition_names


class Key(NamedTuple):
    """A primary key that is there."""

    name: str | None
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ComparisonContext:
    """One schema, before it is changed."""

    desired: Desired
    policy: Policy
    connection: Connection

    @property
    def schema(self) -> str:
        """The schema that is compared."""
        return self.desired.schema

    @cached_property
    def final_of(self) -> dict[str, str]:
        """Staging table → final table."""
        return self.desired.final_of

    @cached_property
    def staging_of(self) -> dict[str, str]:
        """Final table → staging table."""
        return {final: staging for staging, final in self.final_of.items()}

    @cached_property
    def tables(self) -> dict[str, sa.Table]:
        """The desired tables by name."""
        return {table.name: table for table in self.desired.metadata.tables.values()}

    @cached_property
    def _inspector(self) -> Inspector:
        return inspect(self.connection)

    @cached_property
    def keys(self) -> dict[str, Key]:
        """The primary keys that are there, by table."""
        found = self._inspector.get_multi_pk_constraint(schema=self.schema)
        return {
            table: Key(key["name"], tuple(key["constrained_columns"]))
            for (_, table), key in found.items()
            if key is not None
        }

    @cached_property
    def present(self) -> frozenset[str]:
        """The tables that are there."""
        return frozenset(self._inspector.get_table_names(schema=self.schema))

    @cached_property
    def conversions(self) -> dict[str, Mapping[str, Sequence[str]]]:
        """Final table → column → how the merge that is there converts what staging takes."""
        return conversions_of(self.connection, self.schema)

    @cached_property
    def renamed(self) -> dict[str, dict[str, str]]:
        """Staging table → old names that it still accepts → new names."""
        return renamed_columns(self.connection, self.schema)

    @cached_property
    def _not_null_names(self) -> dict[tuple[str, str], str]:
        return not_null_names(self.connection, self.schema)

    def restore_not_null(self, table: str, column: str, before: str | None = None) -> RestoreNotNullOp:
        """Return what brings NOT NULL back under the name that it has now; ``before``: the column's name now."""
        there, staging = before or column, self.staging_there(table)
        staged = (staging, there) if staging and there in self.columns(staging) else None
        name = self._not_null_names.get((table, there))
        return RestoreNotNullOp(table, column, constraint=name, staged=staged, schema=self.schema)

    def staging_there(self, table: str) -> str | None:
        """Return the staging table of a final table that has one, now and afterwards."""
        staging = self.staging_of.get(table)
        return staging if staging in self.present else None

    @cached_property
    def privileges(self) -> frozenset[Privilege]:
        """Every right on the tables and procedures that are there."""
        return frozenset(privileges_in(self.connection, self.schema))

    @cached_property
    def index_methods(self) -> dict[str, str]:
        """Index → access method, of all indexes that are there."""
        found = self._inspector.get_multi_indexes(schema=self.schema)
        return {
            str(index["name"]): index.get("dialect_options", {}).get("postgresql_using") or "btree"
            for indexes in found.values()
            for index in indexes
        }

    def columns(self, table: str) -> Mapping[str, Any]:
        """Return the columns of a table that is there, by name, as SQLAlchemy reflects them."""
        return self._columns.get(table, {})

    @cached_property
    def _columns(self) -> dict[str, dict[str, ReflectedColumn]]:
        """The columns of all tables, asked for at once."""
        tables = sorted(self.present - partition_names(self.connection, self.schema))
        return columns_of(self.connection, self.schema, tables)

    def desired_key(self, table: str) -> tuple[str, ...]:
        """Return the columns of the desired key."""
        return tuple(column.name for column in self.tables[table].primary_key.columns)

    def plan(self, table: str) -> TablePlan | None:
        """Return the table's plan with its hints, or None where nobody planned it."""
        return self.desired.plans.get(table)

    def subject(self, operation: MigrateOperation) -> str:
        """Return the table that an operation is about; of a staging table, its final table."""
        return subject(operation, self.final_of)


@dataclass
class TableChange:
    """What autogenerate found about one final table or one staging table."""

    added: dict[str, AddColumnOp] = field(default_factory=dict)
    dropped: dict[str, DropColumnOp] = field(default_factory=dict)
    altered: dict[str, AlterColumnOp] = field(default_factory=dict)
    other: list[MigrateOperation] = field(default_factory=list)
    created: bool = False

    def add(self, operation: MigrateOperation) -> None:
        """Sort an operation in."""
        if isinstance(operation, AddColumnOp):
            self.added[operation.column.name] = operation
        elif isinstance(operation, DropColumnOp):
            self.dropped[operation.column_name] = operation
        elif isinstance(operation, AlterColumnOp):
            self.altered[operation.column_name] = operation
        else:
            self.created |= isinstance(operation, CreateTableOp)
            self.other.append(operation)


def columns_of(
    connection: Connection, schema: str, tables: Sequence[str]
) -> dict[str, dict[str, ReflectedColumn]]:
    """Return the columns of tables that are there, as SQLAlchemy reflects them: by table, then by name."""
    found = inspect(connection).get_multi_columns(schema=schema, filter_names=tables) if tables else {}
    return {table: {column["name"]: column for column in columns} for (_, table), columns in found.items()}


def subject(operation: MigrateOperation, final_of: Mapping[str, str]) -> str:
    """Return the final table that an operation is about, also where it names the staging table."""
    for attribute in ("like", "table", "table_name", "source_table"):
        name = getattr(operation, attribute, None)
        if isinstance(name, str):
            return final_of.get(name, name)
    return ""


def flat(operations: Sequence[MigrateOperation]) -> list[MigrateOperation]:
    """Return the operations, those inside of ``ModifyTableOps`` too."""
    found: list[MigrateOperation] = []
    for operation in operations:
        found += flat(operation.ops) if isinstance(operation, OpContainer) else [operation]
    return found
