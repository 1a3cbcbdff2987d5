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


def change_type(table: StagingChange, operation: AlterColumnOp) -> None:
    """Draft what becomes of a column that has another type than it is to have."""
    assert operation.existing_type is not None
    assert operation.modify_type is not None
    name, old, new = operation.column_name, operation.existing_type, operation.modify_type
    default = operation.existing_server_default
    if table.context.policy.prune_staging and name in table.context.conversions.get(table.final, {}):
        _narrow(table, name, old, new, default or None)
    elif _is_left_over(table, name, old, new):
        _take_anew(table, name, old, new, default or None)
    else:
        change = Conversion(
            table.staging,
            name,
            old,
            new,
            bool(operation.existing_nullable),
            default,
            table.default_of(name) if default else None,
            follows=_final_changes(table, name),
        )
        convert(table.context, table.draft, change, Phase.STAGING)


def _final_changes(table: StagingChange, name: str) -> bool:
    """Return whether the final table's column is converted too; the notes are made there."""
    there, wanted = (
        table.context.columns(table.final).get(name),
        table.context.tables[table.final].c.get(name),
    )
    return (
        there is not None
        and wanted is not None
        and classify(there["type"], wanted.type) is not TypeChange.NONE
    )


def convert_waiting(table: StagingChange) -> None:
    """Convert rows that wait as those of the final table; staging itself goes on taking what it took."""
    plan = table.context.plan(table.final)
    if plan is None:
        return
    before, there = {new: old for old, new in table.renames.items()}, table.context.columns(table.final)
    for column in plan.wide:
        final = there.get(before.get(column.name, column.name))
        wanted = table.context.tables[table.final].c[column.name]
        if final is not None and classify(final["type"], wanted.type) is not TypeChange.LOSSY:
            continue
        using = dict(plan.using)[column.name]
        table.step([_conversion(table, column.name, column.type, column.type, using)])
        table.draft.notes.append(
            f"staging goes on taking {column.name} as {text_of(column.type)} until cdcmig revision"
            " --prune-staging; the merge converts what does not fit"
        )


def _conversion(
    table: StagingChange, name: str, old: TypeEngine[Any], new: TypeEngine[Any], using: str
) -> ConvertColumnOp:
    schema = table.context.schema
    return ConvertColumnOp(table.staging, name, existing_type=old, type_=new, using=using, schema=schema)


def _narrow(
    table: StagingChange, name: str, wide: TypeEngine[Any], narrow: TypeEngine[Any], default: Any
) -> None:
    """Draft that a column takes no more than the final table has a place for; its default follows."""
    up = _conversion(table, name, wide, narrow, table.context.conversions[table.final][name][0])
    down = table.alteration(name, existing_type=narrow, modify_type=wide)
    ups: list[MigrateOperation] = [suppress(up, "--prune-staging", DESTRUCTIVE, SILENT_LOSS)]
    downs: list[MigrateOperation] = [down]
    if default is not None:
        wanted = table.context.tables[table.staging].c[name].server_default
        ups = [table.default(name, wide, None), *ups, table.default(name, narrow, wanted)]
        downs = [table.default(name, narrow, None), *downs, table.default(name, wide, default)]
    table.step(ups, downs)
    table.note(name, f" takes {text_of(narrow)} only: what is wider is refused from then on")


def _is_left_over(table: StagingChange, name: str, old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Return whether a column left the final table and comes back as another one, which no hint leads to."""
    plan = table.context.plan(table.final)
    hinted = plan is not None and name in dict(plan.using)
    lossy = classify(old, new) is TypeChange.LOSSY
    return lossy and not hinted and name not in table.context.columns(table.final)


def _take_anew(
    table: StagingChange, name: str, old: TypeEngine[Any], new: TypeEngine[Any], default: Any
) -> None:
    """Empty what nobody merges, so that the column can be the new one; its default was for the old one."""
    schema = table.context.schema
    up: list[MigrateOperation] = [emptied(table.staging, name, old, new, schema)]
    down: list[MigrateOperation] = [emptied(table.staging, name, new, old, schema)]
    if default is not None:
        up = [table.default(name, old, None), *up]
        down.append(table.default(name, old, default))
    table.step(up, down)
    if name in table.context.renamed.get(table.staging, {}):
        return  # an old name's until now: what arrived was handed on, and nothing waits in it
    table.note(
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
