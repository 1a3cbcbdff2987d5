"""Operations that recreate a staging table's differences from its final table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.operations.ops import AddColumnOp, AlterColumnOp, MigrateOperation

from cdcmig.evolution.context import ComparisonContext
from cdcmig.evolution.types import TypeChange, classify, text_of
from cdcmig.mapping.cdc_columns import KAFKA_COLUMNS, SLOT_COLUMN
from cdcmig.operations import AcceptRenamedColumnsOp, ConvertColumnOp


def own_shape(context: ComparisonContext, staging: str, final: str) -> list[MigrateOperation]:
    """Return what makes a staging table, new and like its final table, the one that is there now."""
    there, like, schema = context.columns(staging), context.columns(final), context.schema
    made = {column.name for column in KAFKA_COLUMNS} | {SLOT_COLUMN}
    shape: list[MigrateOperation] = []
    for name in there:
        if name not in made:
            shape += _own_column(context, staging, there[name], like.get(name))
    if staging in context.renamed:
        shape.append(AcceptRenamedColumnsOp(staging, context.renamed[staging], schema=schema))
    return shape


def _own_column(
    context: ComparisonContext, staging: str, there: dict[str, Any], like: dict[str, Any] | None
) -> Iterator[MigrateOperation]:
    """Yield what adds a column to an empty staging table, or turns one that is like the final one into it."""
    name, type_, default, schema = there["name"], there["type"], there["default"], context.schema
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
        yield context.restore_not_null(staging, name)
