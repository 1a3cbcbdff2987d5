"""What becomes of the columns of a final table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic.operations.ops import AddColumnOp, AlterColumnOp, DropColumnOp

from cdcmig.evolution.context import ComparisonContext, TableChange
from cdcmig.evolution.conversion import Conversion, convert, is_spelled_by_hint
from cdcmig.evolution.draft import Draft, Phase, Refusal
from cdcmig.evolution.renames import asked_by, renames
from cdcmig.evolution.types import TypeChange, classify
from cdcmig.mapping import markers
from cdcmig.operations import ProveNotNullOp, RequireDataLossConsentOp, SetProvenNotNullOp
from cdcmig.operations.hazards import DESTRUCTIVE, RENAME, suppress


def renames_of(context: ComparisonContext, table: str, change: TableChange) -> dict[str, str]:
    """Return old name → new name of the columns of a final table."""
    dropped = {name: operation.to_column().comment for name, operation in change.dropped.items()}
    added = {name: operation.column.comment for name, operation in change.added.items()}
    return renames(_hints(context, table), dropped, added)


def _hints(context: ComparisonContext, table: str) -> dict[str, str]:
    plan = context.plan(table)
    return dict(plan.renames) if plan is not None else {}


@dataclass
class FinalColumns:
    """The columns of one final table, in one context."""

    context: ComparisonContext
    draft: Draft
    table: str
    change: TableChange
    renames: Mapping[str, str]
    copied: list[Conversion] = field(default_factory=list)

    def rewrite(self) -> None:
        """Draft what becomes of every column that differs."""
        used_anew = self._refuse_names_used_anew()
        self._ask_about_renames()
        for old, new in self.renames.items():
            self._rename(self.change.dropped[old], new)
        for name, added in self.change.added.items():
            if name not in self.renames.values():
                self._add(added)
        for name, altered in self.change.altered.items():
            if name not in used_anew:
                self._alter(altered)
        for name, dropped in sorted(self.change.dropped.items()):
            if name not in self.renames:
                self._remove(dropped)

    @property
    def _key(self) -> tuple[str, ...]:
        return self.context.desired_key(self.table)

    @property
    def loses_key(self) -> bool:
        """Whether the key goes without a successor, because one of its columns is dropped."""
        dropped = self.change.dropped.keys() - self.renames.keys()
        key = set(self.context.keys[self.table].columns)
        return not self._key and self.context.policy.allow_destructive and bool(dropped & key)

    @property
    def _held(self) -> tuple[str, ...]:
        """The columns that are in the key afterwards: a key that the source lost stays."""
        if self._key or self.loses_key:
            return self._key
        there = self.context.keys[self.table].columns
        return tuple(self.renames.get(column, column) for column in there)

    def is_staged(self, column: str) -> bool:
        """Return whether staging has the column already, so that rows wait there which may have no value."""
        staging = self.context.staging_there(self.table)
        return staging is not None and column in self.context.columns(staging)

    def _note(self, column: str, text: str) -> None:
        self.draft.notes.append(f"{self.table}.{column} {text}")

    def _alteration(self, column: str, **changes: Any) -> AlterColumnOp:
        return AlterColumnOp(self.table, column, schema=self.context.schema, **changes)

    def _refuse_names_used_anew(self) -> frozenset[str]:
        """Refuse a rename whose old name is a column of its own at once: old and new events would look the same."""
        hints, wanted = _hints(self.context, self.table), self.context.tables[self.table].c
        there = self.context.columns(self.table) if hints else {}
        found = {
            old: new
            for old, new in hints.items()
            if old in there and old in wanted and new in self.change.added
        }
        for old, new in found.items():
            self.draft.refusals[self.table, new] = Refusal(
                self.table,
                f"{self.table}: by renames: {old} is {new} now, but the source has a column {old} as well",
                f"leave the new {old} out first (ignore_columns: [{old}]), write and upgrade that revision, and"
                f" take it in by the next; or remove the hint if {new} is a new column",
            )
        return frozenset(found)

    def _ask_about_renames(self) -> None:
        """Note changes that look like undeclared renames, and rename hints that match nothing."""
        there, wanted = self.context.columns(self.table), self.context.tables[self.table].c
        new_ones = [name for name in self.change.added if name not in self.renames.values()]
        for old, new in sorted(_hints(self.context, self.table).items()):
            if old not in there and new in new_ones:
                self._note(new, f"is added: by renames: it was {old}, but there is no such column")
            elif new in there and old in there and old not in wanted:
                self._note(
                    new,
                    f"is there already, so the hint that it was {old} comes too late; values from before are in {old}",
                )
        gone = [
            dropped.to_column()
            for name, dropped in sorted(self.change.dropped.items())
            if name not in self.renames and not markers.has(dropped.to_column().comment, markers.GONE)
        ]
        for new in new_ones:
            type_ = wanted[new].type
            alike = [column.name for column in gone if classify(column.type, type_) is TypeChange.NONE]
            if len(alike) == 1 and markers.parse(wanted[new].comment).template is None:
                self._note(
                    new,
                    f"may be {alike[0]} under a new name; then say so first: renames: {{{alike[0]}: {new}}}",
                )

    # Renamed
    # -----------------------------------------------------------------------------------------------------------

    def _rename(self, dropped: DropColumnOp, new: str) -> None:
        there, wanted = dropped.to_column(), self.change.added[new].column
        old = there.name
        same: dict[str, Any] = {"existing_type": there.type, "existing_nullable": there.nullable}
        rename = self._alteration(old, modify_name=new, **same)
        by = asked_by(_hints(self.context, self.table), old, there.comment)
        if by is not None:
            suppress(rename, by, RENAME)
        self.draft.step(self.table, Phase.RENAME, rename, self._alteration(new, modify_name=old, **same))
        self._note(
            new, f"was {old}; staging takes rows under both names until cdcmig revision --prune-staging"
        )
        default = False if there.server_default is wanted.server_default else wanted.server_default
        rest = self._alteration(
            new,
            existing_server_default=there.server_default,
            modify_server_default=default,
            existing_type=there.type,
            existing_nullable=there.nullable,
            existing_comment=there.comment,
            modify_type=None if classify(there.type, wanted.type) is TypeChange.NONE else wanted.type,
            modify_nullable=None if there.nullable == wanted.nullable else wanted.nullable,
        )
        self._alter(rest, before=old)

    # Added
    # -----------------------------------------------------------------------------------------------------------

    def _add(self, operation: AddColumnOp) -> None:
        column = operation.column
        default = column.server_default
        volatile = default is not None and _is_volatile(self.context, str(getattr(default, "arg", "")))
        filled = default is not None and not volatile and not self.is_staged(column.name)
        strict = not column.nullable and (column.name in self._key or filled)
        comment = column.comment if strict or column.nullable else markers.mark(column.comment, markers.ADDED)
        added: sa.Column[Any] = sa.Column(
            column.name,
            column.type,
            nullable=column.nullable or not strict,
            server_default=None if volatile else default,
            comment=comment,
        )
        up = [AddColumnOp(self.table, added, schema=self.context.schema)]
        down = [DropColumnOp(self.table, column.name, schema=self.context.schema)]
        if volatile:
            # A default that differs from row to row would rewrite the table; set afterwards, it is for new rows.
            setting = self._alteration(
                column.name,
                existing_type=column.type,
                existing_server_default=None,
                modify_server_default=default,
            )
            self.draft.steps_of(self.table, Phase.ADD, [*up, setting], down)
        else:
            self.draft.steps_of(self.table, Phase.ADD, up, down)
        if not column.nullable and not strict:
            whose = "source" if markers.parse(column.comment).template is None else "template"
            self._note(
                column.name,
                f"is NOT NULL in the {whose}, but nullable here: rows that are there have no value",
            )

    # Altered
    # -----------------------------------------------------------------------------------------------------------

    def _alter(self, operation: AlterColumnOp, before: str | None = None) -> None:
        """Draft an alteration; ``before`` is the column's name at the start, where it is renamed too."""
        name, comment = operation.column_name, operation.existing_comment
        wanted = self.context.tables[self.table].c[name]
        if operation.modify_type is not None:
            assert operation.existing_type is not None
            change = Conversion(
                self.table,
                name,
                operation.existing_type,
                operation.modify_type,
                bool(operation.existing_nullable),
                operation.existing_server_default,
                wanted.server_default,
                before=before,
            )
            operation.modify_server_default = False
            if self._may_be_copied(operation) and not is_spelled_by_hint(self.context, change, self.table):
                self.copied.append(change)
            else:
                convert(self.context, self.draft, change, Phase.CONVERT)
        target = wanted.comment
        tightens = operation.modify_nullable is False
        if tightens and name not in self._key and markers.has(comment, markers.ADDED, markers.GONE):
            target, tightens = markers.mark(wanted.comment, markers.ADDED), False
        if markers.has(comment, markers.GONE):
            self._note(name, "is replicated again; values from before are those of the time when it was not")
        if tightens:
            self.tighten(name, before)
        loosens = operation.modify_nullable is True and name not in self._held
        type_ = operation.modify_type or operation.existing_type
        self._adjust(operation, target, loosens=loosens, existing_type=type_, before=before)

    def _may_be_copied(self, operation: AlterColumnOp) -> bool:
        """Return whether a rewrite is to be done online, and the column stays as it is otherwise."""
        assert operation.existing_type is not None
        assert operation.modify_type is not None
        return (
            self.context.policy.online
            and classify(operation.existing_type, operation.modify_type) is TypeChange.REWRITE
            and operation.modify_nullable is None
            and not operation.existing_server_default
            and self.context.tables[self.table].c[operation.column_name].server_default is None
        )

    def _adjust(
        self,
        operation: AlterColumnOp,
        comment: str | None,
        *,
        loosens: bool,
        existing_type: Any,
        before: str | None = None,
    ) -> None:
        """Draft what costs nothing: comment, default, and NOT NULL that goes."""
        name, default = operation.column_name, operation.modify_server_default
        up = self._alteration(
            name,
            existing_type=existing_type,
            existing_nullable=None if loosens else operation.existing_nullable,
            existing_comment=operation.existing_comment,
            existing_server_default=operation.existing_server_default,
            modify_comment=False if markers.same(operation.existing_comment, comment) else comment,
            modify_server_default=default,
            modify_nullable=True if loosens else None,
        )
        if not up.has_changes():
            return
        down = self._alteration(
            name,
            existing_type=existing_type,
            existing_nullable=up.modify_nullable or operation.existing_nullable,
            existing_comment=comment if up.modify_comment is not False else operation.existing_comment,
            existing_server_default=default if default is not False else operation.existing_server_default,
            modify_comment=False if up.modify_comment is False else operation.existing_comment,
            modify_server_default=False if default is False else operation.existing_server_default,
        )
        back: list[Any] = [down] if down.has_changes() else []
        if loosens:
            back.append(self.context.restore_not_null(self.table, name, before))
        self.draft.steps_of(self.table, Phase.ADJUST, [up], back)

    def tighten(self, name: str, before: str | None = None) -> None:
        """Draft NOT NULL for a column whose rows are looked at first, without a long lock."""
        at_first, schema = before or name, self.context.schema
        staging = self.context.staging_there(self.table)
        proof = ProveNotNullOp(self.table, at_first, staging=staging, schema=schema)
        self.draft.preparations.append(proof)
        self.draft.step(
            self.table,
            Phase.TIGHTEN,
            SetProvenNotNullOp(self.table, name, proven=before, schema=schema),
            self._alteration(
                name,
                existing_type=self.context.tables[self.table].c[name].type,
                modify_nullable=True,
            ),
        )

    # Removed
    # -----------------------------------------------------------------------------------------------------------

    def _remove(self, operation: DropColumnOp) -> None:
        column = operation.to_column()
        if not column.comment or column.comment.startswith(markers.COPY):
            return  # cdcmig comments all of its columns; or it is the copy of an unfinished --online step
        if self.context.policy.allow_destructive:
            self._drop(column)
            return
        loosens = not column.nullable and column.name not in self._held
        if markers.has(column.comment, markers.GONE) and not loosens:
            return
        self._note(column.name, "is no longer replicated; it stays, with the values that it has")
        there = self._alteration(
            column.name,
            existing_type=column.type,
            existing_nullable=column.nullable,
            existing_comment=column.comment,
        )
        comment = markers.mark(column.comment, markers.GONE)
        self._adjust(there, comment, loosens=loosens, existing_type=column.type)

    def _drop(self, column: sa.Column[Any]) -> None:
        schema = self.context.schema
        bare: sa.Column[Any] = sa.Column(
            column.name, column.type, server_default=column.server_default, comment=column.comment
        )
        back: list[Any] = [AddColumnOp(self.table, bare, schema=schema)]
        if not column.nullable:
            back.append(self.context.restore_not_null(self.table, column.name))
        drop = suppress(
            DropColumnOp(self.table, column.name, schema=schema), "--allow-destructive", DESTRUCTIVE
        )
        self.draft.steps_of(self.table, Phase.DROP, [drop], back)
        lost = f"column {column.name} was dropped; it comes back empty"
        self.draft.guards_back.append(RequireDataLossConsentOp(lost, table=self.table, schema=schema))
        self._note(column.name, "is dropped with its values; a downgrade brings the column back empty")
        if self.is_staged(column.name):
            self.draft.notes.append(
                f"staging goes on taking {column.name} until cdcmig revision --prune-staging; it is not merged"
            )


def _is_volatile(context: ComparisonContext, default: str) -> bool:
    """Return whether a default differs from row to row: whether it calls a volatile function."""
    names = re.findall(r"(\w+)\s*\(", default)
    if not names:
        return False
    found = context.connection.scalar(
        sa.text(
            "SELECT bool_or(p.provolatile = 'v') FROM pg_catalog.pg_proc AS p WHERE p.proname = ANY(:names)"
        ),
        {"names": [name.lower() for name in names]},
    )
    return bool(found)
