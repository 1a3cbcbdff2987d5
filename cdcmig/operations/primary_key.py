"""``op.replace_primary_key``: one key for another, in an instant where the new one's index is there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from alembic.operations import Operations

from cdcmig.operations.base import Operation, operation
from cdcmig.operations.hazards import LONG_LOCK, Hazard
from cdcmig.sql import script
from cdcmig.sql.quoting import identifier, identifiers, qualified


@operation("replace_primary_key")
class ReplacePrimaryKeyOp(Operation):
    """Drop the primary key, if there is one, and set another, if one is wanted.

    Attributes:
        table: the table.
        name: the new key's name.
        columns: its columns, in order; none leaves the table without a key.
        replaces: the name of the present key; none if the table has none.
        index: a unique index on the columns that becomes the key's; without it one is built, under a lock.
    """

    table: str
    name: str
    columns: Sequence[str]
    replaces: str | None = field(default=None, kw_only=True)
    index: str | None = field(default=None, kw_only=True)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"primary key ({', '.join(self.columns)})"

    def hazards(self) -> Iterator[Hazard]:
        """Yield the index build under a lock, unless the index was built before."""
        if self.columns and self.index is None:
            yield Hazard(
                LONG_LOCK, f"{self.table}: the key's index is built under a lock; prepare it: index=…"
            )

    def run(self, operations: Operations) -> None:
        """Drop the old key and set the new one in one statement."""
        actions = [f"DROP CONSTRAINT {identifier(self.replaces)}"] if self.replaces else []
        if self.columns:
            key = f"USING INDEX {identifier(self.index)}" if self.index else f"({identifiers(self.columns)})"
            actions.append(f"ADD CONSTRAINT {identifier(self.name)} PRIMARY KEY {key}")
        script.run(operations, f"ALTER TABLE {qualified(self.schema, self.table)} {', '.join(actions)};")
