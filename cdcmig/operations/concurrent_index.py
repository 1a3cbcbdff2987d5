"""``op.create_index_concurrently``: an index that nobody waits for, and that a failed attempt does not block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from alembic.operations import Operations

from cdcmig.errors import RowsForbidError
from cdcmig.operations.base import Operation, Preparation, operation
from cdcmig.operations.execution import (
    block,
    forget_leftover,
    note_leftover,
    patiently,
    raised_as,
    without_transaction,
)
from cdcmig.sql import script
from cdcmig.sql.quoting import identifier, identifiers, literal, qualified, text_array
from cdcmig.sql.sqlstate import UNIQUE_VIOLATION


@operation("create_index_concurrently")
class CreateIndexConcurrentlyOp(Preparation):
    """Build an index with ``CREATE INDEX CONCURRENTLY``, outside of any transaction, beside readers and writers.

    An index that a failed attempt left is dropped or, if valid, kept.

    Raises:
        RowsForbidError: the index is to be unique and the rows are not.
    """

    commits = True

    name: str
    table: str
    columns: Sequence[str]
    unique: bool = field(default=False, kw_only=True)
    using: str | None = field(default=None, kw_only=True)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        unique = "unique index" if self.unique else "index"
        yield f"added {unique} {self.name} on {', '.join(self.columns)}, without blocking"

    def run(self, operations: Operations) -> None:
        """Drop an unusable leftover, then build the index unless it is there; if the step fails, it goes again.

        That holds for one that a killed attempt left, too: a unique index refuses rows that the old key allows.
        """
        refused = RowsForbidError(
            f"{self.schema}.{self.table}: rows share a value of {', '.join(self.columns)};"
            f' the index "{self.name}" is not built',
            hint="remove the duplicates and run this again; nothing was changed",
        )
        with without_transaction(operations):
            script.run(operations, self._drop_leftover())
            note_leftover(operations, self._told, f"DROP INDEX CONCURRENTLY IF EXISTS {self._qualified};")
            try:
                with patiently(operations), raised_as({UNIQUE_VIOLATION: refused}):
                    script.run(operations, self._create())
            except RowsForbidError:
                script.run(operations, self._drop_leftover())
                forget_leftover(operations, self._told)
                raise

    @property
    def _qualified(self) -> str:
        return qualified(self.schema, self.name)

    @property
    def _told(self) -> str:
        return f"index {self._qualified}"

    def _create(self) -> str:
        unique = "UNIQUE " if self.unique else ""
        using = f" USING {identifier(self.using)}" if self.using else ""
        return (
            f"CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS {identifier(self.name)}"
            f" ON {qualified(self.schema, self.table)}{using} ({identifiers(self.columns)});"
        )

    def _drop_leftover(self) -> str:
        index, table = self._qualified, qualified(self.schema, self.table)
        return block(
            "",
            f"    IF EXISTS (SELECT FROM pg_catalog.pg_index AS i\n"
            f"        WHERE i.indexrelid = pg_catalog.to_regclass({literal(index)})\n"
            f"        AND (NOT i.indisvalid OR i.indisunique <> {str(self.unique).lower()}\n"
            f"            OR i.indrelid <> {literal(table)}::pg_catalog.regclass\n"
            f"            OR {text_array(self.columns)} <> ARRAY(\n"
            f"                SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)\n"
            f"                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum\n"
            f"                ORDER BY k.place))) THEN\n"
            f"        DROP INDEX {index};\n"
            f"    END IF;",
        )


@operation("rename_index")
class RenameIndexOp(Operation):
    """Give an index the name of the one that it replaces; ``table`` is for the reader."""

    name: str
    new_name: str
    table: str = field(kw_only=True)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"renamed index {self.name} → {self.new_name}"

    def run(self, operations: Operations) -> None:
        """Rename it."""
        index = qualified(self.schema, self.name)
        script.run(operations, f"ALTER INDEX {index} RENAME TO {identifier(self.new_name)};")
