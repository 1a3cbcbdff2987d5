"""What becomes of the columns of a staging table.

Staging only ever gets laxer: rows wait in it, and the pipeline inserts with the column list of yesterday. New
columns are nullable or have a default, NOT NULL goes but never comes, a removed column stays, a renamed one is
taken under both names (:mod:`cdcmig.evolution.operations.renamed_columns`). What is no longer merged goes only
when it is asked for by itself (`Policy.prune_staging`), whatever else is destroyed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations.ops import AddColumnOp, AlterColumnOp, DropColumnOp, MigrateOperation
from sqlalchemy.types import TypeEngine

from cdcmig.evolution import markers
from cdcmig.evolution.allowance import allow, allow_because
from cdcmig.evolution.conversion import Conversion, convert
from cdcmig.evolution.draft import Draft, Phase
from cdcmig.evolution.lint_rules import DESTRUCTIVE
from cdcmig.evolution.operations import AcceptRenamedColumnsOp, ConvertColumnOp, RequireDataLossConsentOp
from cdcmig.evolution.scene import Scene, TableChange
from cdcmig.evolution.types import TypeChange, classify, text_of
from cdcmig.mapping.cdc_columns import KAFKA_COLUMNS, SLOT_COLUMN


@dataclass
class StagingColumns:
    """The columns of one staging table, in one scene."""

    scene: Scene
    draft: Draft
    final: str
    staging: str
    change: TableChange
    renames: Mapping[str, str]

    def settle(self) -> None:
        """Draft what becomes of every column that differs."""
        self._rename_all()
        self._accept_names()
        for name, added in self.change.added.items():
            if name not in self.renames.values():
                self._add(added.column)
        for altered in self.change.altered.values():
            self._alter(altered)
        self._convert_waiting()
        for name, dropped in sorted(self.change.dropped.items()):
            if self._is_pruned(name):
                self._prune(dropped.to_column())
            elif name not in self.renames and not dropped.to_column().nullable:
                self._loosen(name, dropped.to_column().type)

    def _alteration(self, column: str, **changes: Any) -> AlterColumnOp:
        return AlterColumnOp(self.staging, column, schema=self.scene.schema, **changes)

    def _renaming(self, there: sa.Column[Any], old: str, new: str) -> AlterColumnOp:
        return self._alteration(
            old, modify_name=new, existing_type=there.type, existing_nullable=there.nullable
        )

    def _rename_all(self) -> None:
        """Rename with the rows, and bring each old name back as an empty column."""
        for old, new in self._renamed.items():
            there = self.change.dropped[old].to_column()
            if new in self.change.added:
                self._rename(there, new)
            else:
                self._swap(there, new)
        for old, new in self._renamed.items():
            self._convert_renamed(old, new)

    @property
    def _renamed(self) -> dict[str, str]:
        return {old: new for old, new in self.renames.items() if old in self.change.dropped}

    def _accept_names(self) -> None:
        """Hand on what arrives under old names; one that a column of its own bears again is no old name any more."""
        before, wanted = self.scene.renamed.get(self.staging, {}), self.scene.tables[self.staging].c
        names = {**before, **self._renamed}
        accepted = {old: new for old, new in names.items() if old not in wanted and not self._is_pruned(old)}
        self._retype_old_names(accepted)
        if accepted == before and not (accepted and self._retypes()):
            return
        self.draft.notes.extend(
            f"{self.staging}.{old} is a column of its own again; what arrives in it is not handed to {new} any more"
            for old, new in before.items()
            if old in wanted and old not in self.renames.values()
        )
        trigger = AcceptRenamedColumnsOp(
            self.staging, accepted, replaces=before or None, schema=self.scene.schema
        )
        self.draft.step(self.final, Phase.STAGING, trigger, reverse=True)

    def _retypes(self) -> bool:
        """Tell whether types change: open sessions go on with what they compiled, until the trigger is made anew."""
        return any(operation.modify_type is not None for operation in self.change.altered.values())

    def _retype_old_names(self, accepted: Mapping[str, str]) -> None:
        """Let what arrives under an old name be as wide as the column that it is handed to; such columns are empty."""
        there, wanted = self.scene.columns(self.staging), self.scene.tables[self.staging].c
        for old in accepted:
            made = self._renamed.get(old)
            if made is not None and made in self.change.added:
                continue  # _rename makes it as it is to be
            found = there[old if made is None else made]["type"]  # _swap gives it what the new name had
            new = accepted[old]
            while new in accepted:
                new = accepted[new]
            if new in wanted and classify(found, wanted[new].type) is not TypeChange.NONE:
                up = self._emptied(old, found, wanted[new].type)
                self.draft.step(self.final, Phase.STAGING, up, self._emptied(old, wanted[new].type, found))

    def _emptied(self, column: str, old: TypeEngine[Any], new: TypeEngine[Any]) -> ConvertColumnOp:
        using = f"NULL::{text_of(new)}"
        operation = ConvertColumnOp(
            self.staging, column, existing_type=old, type_=new, using=using, schema=self.scene.schema
        )
        return allow_because(operation, "nothing in it is merged", DESTRUCTIVE)

    def _rename(self, there: sa.Column[Any], new: str) -> None:
        schema, old = self.scene.schema, there.name
        back: sa.Column[Any] = sa.Column(old, self.change.added[new].column.type)
        self.draft.steps_of(
            self.final,
            Phase.STAGING,
            [self._renaming(there, old, new), AddColumnOp(self.staging, back, schema=schema)],
            [DropColumnOp(self.staging, old, schema=schema), self._renaming(there, new, old)],
        )

    def _swap(self, there: sa.Column[Any], new: str) -> None:
        """Exchange two names: the new one stayed behind from an earlier rename."""
        old, aside = there.name, "__cdcmig_aside"
        swap = [
            self._renaming(there, new, aside),
            self._renaming(there, old, new),
            self._renaming(there, aside, old),
        ]
        self.draft.steps_of(self.final, Phase.STAGING, swap, swap)

    def _convert_renamed(self, old: str, new: str) -> None:
        there = self.change.dropped[old].to_column()
        added = self.change.added.get(new)
        if added is not None and classify(there.type, added.column.type) is not TypeChange.NONE:
            change = Conversion(
                self.staging, new, there.type, added.column.type, bool(there.nullable), follows=True
            )
            convert(self.scene, self.draft, change, Phase.STAGING)
        if added is not None and added.column.nullable and not there.nullable:
            self._loosen(new, added.column.type, old)

    def _add(self, column: sa.Column[Any]) -> None:
        """Add a column; a default that the final table insists on is given to waiting rows too."""
        default = self._default_of(column.name)
        added: sa.Column[Any] = sa.Column(column.name, column.type, server_default=default)
        self.draft.step(
            self.final,
            Phase.STAGING,
            AddColumnOp(self.staging, added, schema=self.scene.schema),
            DropColumnOp(self.staging, column.name, schema=self.scene.schema),
        )

    def _default_of(self, column: str) -> Any:
        """Return the default of a column that the final table insists on, else None."""
        wanted = self.scene.tables[self.final].c.get(column)
        return None if wanted is None or wanted.nullable else wanted.server_default

    def _alter(self, operation: AlterColumnOp) -> None:
        name, nullable = operation.column_name, bool(operation.existing_nullable)
        if operation.modify_type is not None and self._is_made_narrower(name):
            self._narrow(operation)
        elif operation.modify_type is not None and self._is_left_over(operation):
            self._take_anew(operation)
        elif operation.modify_type is not None:
            assert operation.existing_type is not None
            default = operation.existing_server_default
            change = Conversion(
                self.staging,
                name,
                operation.existing_type,
                operation.modify_type,
                nullable,
                default,
                self._default_of(name) if default else None,
                follows=name in self.scene.columns(self.final),
            )
            convert(self.scene, self.draft, change, Phase.STAGING)
        if operation.modify_nullable is True:
            self._loosen(name, operation.modify_type or operation.existing_type)

    def _is_left_over(self, operation: AlterColumnOp) -> bool:
        """Tell whether a column left the final table and comes back as another one, which no hint leads to."""
        assert operation.existing_type is not None
        assert operation.modify_type is not None
        name, plan = operation.column_name, self.scene.plan(self.final)
        lossy = classify(operation.existing_type, operation.modify_type) is TypeChange.LOSSY
        hinted = plan is not None and name in dict(plan.using)
        return lossy and not hinted and name not in self.scene.columns(self.final)

    def _take_anew(self, operation: AlterColumnOp) -> None:
        """Empty what nobody merges, so that the column can be the new one; its default was for the old one."""
        name, old, new = operation.column_name, operation.existing_type, operation.modify_type
        assert old is not None
        assert new is not None
        default = operation.existing_server_default or None
        bare = self._alteration(name, existing_type=old, modify_server_default=None)
        with_default = self._alteration(name, existing_type=old, modify_server_default=default)
        up: list[MigrateOperation] = [self._emptied(name, old, new)]
        down: list[MigrateOperation] = [self._emptied(name, new, old)]
        if default is not None:
            up, down = [bare, *up], [*down, with_default]
        self.draft.steps_of(self.final, Phase.STAGING, up, down)
        self.draft.notes.append(
            f"{self.staging}.{name}: {text_of(old)} to {text_of(new)}; what waits in it was not merged any more, and is"
            " not taken over (using: would say how)"
        )

    def _convert_waiting(self) -> None:
        """Convert rows that wait as those of the final table; staging itself goes on taking what it took."""
        before, there = {new: old for old, new in self.renames.items()}, self.scene.columns(self.final)
        plan = self.scene.plan(self.final)
        for column in plan.wide if plan is not None else ():
            final = there.get(before.get(column.name, column.name))
            wanted = self.scene.tables[self.final].c[column.name]
            if final is not None and classify(final["type"], wanted.type) is not TypeChange.LOSSY:
                continue
            converted = ConvertColumnOp(
                self.staging,
                column.name,
                existing_type=column.type,
                type_=column.type,
                using=dict(plan.using)[column.name],
                schema=self.scene.schema,
            )
            self.draft.step(self.final, Phase.STAGING, converted)
            self.draft.notes.append(
                f"staging goes on taking {column.name} as {text_of(column.type)} until cdcmig revision"
                " --prune-staging; the merge converts what does not fit"
            )

    def _is_made_narrower(self, name: str) -> bool:
        """Tell whether a column that staging takes wider than the final table has it is to be so no more."""
        return self.scene.policy.prune_staging and name in self.scene.conversions.get(self.final, {})

    def _narrow(self, operation: AlterColumnOp) -> None:
        assert operation.existing_type is not None
        assert operation.modify_type is not None
        name, wide, narrow = operation.column_name, operation.existing_type, operation.modify_type
        up = ConvertColumnOp(
            self.staging,
            name,
            existing_type=wide,
            type_=narrow,
            using=self.scene.conversions[self.final][name],
            schema=self.scene.schema,
        )
        down = self._alteration(name, existing_type=narrow, modify_type=wide)
        self.draft.step(self.final, Phase.STAGING, allow(up, "--prune-staging", DESTRUCTIVE), down)
        self.draft.notes.append(
            f"{self.staging}.{name} takes {text_of(narrow)} only: what is wider is refused from then on"
        )

    def _loosen(self, name: str, type_: Any, before: str | None = None) -> None:
        self.draft.step(
            self.final,
            Phase.STAGING,
            self._alteration(name, existing_type=type_, modify_nullable=True),
            self.scene.restore_not_null(self.staging, name, before),
        )

    def _is_pruned(self, name: str) -> bool:
        """Tell whether a column goes: when that is asked for, and only if an earlier changeset ended its merging."""
        there = self.scene.columns(self.final).get(name)
        merged = there is not None and not markers.has(there["comment"], markers.GONE)
        unused = name in self.change.dropped and name not in self.scene.keys[self.final].columns
        return self.scene.policy.prune_staging and unused and not merged

    def _prune(self, column: sa.Column[Any]) -> None:
        schema = self.scene.schema
        back: list[Any] = [AddColumnOp(self.staging, sa.Column(column.name, column.type), schema=schema)]
        if not column.nullable:
            back.append(self.scene.restore_not_null(self.staging, column.name))
        drop = allow(DropColumnOp(self.staging, column.name, schema=schema), "--prune-staging", DESTRUCTIVE)
        self.draft.steps_of(self.final, Phase.STAGING, [drop], back)
        lost = f"column {column.name} was dropped; it comes back empty"
        self.draft.guards_back.append(RequireDataLossConsentOp(lost, table=self.staging, schema=schema))
        self.draft.notes.append(
            f"{self.staging}.{column.name} is dropped: whoever still inserts into it fails from then on"
        )


def own_shape(scene: Scene, staging: str, final: str) -> list[MigrateOperation]:
    """Return what makes a staging table, new and like its final table, the one that is there now."""
    there, like, schema = scene.columns(staging), scene.columns(final), scene.schema
    made = {column.name for column in KAFKA_COLUMNS} | {SLOT_COLUMN}
    shape: list[MigrateOperation] = []
    for name in there:
        if name not in made:
            shape += _own_column(scene, staging, there[name], like.get(name))
    if staging in scene.renamed:
        shape.append(AcceptRenamedColumnsOp(staging, scene.renamed[staging], schema=schema))
    return shape


def _own_column(
    scene: Scene, staging: str, there: dict[str, Any], like: dict[str, Any] | None
) -> Iterator[MigrateOperation]:
    """Yield what adds a column to an empty staging table, or turns one that is like the final one into it."""
    name, type_, default, schema = there["name"], there["type"], there["default"], scene.schema
    wanted = sa.text(default) if default else None
    if like is None:
        yield AddColumnOp(staging, sa.Column(name, type_, server_default=wanted), schema=schema)
    else:
        retyped = classify(like["type"], type_) is not TypeChange.NONE
        if like["default"] and (retyped or like["default"] != default):
            yield AlterColumnOp(
                staging, name, schema=schema, existing_type=like["type"], modify_server_default=None
            )
        if retyped:
            yield ConvertColumnOp(
                staging,
                name,
                existing_type=like["type"],
                type_=type_,
                using=f"NULL::{text_of(type_)}",
                schema=schema,
            )
        if default and (retyped or like["default"] != default):
            yield AlterColumnOp(
                staging, name, schema=schema, existing_type=type_, modify_server_default=wanted
            )
    was_nullable = like is None or like["nullable"]
    if there["nullable"] and not was_nullable:
        yield AlterColumnOp(staging, name, schema=schema, existing_type=type_, modify_nullable=True)
    elif was_nullable and not there["nullable"]:
        yield scene.restore_not_null(staging, name)
