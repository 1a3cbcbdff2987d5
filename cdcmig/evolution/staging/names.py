"""Columns of a staging table that get another name, and their old names, which go on being taken.

A renamed column takes its rows along, and an empty one gets the old name: what arrives in it is handed to the new one
by the trigger of :mod:`cdcmig.operations.renamed_columns`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from alembic.operations.ops import AddColumnOp, AlterColumnOp, DropColumnOp

from cdcmig.evolution.conversion import Conversion, convert
from cdcmig.evolution.draft import Phase
from cdcmig.evolution.staging.change import StagingChange
from cdcmig.evolution.staging.types import emptied
from cdcmig.evolution.types import TypeChange, classify
from cdcmig.operations import AcceptRenamedColumnsOp

_ASIDE = "__cdcmig_aside"


class StagingNames(StagingChange):
    """The names of one staging table's columns, in one context."""

    def rewrite(self, pruned: Collection[str]) -> None:
        """Draft the renames, and which old names are taken; ``pruned`` are the columns that go."""
        for old, new in self._renamed.items():
            there = self.change.dropped[old].to_column()
            if new in self.change.added:
                self._rename(there, new)
            else:
                self._swap(there, new)
        for old, new in self._renamed.items():
            self._convert(old, new)
        self._accept(pruned)

    @property
    def _renamed(self) -> dict[str, str]:
        return {old: new for old, new in self.renames.items() if old in self.change.dropped}

    def _rename(self, there: sa.Column[Any], new: str) -> None:
        """Rename with the rows, and bring the old name back as an empty column."""
        schema, old = self.context.schema, there.name
        back: sa.Column[Any] = sa.Column(old, self.change.added[new].column.type)
        self.step(
            [self._renaming(there, old, new), AddColumnOp(self.staging, back, schema=schema)],
            [DropColumnOp(self.staging, old, schema=schema), self._renaming(there, new, old)],
        )

    def _swap(self, there: sa.Column[Any], new: str) -> None:
        """Exchange two names: the new one stayed behind from an earlier rename."""
        old = there.name
        swap = [
            self._renaming(there, new, _ASIDE),
            self._renaming(there, old, new),
            self._renaming(there, _ASIDE, old),
        ]
        self.step(swap, swap)

    def _renaming(self, there: sa.Column[Any], old: str, new: str) -> AlterColumnOp:
        same: dict[str, Any] = {"existing_type": there.type, "existing_nullable": there.nullable}
        return self.alteration(old, modify_name=new, **same)

    def _convert(self, old: str, new: str) -> None:
        """Draft what else becomes of a renamed column."""
        there, wanted = self.change.dropped[old].to_column(), self.context.tables[self.staging].c[new]
        before = there.server_default
        after = wanted.server_default if before else None
        if classify(there.type, wanted.type) is not TypeChange.NONE:
            change = Conversion(
                self.staging,
                new,
                there.type,
                wanted.type,
                bool(there.nullable),
                before,
                after,
                follows=True,
            )
            convert(self.context, self.draft, change, Phase.STAGING)
        elif _text(before) != _text(after):
            self.step([self.default(new, wanted.type, after)], [self.default(new, wanted.type, before)])
        if wanted.nullable and not there.nullable:
            self.loosen(new, wanted.type, old)

    def _accept(self, pruned: Collection[str]) -> None:
        """Hand on what arrives under old names; one that a column of its own bears again is no old name any more."""
        before, wanted = self.context.renamed.get(self.staging, {}), self.context.tables[self.staging].c
        # Each leads to what the column is called in the end: a name between may be a column of its own one day.
        names = {old: self._renamed.get(new, new) for old, new in before.items()} | self._renamed
        accepted = {old: new for old, new in names.items() if old not in wanted and old not in pruned}
        self._retype_old_names(accepted)
        if accepted == before and not (accepted and self._retypes()):
            return
        for old, new in before.items():
            if old in wanted and old not in self.renames.values():
                told = " is a column of its own again; what arrives in it is not handed to"
                self.note(old, f"{told} {new} any more")
        trigger = AcceptRenamedColumnsOp(
            self.staging, accepted, replaces=before or None, schema=self.context.schema
        )
        self.step([trigger], [trigger.reverse()])

    def _retypes(self) -> bool:
        """Tell whether types change: open sessions go on with what they compiled, until the trigger is made anew."""
        return any(operation.modify_type is not None for operation in self.change.altered.values())

    def _retype_old_names(self, accepted: Mapping[str, str]) -> None:
        """Let what arrives under an old name be as wide as the column that it is handed to; such columns are empty."""
        wanted, schema = self.context.tables[self.staging].c, self.context.schema
        for old in accepted:
            found, new = self._type_there(old), accepted[old]
            if found is None or new not in wanted:
                continue
            type_ = wanted[new].type
            if classify(found, type_) is not TypeChange.NONE:
                self.step(
                    [emptied(self.staging, old, found, type_, schema)],
                    [emptied(self.staging, old, type_, found, schema)],
                )

    def _type_there(self, old: str) -> Any:
        """Return the type that an old name's column has after the renames; None: :meth:`_rename` makes it as wanted."""
        new = self._renamed.get(old)
        if new is not None and new in self.change.added:
            return None
        # After a swap the old name is borne by what had the new one.
        return self.context.columns(self.staging)[new or old]["type"]


def _text(default: Any) -> str:
    """Return a default as it was written: PostgreSQL shows the type of a constant behind it."""
    return re.sub(r"::[\w ]+(\([\d, ]+\))?$", "", str(getattr(default, "arg", "")))
