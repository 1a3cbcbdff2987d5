"""A column's type changes: at once, by a rewrite, online, or by the expression that the config gives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations.ops import AlterColumnOp
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from cdcmig.config.files import COLUMN_TEMPLATES, SETTINGS
from cdcmig.evolution.context import ComparisonContext
from cdcmig.evolution.draft import Draft, Phase, Refusal
from cdcmig.evolution.fitting import fits, is_number, number_in
from cdcmig.evolution.types import TypeChange, changes_kind, classify, text_of
from cdcmig.mapping import markers, names
from cdcmig.mapping.cdc_columns import STANDARD_NAMES
from cdcmig.operations import (
    ConvertColumnOp,
    CopyColumnOp,
    CreateIndexConcurrentlyOp,
    ProveNotNullOp,
    RequireDataLossConsentOp,
    TakeOverColumnsOp,
)
from cdcmig.operations.hazards import DESTRUCTIVE, REWRITE, suppress
from cdcmig.sql.quoting import identifier


@dataclass(frozen=True)
class Conversion:
    """One column of one table, final or staging, that is to have another type.

    Attributes:
        follows: the final table's column gets the same conversion, so no note is repeated.
        before: the column's name at the start, where it is renamed too.
    """

    table: str
    column: str
    old: TypeEngine[Any]
    new: TypeEngine[Any]
    nullable: bool
    old_default: Any = None
    new_default: Any = None
    follows: bool = False
    before: str | None = None

    @property
    def at_first(self) -> str:
        """The column's name before the changeset."""
        return self.before or self.column


def convert(context: ComparisonContext, draft: Draft, change: Conversion, phase: Phase) -> None:
    """Add what turns the column's type into the new one, and its way back.

    Defaults are taken off and set again: PostgreSQL would have to convert them too.
    """
    final = context.final_of.get(change.table, change.table)
    if change.old_default or change.new_default:
        old = _default(context, change, change.old, change.old_default)
        bare = _default(context, change, change.old, None)
        draft.steps_of(final, phase, [bare], [old])
    _convert(context, draft, change, phase, final)
    if change.old_default or change.new_default:
        new = _default(context, change, change.new, change.new_default)
        bare = _default(context, change, change.new, None)
        draft.steps_of(final, phase, [new], [bare])


def _default(
    context: ComparisonContext, change: Conversion, type_: TypeEngine[Any], default: Any
) -> AlterColumnOp:
    return AlterColumnOp(
        change.table,
        change.column,
        schema=context.schema,
        existing_type=type_,
        existing_nullable=change.nullable,
        modify_server_default=default or None,
    )


def _convert(context: ComparisonContext, draft: Draft, change: Conversion, phase: Phase, final: str) -> None:
    kind = classify(change.old, change.new)
    if kind is TypeChange.LOSSY or is_spelled_by_hint(context, change, final):
        _by_hint(context, draft, change, phase, final)
        return
    up = AlterColumnOp(
        change.table,
        change.column,
        schema=context.schema,
        existing_type=change.old,
        modify_type=change.new,
        existing_nullable=change.nullable,
    )
    if kind is TypeChange.REWRITE and not change.follows:
        draft.notes.append(
            f"{change.table}.{change.column}: {text_of(change.old)} to {text_of(change.new)}"
            " rewrites the table under a lock"
        )
    draft.step(final, phase, up, _narrowed_back(context, draft, change))


def convert_online(
    context: ComparisonContext, draft: Draft, table: str, changes: Sequence[Conversion]
) -> None:
    """Add what changes the types of a table's columns beside readers and merges: copies that then take over."""
    schema, key = context.schema, context.keys[table]
    copies = {change.at_first: names.shorten(f"{change.at_first}__next") for change in changes}
    for change in changes:
        copy = copies[change.at_first]
        draft.preparations.append(CopyColumnOp(table, change.at_first, copy, type_=change.new, schema=schema))
        if not change.nullable:
            draft.preparations.append(ProveNotNullOp(table, copy, schema=schema))
        draft.notes.append(
            f"{table}.{change.column}: {text_of(change.old)} to {text_of(change.new)} beside readers and merges;"
            " the column moves to the end of the table"
        )
    index = None
    if set(key.columns) & copies.keys():
        index = names.next_key_name(table)
        columns = [copies.get(column, column) for column in key.columns]
        draft.preparations.append(
            CreateIndexConcurrentlyOp(index, table, columns, unique=True, schema=schema)
        )
    up = TakeOverColumnsOp(
        table,
        {change.column: copies[change.at_first] for change in changes},
        renamed={change.column: change.before for change in changes if change.before},
        not_null=[change.column for change in changes if not change.nullable],
        key_name=key.name if index else None,
        index=index,
        schema=schema,
    )
    draft.step(table, Phase.CONVERT, up, *(_narrowed_back(context, draft, change) for change in changes))


