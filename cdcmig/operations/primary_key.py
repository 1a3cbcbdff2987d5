"""``op.replace_primary_key``: one key for another, in an instant where the new one's index is there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alembic.operations import Operations

from cdcmig.operations.step import EvolutionOp
from cdcmig.sql import script
from cdcmig.sql.quoting import identifier, identifiers, qualified


@Operations.register_operation("replace_primary_key")
@dataclass
class ReplacePrimaryKeyOp(EvolutionOp):
    """Drop the primary key, if there is one, and set another, if one is wanted."""

    function = "replace_primary_key"

    table: str
    name: str
    columns: Sequence[str]
    replaces: str | None = field(default=None, kw_only=True)
    index: str | None = field(default=None, kw_only=True)
    schema: str | None = field(default=None, kw_only=True)

    @classmethod
    def replace_primary_key(
        cls,
        operations: Operations,
        table: str,
        name: str,
        columns: Sequence[str],
        *,
        replaces: str | None = None,
        index: str | None = None,
        schema: str,
    ) -> None:
        """Replace the primary key.

        Args:
            operations: Alembic's.
            table: the table.
            name: the new key's name.
            columns: its columns, in order; none leaves the table without a key.
            replaces: the name of the present key; none if the table has none.
            index: a unique index on the columns that becomes the key's; without it one is built, under a lock.
            schema: the table's schema.
        """
        operations.invoke(cls(table, name, list(columns), replaces=replaces, index=index, schema=schema))

    def run(self, operations: Operations) -> None:
        """Drop the old key and set the new one in one statement."""
        assert self.schema is not None
        actions = [f"DROP CONSTRAINT {identifier(self.replaces)}"] if self.replaces else []
        if self.columns:
            key = f"USING INDEX {identifier(self.index)}" if self.index else f"({identifiers(self.columns)})"
            actions.append(f"ADD CONSTRAINT {identifier(self.name)} PRIMARY KEY {key}")
        script.run(operations, f"ALTER TABLE {qualified(self.schema, self.table)} {', '.join(actions)};")
