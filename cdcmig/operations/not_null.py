"""Tightening a column without a long lock, and loosening it back as far as the rows allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import RowsForbidError
from cdcmig.mapping import names
from cdcmig.operations.base import Operation, Preparation, operation
from cdcmig.operations.execution import (
    block,
    forget_leftover,
    note_leftover,
    patiently,
    raised_as,
    without_transaction,
)
from cdcmig.operations.guards import RequireNoRowsOp
from cdcmig.sql import script
from cdcmig.sql.quoting import identifier, literal, qualified

_CHECK_VIOLATION = "23514"


def check_name(table: str, column: str) -> str:
    """Return the name of the check that stands in for NOT NULL until the column has it."""
    return names.shorten(f"{table}_{column}_proven")


@operation("prove_not_null")
class ProveNotNullOp(Preparation):
    """Have PostgreSQL know, by a validated check, that a column holds no NULL: ``SET NOT NULL`` then scans nothing.

    Adds ``CHECK (column IS NOT NULL) NOT VALID`` and validates it beside readers and writers.

    Attributes:
        table: the table.
        column: its column.
        staging: the table's staging table: a row that waits there could not be merged any more.

    Raises:
        RowsForbidError: rows hold NULL, in the table or in staging; the check is gone again.
    """

    commits = True

    table: str
    column: str
    staging: str | None = field(default=None, kw_only=True)

    def run(self, operations: Operations) -> None:
        """Add and validate the check; what a failed attempt left is replaced."""
        table, check = qualified(self.schema, self.table), identifier(check_name(self.table, self.column))
        leftover = f"constraint {check} of {table}"
        drop = f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check};"
        refused = RowsForbidError(
            f"{self.schema}.{self.table}.{self.column} is to be NOT NULL, but rows hold NULL there",
            hint="merge what waits in staging or fill the rows, and run this again; nothing was changed",
        )
        with without_transaction(operations):
            script.run(operations, drop)
            self._look_at_staging(operations)
            note_leftover(operations, leftover, drop)
            try:
                script.run(
                    operations,
                    f"ALTER TABLE {table} ADD CONSTRAINT {check}"
                    f" CHECK ({identifier(self.column)} IS NOT NULL) NOT VALID;",
                )
            except DBAPIError:
                forget_leftover(operations, leftover)
                raise
            try:
                with patiently(operations), raised_as({_CHECK_VIOLATION: refused}):
                    script.run(operations, f"ALTER TABLE {table} VALIDATE CONSTRAINT {check};")
            except RowsForbidError:
                script.run(operations, drop)
                forget_leftover(operations, leftover)
                raise

    def _look_at_staging(self, operations: Operations) -> None:
        """Refuse while rows without a value wait; a leftover check, which would keep them from merging, is gone."""
        if self.staging is None:
            return
        reason = f"they could not be merged once {self.table}.{self.column} is NOT NULL"
        RequireNoRowsOp(self.staging, null_in=self.column, reason=reason, schema=self.schema).run(operations)


@operation("set_proven_not_null")
class SetProvenNotNullOp(Operation):
    """Set NOT NULL without a scan, because of the check of ``prove_not_null``, and drop the check.

    Attributes:
        table: the table.
        column: its column.
        proven: the column's name when it was proven, where it has been renamed since.
    """

    table: str
    column: str
    proven: str | None = field(default=None, kw_only=True)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"column {self.column}: not null"

    def run(self, operations: Operations) -> None:
        """Set NOT NULL and drop the check."""
        table = qualified(self.schema, self.table)
        check = identifier(check_name(self.table, self.proven or self.column))
        script.run(operations, f"ALTER TABLE {table} ALTER COLUMN {identifier(self.column)} SET NOT NULL;")
        script.run(operations, f"ALTER TABLE {table} DROP CONSTRAINT {check};")


@operation("restore_not_null")
class RestoreNotNullOp(Operation):
    """Set NOT NULL again in a downgrade; if rows lack a value, warn and leave the column nullable.

    Attributes:
        table: the table.
        column: its column.
        constraint: the name that it had, where PostgreSQL (from 18 on) names it and would choose another.
        staged: staging table and column that values come from: rows that wait there forbid it too, for they
            could not be merged.
    """

    table: str
    column: str
    constraint: str | None = field(default=None, kw_only=True)
    staged: tuple[str, str] | None = field(default=None, kw_only=True)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"column {self.column}: not null"

    def run(self, operations: Operations) -> None:
        """Look at the rows, then set NOT NULL or warn."""
        table, column = qualified(self.schema, self.table), identifier(self.column)
        warning = literal(
            f"{self.table}.{self.column} stays nullable: rows hold NULL there, or wait with NULL"
        )
        script.run(
            operations,
            block(
                "",
                f"    IF EXISTS (SELECT FROM {table} WHERE {column} IS NULL){self._or_staged()} THEN\n"
                f"        RAISE WARNING USING MESSAGE = {warning};\n"
                f"{self._named(table, column)}"
                f"    ELSE\n"
                f"        ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n"
                f"    END IF;",
            ),
        )

    def _or_staged(self) -> str:
        if self.staged is None:
            return ""
        staging, column = self.staged
        return f"\n        OR EXISTS (SELECT FROM {qualified(self.schema, staging)} WHERE {identifier(column)} IS NULL)"

    def _named(self, table: str, column: str) -> str:
        """Return the branch that names the constraint; as text for EXECUTE, which older servers never parse."""
        if self.constraint is None:
            return ""
        statement = f"ALTER TABLE {table} ADD CONSTRAINT {identifier(self.constraint)} NOT NULL {column}"
        return (
            f"    ELSIF pg_catalog.current_setting('server_version_num')::integer >= {_NAMES_NOT_NULL} THEN\n"
            f"        EXECUTE {literal(statement)};\n"
        )


_NAMES_NOT_NULL = 180000


def not_null_names(connection: Connection, schema: str) -> dict[tuple[str, str], str]:
    """Return (table, column) → name of its NOT NULL constraint; before PostgreSQL 18 they have none."""
    rows = connection.execute(
        text(
            "SELECT c.relname, a.attname, k.conname FROM pg_catalog.pg_constraint AS k"
            " JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
            " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]"
            " WHERE n.nspname = :schema AND k.contype = 'n' AND NOT c.relispartition"
        ),
        {"schema": schema},
    )
    return {(table, column): name for table, column, name in rows}
