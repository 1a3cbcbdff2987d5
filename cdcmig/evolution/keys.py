"""What becomes of a table's primary key and of its indexes; autogenerate does not look at keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations.ops import CreateIndexOp, DropIndexOp, MigrateOperation

from cdcmig.evolution.context import ComparisonContext, Key, TableChange
from cdcmig.evolution.draft import Draft, Phase
from cdcmig.evolution.final_columns import FinalColumns
from cdcmig.mapping import names
from cdcmig.operations import (
    CreateIndexConcurrentlyOp,
    RenameIndexOp,
    ReplacePrimaryKeyOp,
    RequireNoRowsOp,
    RequireUniqueOp,
)


@dataclass
class TableKey:
    """The primary key of one final table, in one context."""

    context: ComparisonContext
    draft: Draft
    columns: FinalColumns

    @property
    def _table(self) -> str:
        return self.columns.table

    @property
    def _there(self) -> Key:
        return self.context.keys.get(self._table, Key(None, ()))

    @property
    def _renamed(self) -> tuple[str, ...]:
        """The columns of the key that is there, by their new names."""
        return tuple(self.columns.renames.get(column, column) for column in self._there.columns)

    @property
    def changes(self) -> bool:
        """Whether the desired key is another one."""
        return self.context.desired_key(self._table) != self._renamed

    def rewrite(self) -> None:
        """Draft the change of the key, if it changes."""
        there, renamed = self._there, self._renamed
        wanted = self.context.desired_key(self._table)
        plan = self.context.plan(self._table)
        if plan is not None and plan.keeps_key:
            self._note_kept()
        if not self.changes:
            return
        if not wanted:
            self._lose(there, renamed)
        else:
            self._change(there, renamed, wanted)

    def _lose(self, there: Key, renamed: tuple[str, ...]) -> None:
        """Keep a key that the source lost, except where one of its columns is dropped."""
        if not self.columns.loses_key:
            missing = ", ".join(column for column in renamed if not self._is_replicated(column))
            self.draft.notes.append(
                f"{self._table}: the key needs {missing}, which is not replicated any more; the pipeline has to go on"
                " sending it (--allow-destructive ends the merging of the table)"
            )
            return
        name = there.name or ""
        schema = self.context.schema
        self.draft.step(
            self._table,
            Phase.KEY,
            ReplacePrimaryKeyOp(self._table, name, [], replaces=name, schema=schema),
            ReplacePrimaryKeyOp(self._table, name, list(renamed), schema=schema),
        )

    def _is_replicated(self, column: str) -> bool:
        return column in self.context.tables[self._table].c

    def _note_kept(self) -> None:
        note = f"{self._table} has no key in the source any more; it keeps the one that it has"
        self.draft.notes.append(note)

    def _change(self, there: Key, renamed: tuple[str, ...], wanted: tuple[str, ...]) -> None:
        constraint = self.context.tables[self._table].primary_key.name
        name = str(constraint) if constraint else names.shorten(f"{self._table}_pkey")
        self.draft.notes.append(
            f"{self._table}: the key ({', '.join(renamed) or 'none'}) becomes ({', '.join(wanted)})"
        )
        added = [column for column in wanted if self._is_new(column)]
        if added:
            self._require_rows_to_fit(added)
        index = None if added else self._prepare(wanted)
        back = self._prepare_back(renamed) if renamed else None
        old_name = there.name or names.shorten(f"{self._table}_pkey")
        schema = self.context.schema
        self.draft.step(
            self._table,
            Phase.KEY,
            ReplacePrimaryKeyOp(
                self._table,
                name,
                list(wanted),
                replaces=there.name if renamed else None,
                index=index,
                schema=schema,
            ),
            ReplacePrimaryKeyOp(
                self._table, old_name, list(renamed), replaces=name, index=back, schema=schema
            ),
        )

    def _is_new(self, column: str) -> bool:
        return column in self.columns.change.added and column not in self.columns.renames.values()

    def _require_rows_to_fit(self, added: Sequence[str]) -> None:
        """Require that no row lacks a value of a key column that this very changeset adds."""
        change, schema = self.columns.change, self.context.schema
        bare = [
            column
            for column in added
            if change.added[column].column.server_default is None or self.columns.is_staged(column)
        ]
        if bare and self._table in self.context.present:
            self.draft.notes.append(
                f"{self._table}: this step is for tables without rows, which have no value of {', '.join(bare)}; where"
                " there are rows, let the column come first (without primary_key in the snapshot), consume a new"
                " snapshot of the table that fills it, and change the key then"
            )
        for table in (self._table, self.context.staging_there(self._table)):
            if bare and table in self.context.present:
                assert table is not None
                reason = f"the key gains {', '.join(bare)}, of which they have no value"
                self.draft.guards.append(RequireNoRowsOp(table, reason=reason, schema=schema))

    def _prepare(self, wanted: Sequence[str]) -> str:
        """Have the new key proven and indexed before the old one goes; return the index."""
        before = {new: old for old, new in self.columns.renames.items()}
        at_first = [before.get(column, column) for column in wanted]
        there = self.context.columns(self._table)
        tightened = {name for name, op in self.columns.change.altered.items() if op.modify_nullable is False}
        for column, old in zip(wanted, at_first, strict=True):
            strict_anyway = column in before and self.context.tables[self._table].c[column].nullable is False
            if there[old]["nullable"] and column not in tightened and not strict_anyway:
                self.columns.tighten(column, before.get(column))
        self.draft.guards.append(RequireUniqueOp(self._table, at_first, schema=self.context.schema))
        return self._build(self.draft.preparations, at_first)

    def _prepare_back(self, old_key: Sequence[str]) -> str | None:
        """Likewise for the downgrade; a key column that was dropped cannot be indexed before it is back."""
        lost = self.columns.change.dropped.keys() - self.columns.renames.keys()
        if self.context.policy.allow_destructive and lost & set(old_key):
            return None
        schema, wanted = self.context.schema, self.context.tables[self._table].c
        reason = "the key that is to be restored needs a value in every row"
        for column in old_key:
            for table in (self._table, self.context.staging_there(self._table)):
                if table is not None and (column not in wanted or wanted[column].nullable):
                    guard = RequireNoRowsOp(table, null_in=column, reason=reason, schema=schema)
                    self.draft.guards_back.append(guard)
        self.draft.guards_back.append(RequireUniqueOp(self._table, list(old_key), schema=schema))
        return self._build(self.draft.preparations_back, old_key)

    def _build(self, preparations: list[MigrateOperation], columns: Sequence[str]) -> str:
        name = names.next_key_name(self._table)
        preparations.append(
            CreateIndexConcurrentlyOp(
                name, self._table, list(columns), unique=True, schema=self.context.schema
            )
        )
        return name


def rewrite_indexes(
    context: ComparisonContext, draft: Draft, table: str, change: TableChange, renames: Mapping[str, str]
) -> None:
    """Draft the indexes that come and go; those that nobody here made are left alone."""
    created = {str(op.index_name): op for op in change.other if isinstance(op, CreateIndexOp)}
    dropped = {str(op.index_name): op for op in change.other if isinstance(op, DropIndexOp)}
    for index in context.tables[table].indexes:
        # Autogenerate compares what an index covers, not how.
        wanted = index.dialect_options["postgresql"].get("using") or "btree"
        if context.index_methods.get(str(index.name), wanted) != wanted:
            created[str(index.name)] = CreateIndexOp.from_index(index)
            dropped[str(index.name)] = _present(index, context.index_methods[str(index.name)])
    ours = {str(index.name) for index in context.tables[table].indexes} | {names.sync_index_name(table)}
    for name, drop in dropped.items():
        if name not in created and name in ours:
            draft.step(table, Phase.TABLE, drop, reverse=True)
    for name, create in created.items():
        _create_index(context, draft, table, create, dropped.get(name), change, renames)


def _follows(there: sa.Index, wanted: sa.Index, columns: list[str]) -> bool:
    """Return whether the index that is there is the wanted one, but for the names of its columns."""

    def method(index: sa.Index) -> str:
        return str(index.dialect_options["postgresql"].get("using") or "btree")

    same_form = method(there) == method(wanted) and bool(there.unique) == bool(wanted.unique)
    return same_form and [column.name for column in there.columns] == columns


def _present(wanted: sa.Index, method: str) -> DropIndexOp:
    """Return what drops the index that is there: as wanted, but by another access method."""
    assert wanted.table is not None
    columns = [column.name for column in wanted.columns]
    using: dict[str, Any] = {"postgresql_using": method} if method != "btree" else {}
    there = CreateIndexOp(str(wanted.name), wanted.table.name, columns, schema=wanted.table.schema, **using)
    return DropIndexOp.from_index(there.to_index())


def _create_index(
    context: ComparisonContext,
    draft: Draft,
    table: str,
    create: CreateIndexOp,
    replaced: DropIndexOp | None,
    change: TableChange,
    renames: Mapping[str, str],
) -> None:
    index, name = create.to_index(), str(create.index_name)
    columns = [column.name for column in index.columns]
    if any(column in change.added and column not in renames.values() for column in columns):
        up = [create] if replaced is None else [replaced, create]
        draft.steps_of(table, Phase.TABLE, up, [op.reverse() for op in reversed(up)])
        return
    before = {new: old for old, new in renames.items()}
    if replaced is not None and _follows(replaced.to_index(), index, [before.get(c, c) for c in columns]):
        return  # an index goes along with its renamed columns
    building = name if replaced is None else names.shorten(f"{name}_next")
    draft.preparations.append(
        CreateIndexConcurrentlyOp(
            building,
            table,
            [before.get(column, column) for column in columns],
            unique=bool(index.unique),
            using=index.dialect_options["postgresql"].get("using") or None,
            schema=context.schema,
        )
    )
    drop = DropIndexOp(name, table, schema=context.schema)
    if replaced is None:
        draft.steps_of(table, Phase.TABLE, [], [drop])
        return
    rename = RenameIndexOp(building, name, table=table, schema=context.schema)
    draft.steps_of(table, Phase.TABLE, [replaced, rename], [drop, replaced.reverse()])
