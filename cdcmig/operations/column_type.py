"""``op.convert_column``: a type change that says how each value becomes one of the new type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from cdcmig.errors import RowsForbidError
from cdcmig.mapping.postgresql_types import type_text
from cdcmig.operations.base import Operation, operation
from cdcmig.operations.execution import raised_as
from cdcmig.operations.hazards import REWRITE, Hazard
from cdcmig.sql import script
from cdcmig.sql.quoting import identifier, qualified
from cdcmig.sql.sqlstate import UNIQUE_VIOLATION, sqlstate

_DATA_EXCEPTION = "22"
"""Class of SQLSTATEs, PostgreSQL manual, appendix A: out of range, too long, no value of the type."""


@operation("convert_column")
class ConvertColumnOp(Operation):
    """Change a column's type by the SQL expression ``using``, which rewrites the table under a lock.

    Attributes:
        table: the table.
        column: its column.
        existing_type: the present type, for the reader.
        type_: the new type.
        using: how a value becomes one of the new type, in SQL.
    """

    table: str
    column: str
    existing_type: TypeEngine[Any] = field(kw_only=True)
    type_: TypeEngine[Any] = field(kw_only=True)
    using: str = field(kw_only=True)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        old, new = type_text(self.existing_type), type_text(self.type_)
        what = f"type {old} → {new}" if old != new else "values are converted"
        yield f"column {self.column}: {what} using {self.using}"

    def hazards(self) -> Iterator[Hazard]:
        """Yield the rewrite."""
        yield Hazard(REWRITE, f"{self.table}.{self.column}: USING rewrites every row under a lock")

    def run(self, operations: Operations) -> None:
        """Convert the column.

        Raises:
            RowsForbidError: what the values of a key become is not unique, or a value cannot become one of the type.
        """
        dialect = operations.get_context().dialect
        type_ = self.type_.compile(dialect)
        description = f"{self.schema}.{self.table}.{self.column} to {type_.lower()} by {self.using}"
        refused = RowsForbidError(
            f"{description}: the column is part of a key, and rows would have the same one",
            hint="remove the duplicates, or choose another expression, and run this again; nothing was changed",
        )
        try:
            with raised_as({UNIQUE_VIOLATION: refused}):
                script.run(
                    operations,
                    f"ALTER TABLE {qualified(self.schema, self.table)} ALTER COLUMN {identifier(self.column)}"
                    f" TYPE {type_} USING {self.using};",
                )
        except DBAPIError as error:
            cause: Any = error.orig
            if not sqlstate(error).startswith(_DATA_EXCEPTION):
                raise
            raise RowsForbidError(
                f"{description}: a row has no place there: {cause.diag.message_primary}",
                hint="change or remove such rows, and run this again; nothing was changed",
            ) from None