def _narrowed_back(
    context: ComparisonContext, draft: Draft, change: Conversion
) -> ConvertColumnOp | AlterColumnOp:
    """Return the way back of a widening; where values are there that do not fit any more, consent is asked for."""
    column, old = identifier(change.column), text_of(change.old)
    fitting = fits(column, change.old, change.new)
    using = f"{column}::{old}"
    if fitting is not None:
        if change.nullable and is_number(change.old):
            using = f"CASE WHEN {fitting} THEN {using} END"
        draft.guards_back.append(
            RequireDataLossConsentOp(
                f"values of {change.column} do not fit into {old}",
                table=change.table,
                where=f"NOT ({fitting})",
                schema=context.schema,
            )
        )
    return ConvertColumnOp(
        change.table,
        change.column,
        existing_type=change.new,
        type_=change.old,
        using=using,
        schema=context.schema,
    )


def is_spelled_by_hint(context: ComparisonContext, change: Conversion, final: str) -> bool:
    """Return whether an allowed ``using:`` converts values to another kind, although a cast would keep them."""
    return (
        context.policy.allow_destructive
        and changes_kind(change.old, change.new)
        and _hint(context, change, final) is not None
    )


def _hint(context: ComparisonContext, change: Conversion, final: str) -> str | None:
    """Return the config's ``using:`` for a column."""
    plan = context.plan(final)
    return dict(plan.using).get(change.column) if plan is not None else None


def _by_hint(context: ComparisonContext, draft: Draft, change: Conversion, phase: Phase, final: str) -> None:
    using = _hint(context, change, final)
    old, new = text_of(change.old), text_of(change.new)
    if not context.policy.allow_destructive or using is None:
        if not change.follows:
            draft.refusals[final, change.column] = _refusal(context, change, using, final)
        return
    up = ConvertColumnOp(
        change.table,
        change.column,
        existing_type=change.old,
        type_=change.new,
        using=using,
        schema=context.schema,
    )
    down = ConvertColumnOp(
        change.table,
        change.column,
        existing_type=change.new,
        type_=change.old,
        using=_cast_back(context, change),
        schema=context.schema,
    )
    if not change.follows:
        draft.notes.append(
            f"{change.table}.{change.column}: {old} to {new} by {using};"
            " a downgrade does not bring the old values back"
        )
        draft.guards_back.append(
            RequireDataLossConsentOp(
                f"values of {change.column} come back as {old} only as far as {new} can tell them",
                table=change.table,
                schema=context.schema,
            )
        )
    draft.step(final, phase, suppress(up, "--allow-destructive and using:", DESTRUCTIVE, REWRITE), down)


def _refusal(context: ComparisonContext, change: Conversion, using: str | None, final: str) -> Refusal:
    old, new = text_of(change.old), text_of(change.new)
    message = f"{change.table}.{change.column}: {old} to {new}: values may not fit"
    if using is not None:
        hint = "the config has the conversion; allow it: cdcmig revision -m … --allow-destructive"
        return Refusal(final, message, hint)
    length = getattr(change.new, "length", None)
    cuts = length and "char" in new and ("char" in old or old == "text")
    example = f"left({{column}}, {length})" if cuts else f"{{column}}::{new}"
    where = _place_of_hint(context, final, change.column, example.replace("'", "''"))
    return Refusal(final, message, f"say how in {where}, then: cdcmig revision -m … --allow-destructive")


def _place_of_hint(context: ComparisonContext, final: str, column: str, example: str) -> str:
    """Return the file and key that take the expression for a column, with an example."""
    comment = markers.parse(context.tables[final].c[column].comment)
    if comment.template is not None:
        return f"{COLUMN_TEMPLATES}, at the template {comment.template}: using: '{example}'"
    if comment.role is not None:
        return f"{SETTINGS}, at metadata_columns: {STANDARD_NAMES[comment.role]}: using: '{example}'"
    plan = context.plan(final)
    file = f"services/{plan.service}.yaml" if plan is not None else "the service's YAML"
    key = column if column.isidentifier() else json.dumps(column, ensure_ascii=False)
    written = example.replace("{column}", identifier(column).replace("'", "''"))
    return f"{file}, at the source table: using: {{{key}: '{written}'}}"


def _cast_back(context: ComparisonContext, change: Conversion) -> str:
    """Return the expression of the way back: a cast, or NULL where PostgreSQL has none, or a text is no number."""
    old, new = text_of(change.old), text_of(change.new)
    if change.nullable and new.startswith(("text", "varchar", "char")) and is_number(change.old):
        return number_in(identifier(change.column), change.old)
    try:
        with context.connection.begin_nested():
            context.connection.execute(sa.text(f"SELECT CAST(CAST(NULL AS {new}) AS {old})"))
    except DBAPIError:
        return f"NULL::{old}" if change.nullable else f"{identifier(change.column)}::text::{old}"
    return f"{identifier(change.column)}::{old}"
