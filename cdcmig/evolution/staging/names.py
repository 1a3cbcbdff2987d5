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


def rewrite_names(table: StagingChange, pruned: Collection[str]) -> None:
    """Draft the renames, and which old names are taken; ``pruned`` are the columns that go."""
    for old, new in table.renamed.items():
        there = table.change.dropped[old].to_column()
        if new in table.change.added:
            _rename(table, there, new)
        else:
            _swap(table, there, new)
    for old, new in table.renamed.items():
        _convert(table, old, new)
    _accept(table, pruned)


def _rename(table: StagingChange, there: sa.Column[Any], new: str) -> None:
    """Rename with the rows, and bring the old name back as an empty column."""
    schema, old = table.context.schema, there.name
    back: sa.Column[Any] = sa.Column(old, table.change.added[new].column.type)
    table.step(
        [_renaming(table, there, old, new), AddColumnOp(table.staging, back, schema=schema)],
        [DropColumnOp(table.staging, old, schema=schema), _renaming(table, there, new, old)],
    )


def _swap(table: StagingChange, there: sa.Column[Any], new: str) -> None:
    """Exchange two names: the new one stayed behind from an earlier rename."""
    old = there.name
    swap = [
        _renaming(table, there, new, _ASIDE),
        _renaming(table, there, old, new),
        _renaming(table, there, _ASIDE, old),
    ]
    table.step(swap, swap)


def _renaming(table: StagingChange, there: sa.Column[Any], old: str, new: str) -> AlterColumnOp:
    same: dict[str, Any] = {"existing_type": there.type, "existing_nullable": there.nullable}
    return table.alteration(old, modify_name=new, **same)


def _convert(table: StagingChange, old: str, new: str) -> None:
    """Draft what else becomes of a renamed column."""
    there, wanted = table.change.dropped[old].to_column(), table.context.tables[table.staging].c[new]
    before = there.server_default
    after = wanted.server_default if before else None
    if classify(there.type, wanted.type) is not TypeChange.NONE:
        change = Conversion(
            table.staging,
            new,
            there.type,
            wanted.type,
            bool(there.nullable),
            before,
            after,
            follows=True,
        )
        convert(table.context, table.draft, change, Phase.STAGING)
    elif _text(before) != _text(after):
        table.step([table.default(new, wanted.type, after)], [table.default(new, wanted.type, before)])
    if wanted.nullable and not there.nullable:
        table.loosen(new, wanted.type, old)


def _accept(table: StagingChange, pruned: Collection[str]) -> None:
    """Hand on what arrives under old names; one that a column of its own bears again is no old name any more."""
    before, wanted = table.context.renamed.get(table.staging, {}), table.context.tables[table.staging].c
    # Each leads to what the column is called in the end: a name between may be a column of its own one day.
    names = {old: table.renamed.get(new, new) for old, new in before.items()} | table.renamed
    accepted = {old: new for old, new in names.items() if old not in wanted and old not in pruned}
    _retype_old_names(table, accepted)
    if accepted == before and not (accepted and _retypes(table)):
        return
    for old, new in before.items():
        if old in wanted and old not in table.renames.values():
            message = " is a column of its own again; what arrives in it is not handed to"
            table.note(old, f"{message} {new} any more")
    trigger = AcceptRenamedColumnsOp(
        table.staging, accepted, replaces=before or None, schema=table.context.schema
    )
    table.step([trigger], [trigger.reverse()])


def _retypes(table: StagingChange) -> bool:
    """Return whether types change: open sessions go on with what they compiled, until the trigger is replaced."""
    return any(operation.modify_type is not None for operation in table.change.altered.values())


def _retype_old_names(table: StagingChange, accepted: Mapping[str, str]) -> None:
    """Let what arrives under an old name be as wide as the column that it is handed to; such columns are empty."""
    wanted, schema = table.context.tables[table.staging].c, table.context.schema
    for old in accepted:
        found, new = _type_there(table, old), accepted[old]
        if found is None or new not in wanted:
            continue
        type_ = wanted[new].type
        if classify(found, type_) is not TypeChange.NONE:
            table.step(
                [emptied(table.staging, old, found, type_, schema)],
                [emptied(table.staging, old, type_, found, schema)],
            )


def _type_there(table: StagingChange, old: str) -> Any:
    """Return the type that an old name's column has after the renames; None: :func:`_rename` makes it as wanted."""
    new = table.renamed.get(old)
    if new is not None and new in table.change.added:
        return None
    # After a swap the old name is borne by what had the new one.
    return table.context.columns(table.staging)[new or old]["type"]


def _text(default: Any) -> str:
    """Return a default as it was written: PostgreSQL shows the type of a constant behind it."""
    return re.sub(r"::[\w ]+(\([\d, ]+\))?$", "", str(getattr(default, "arg", "")))
