"""Columns of a staging table whose type changes, and what waits in them."""

from __future__ import annotations

from typing import Any

from alembic.operations.ops import AlterColumnOp, MigrateOperation
from sqlalchemy.types import TypeEngine

from cdcmig.evolution.conversion import Conversion, convert
from cdcmig.evolution.draft import Phase
from cdcmig.evolution.staging.change import StagingChange
from cdcmig.evolution.types import TypeChange, classify, text_of
from cdcmig.operations import ConvertColumnOp
from cdcmig.operations.hazards import DESTRUCTIVE, SILENT_LOSS, suppress, suppress_because


class StagingTypes(StagingChange):
    """The types of one staging table's columns, in one context."""

    def change_type(self, operation: AlterColumnOp) -> None:
        """Draft what becomes of a column that has another type than it is to have."""
        assert operation.existing_type is not None
        assert operation.modify_type is not None
        name, old, new = operation.column_name, operation.existing_type, operation.modify_type
        default = operation.existing_server_default
        if self.context.policy.prune_staging and name in self.context.conversions.get(self.final, {}):
            self._narrow(name, old, new, default or None)
        elif self._is_left_over(name, old, new):
            self._take_anew(name, old, new, default or None)
        else:
            change = Conversion(
                self.staging,
                name,
                old,
                new,
                bool(operation.existing_nullable),
                default,
                self.default_of(name) if default else None,
                follows=self._final_changes(name),
            )
            convert(self.context, self.draft, change, Phase.STAGING)

    def _final_changes(self, name: str) -> bool:
        """Tell whether the final table's column is converted too, so that all is told of it there."""
        there, wanted = (
            self.context.columns(self.final).get(name),
            self.context.tables[self.final].c.get(name),
        )
        return (
            there is not None
            and wanted is not None
            and classify(there["type"], wanted.type) is not TypeChange.NONE
        )

    def convert_waiting(self) -> None:
        """Convert rows that wait as those of the final table; staging itself goes on taking what it took."""
        before, there = {new: old for old, new in self.renames.items()}, self.context.columns(self.final)
        plan = self.context.plan(self.final)
        for column in plan.wide if plan is not None else ():
            final = there.get(before.get(column.name, column.name))
            wanted = self.context.tables[self.final].c[column.name]
            if final is not None and classify(final["type"], wanted.type) is not TypeChange.LOSSY:
                continue
            using = dict(plan.using)[column.name]
            self.step([self._conversion(column.name, column.type, column.type, using)])
            self.draft.notes.append(
                f"staging goes on taking {column.name} as {text_of(column.type)} until cdcmig revision"
                " --prune-staging; the merge converts what does not fit"
            )

    def _conversion(
        self, name: str, old: TypeEngine[Any], new: TypeEngine[Any], using: str
    ) -> ConvertColumnOp:
        schema = self.context.schema
        return ConvertColumnOp(self.staging, name, existing_type=old, type_=new, using=using, schema=schema)

    def _narrow(self, name: str, wide: TypeEngine[Any], narrow: TypeEngine[Any], default: Any) -> None:
        """Draft that a column takes no more than the final table has a place for; its default follows."""
        up = self._conversion(name, wide, narrow, self.context.conversions[self.final][name][0])
        down = self.alteration(name, existing_type=narrow, modify_type=wide)
        ups: list[MigrateOperation] = [suppress(up, "--prune-staging", DESTRUCTIVE, SILENT_LOSS)]
        downs: list[MigrateOperation] = [down]
        if default is not None:
            wanted = self.context.tables[self.staging].c[name].server_default
            ups = [self.default(name, wide, None), *ups, self.default(name, narrow, wanted)]
            downs = [self.default(name, narrow, None), *downs, self.default(name, wide, default)]
        self.step(ups, downs)
        self.note(name, f" takes {text_of(narrow)} only: what is wider is refused from then on")

    def _is_left_over(self, name: str, old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
        """Tell whether a column left the final table and comes back as another one, which no hint leads to."""
        plan = self.context.plan(self.final)
        hinted = plan is not None and name in dict(plan.using)
        lossy = classify(old, new) is TypeChange.LOSSY
        return lossy and not hinted and name not in self.context.columns(self.final)

    def _take_anew(self, name: str, old: TypeEngine[Any], new: TypeEngine[Any], default: Any) -> None:
        """Empty what nobody merges, so that the column can be the new one; its default was for the old one."""
        schema = self.context.schema
        up: list[MigrateOperation] = [emptied(self.staging, name, old, new, schema)]
        down: list[MigrateOperation] = [emptied(self.staging, name, new, old, schema)]
        if default is not None:
            up = [self.default(name, old, None), *up]
            down.append(self.default(name, old, default))
        self.step(up, down)
        if name in self.context.renamed.get(self.staging, {}):
            return  # an old name's until now: what arrived was handed on, and nothing waits in it
        self.note(
            name,
            f": {text_of(old)} to {text_of(new)}; what waits in it was not merged any more, and is not taken over"
            " (using: would say how)",
        )


def emptied(
    table: str, column: str, old: TypeEngine[Any], new: TypeEngine[Any], schema: str
) -> ConvertColumnOp:
    """Return what gives a column another type whose values count for nothing."""
    using = f"NULL::{text_of(new)}"
    operation = ConvertColumnOp(table, column, existing_type=old, type_=new, using=using, schema=schema)
    return suppress_because(operation, "nothing in it is merged", DESTRUCTIVE, SILENT_LOSS)
