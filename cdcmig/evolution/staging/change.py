"""What the parts of this package share: one staging table that changes, in one context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alembic.operations.ops import AlterColumnOp, MigrateOperation

from cdcmig.evolution.context import ComparisonContext, TableChange
from cdcmig.evolution.draft import Draft, Phase


@dataclass(frozen=True)
class StagingChange:
    """A staging table and what autogenerate found about it.

    Attributes:
        final: the final table.
        staging: its staging table.
        renames: old name → new name of the final table's columns.
    """

    context: ComparisonContext
    draft: Draft
    final: str
    staging: str
    change: TableChange
    renames: Mapping[str, str]

    @property
    def renamed(self) -> dict[str, str]:
        """Old name → new name of the columns that the staging table still has under the old one alone."""
        return {old: new for old, new in self.renames.items() if old in self.change.dropped}

    def step(self, up: Iterable[MigrateOperation], down: Iterable[MigrateOperation] = ()) -> None:
        """Draft a change of this table and its way back."""
        self.draft.steps_of(self.final, Phase.STAGING, up, down)

    def note(self, column: str, text: str) -> None:
        """Note something about a column."""
        self.draft.notes.append(f"{self.staging}.{column}{text}")

    def alteration(self, column: str, **changes: Any) -> AlterColumnOp:
        """Return an alteration of a column."""
        return AlterColumnOp(self.staging, column, schema=self.context.schema, **changes)

    def default(self, name: str, type_: Any, default: Any) -> AlterColumnOp:
        """Return what gives a column a default, or none."""
        return self.alteration(name, existing_type=type_, modify_server_default=default or None)

    def default_of(self, column: str) -> Any:
        """Return the default of a column that the final table insists on, else None."""
        wanted = self.context.tables[self.final].c.get(column)
        return None if wanted is None or wanted.nullable else wanted.server_default

    def loosen(self, name: str, type_: Any, before: str | None = None) -> None:
        """Draft that a column may be NULL; ``before`` is its name at the start, where it is renamed too."""
        loose = self.alteration(name, existing_type=type_, modify_nullable=True)
        self.step([loose], [self.context.restore_not_null(self.staging, name, before)])
