"""What a staging table has beyond its final table, when it is to be created anew as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.operations.ops import AddColumnOp, AlterColumnOp, MigrateOperation

from cdcmig.evolution.operations import AcceptRenamedColumnsOp, ConvertColumnOp
from cdcmig.evolution.scene import Scene
from cdcmig.evolution.types import TypeChange, classify, text_of
from cdcmig.mapping.cdc_columns import KAFKA_COLUMNS, SLOT_COLUMN


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
