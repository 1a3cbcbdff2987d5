"""``op.convert_column``: a type change that says how each value becomes one of the new type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from cdcmig.errors import RowsForbidError
from cdcmig.operations.step import EvolutionOp, told_as
from cdcmig.sql import script
from cdcmig.sql.quoting import identifier, qualified
from cdcmig.sql.sqlstate import UNIQUE_VIOLATION, sqlstate

_DATA_EXCEPTION = "22"
"""Class of SQLSTATEs, PostgreSQL manual, appendix A: out of range, too long, no value of the type."""


@Operations.register_operation("convert_column")
@dataclass
class ConvertColumnOp(EvolutionOp):
    """``ALTER COLUMN … TYPE … USING …``, which rewrites the table under a lock."""

    function = "convert_column"

    table: str
    column: str
    existing_type: TypeEngine[Any] = field(kw_only=True)
    type_: TypeEngine[Any] = field(kw_only=True)
    using: str = field(kw_only=True)
    schema: str | None = field(default=None, kw_only=True)

    @classmethod
    def convert_column(
        cls,
        operations: Operations,
        table: str,
        column: str,
        *,
        existing_type: TypeEngine[Any],
        type_: TypeEngine[Any],
        using: str,
        schema: str,
    ) -> None:
        """Change a column's type by the SQL expression ``using``; ``existing_type`` is for the reader."""
        operations.invoke(
            cls(table, column, existing_type=existing_type, type_=type_, using=using, schema=schema)
        )

    def run(self, operations: Operations) -> None:
        """Convert the column.

        Raises:
            RowsForbidError: what the values of a key become is not unique, or a value cannot become one of the type.
        """
        assert self.schema is not None
        dialect = operations.get_context().dialect
        type_ = self.type_.compile(dialect)
        told = f"{self.schema}.{self.table}.{self.column} to {type_.lower()} by {self.using}"
        refused = RowsForbidError(
            f"{told}: the column is part of a key, and rows would have the same one",
            hint="remove the duplicates, or choose another expression, and run this again; nothing was changed",
        )
        try:
            with told_as({UNIQUE_VIOLATION: refused}):
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
                f"{told}: a row has no place there: {cause.diag.message_primary}",
                hint="change or remove such rows, and run this again; nothing was changed",
            ) from None
