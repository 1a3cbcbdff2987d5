"""Rules on hand-built operations, without a database: what autogenerate proposed, and what is made of it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import ops

from cdcmig.desired.state import Desired
from cdcmig.evolution.context import ComparisonContext, Key
from cdcmig.evolution.draft import Draft, Policy
from cdcmig.evolution.rewrite import draft_of
from cdcmig.operations import ProveNotNullOp
from cdcmig.operations.staging_table import StagingTable

S = "s"


class KnownScene(ComparisonContext):
    """A context whose database is known beforehand."""

    @cached_property
    def present(self) -> frozenset[str]:
        return frozenset({"T", "stg_T"})

    @cached_property
    def keys(self) -> dict[str, Key]:
        return {"T": Key("T_pkey", ("id",))}

    @cached_property
    def index_methods(self) -> dict[str, str]:
        return {}

    @cached_property
    def renamed(self) -> dict[str, dict[str, str]]:
        return {}

    @cached_property
    def privileges(self) -> frozenset[Any]:
        return frozenset()

    @cached_property
    def _not_null_names(self) -> dict[tuple[str, str], str]:
        return {}

    def columns(self, table: str) -> dict[str, Any]:
        return {}


def drafted(
    *operations: Any, columns: list[sa.Column[Any]] | None = None, **policy: bool
) -> tuple[list[str], list[str], Draft]:
    """The names of the classes of upgrade and downgrade."""
    metadata = sa.MetaData()
    given = columns or [sa.Column("c", sa.Text(), comment="dbo.T.c")]
    sa.Table("T", metadata, sa.Column("id", sa.Integer(), primary_key=True), *given, schema=S)
    sa.Table(
        "stg_T",
        metadata,
        *(column._copy() for column in given),
        schema=S,
    )
    desired = Desired(S, metadata, staging={"stg_T": StagingTable("stg_T", "T")})
    draft = draft_of(operations, KnownScene(desired, Policy(**policy), None))  # type: ignore[arg-type]
    return (
        [type(op).__name__ for op in draft.upgrade()],
        [type(op).__name__ for op in draft.downgrade()],
        draft,
    )


def dropped(name: str, table: str = "T", **more: Any) -> ops.DropColumnOp:
    comment = more.pop("comment", f"dbo.T.{name}" if table == "T" else None)
    column: sa.Column[Any] = sa.Column(name, sa.Text(), comment=comment, **more)
    sa.Table(table, sa.MetaData(), column, schema=S)
    return ops.DropColumnOp.from_column_and_tablename(S, table, column)


def added(column: sa.Column[Any], table: str = "T") -> ops.AddColumnOp:
    return ops.AddColumnOp(table, column, schema=S)


def test_a_column_that_goes_is_loosened_and_marked_once() -> None:
    up, down, _ = drafted(dropped("old", nullable=False))
    assert (up, down) == (["AlterColumnOp"], ["AlterColumnOp", "RestoreNotNullOp"])
    assert drafted(dropped("old", comment="dbo.T.old; no longer replicated"))[:2] == ([], [])


def test_a_column_without_comment_is_not_ours() -> None:
    assert drafted(dropped("own", comment=None), allow_destructive=True)[:2] == ([], [])


def test_a_column_is_dropped_only_when_asked_and_the_way_back_asks() -> None:
    up, down, _ = drafted(dropped("old"), allow_destructive=True)
    assert (up, down) == (["DropColumnOp"], ["RequireDataLossConsentOp", "AddColumnOp"])


def test_a_new_column_is_nullable_and_remembers_why() -> None:
    column: sa.Column[Any] = sa.Column("c", sa.Text(), nullable=False, comment="dbo.T.c")
    _, _, draft = drafted(added(column), columns=[column])
    operation = draft.upgrade()[0]
    assert isinstance(operation, ops.AddColumnOp)
    assert operation.column.nullable
    assert operation.column.comment == "dbo.T.c; NOT NULL in the source [cdcmig added]"
    again = ops.AlterColumnOp(
        "T", "c", schema=S, existing_nullable=True, modify_nullable=False, existing_type=sa.Text(),
        existing_comment=operation.column.comment, modify_comment="dbo.T.c",
    )  # fmt: skip
    assert drafted(again, columns=[column._copy()])[:2] == ([], [])


def test_columns_whose_letters_change_case_are_one() -> None:
    column: sa.Column[Any] = sa.Column("OLD", sa.Text(), comment="dbo.T.OLD")
    _, _, draft = drafted(dropped("old"), added(column), columns=[column])
    operation = draft.upgrade()[0]
    assert isinstance(operation, ops.AlterColumnOp)
    assert (operation.column_name, operation.modify_name) == ("old", "OLD")


@pytest.mark.parametrize("change", [{"modify_nullable": False}, {"modify_comment": "x"}])
def test_staging_is_never_tightened_nor_commented(change: dict[str, Any]) -> None:
    alter = ops.AlterColumnOp("stg_T", "c", schema=S, existing_type=sa.Text(), **change)
    assert drafted(alter)[:2] == ([], [])


def test_tightening_looks_at_staging_and_proves_before_it_changes() -> None:
    alter = ops.AlterColumnOp(
        "T", "c", schema=S, existing_type=sa.Text(), existing_nullable=True, modify_nullable=False
    )
    column: sa.Column[Any] = sa.Column("c", sa.Text(), nullable=False)
    up, _, draft = drafted(alter, columns=[column])
    assert up == ["ProveNotNullOp", "SetProvenNotNullOp"]
    assert isinstance(draft.upgrade()[0], ProveNotNullOp)
    assert draft.upgrade()[0].staging == "stg_T"


def test_narrowing_is_refused_with_a_hint() -> None:
    alter = ops.AlterColumnOp(
        "T", "c", schema=S, existing_type=sa.Text(), modify_type=sa.String(5), existing_nullable=True
    )
    _, _, draft = drafted(alter)
    [(_, message, hint)] = draft.refusals.values()
    assert "T.c: text to varchar(5)" in message
    assert """using: {c: 'left("c", 5)'}""" in hint


def test_foreign_tables_indexes_and_constraints_are_left_alone() -> None:
    foreign = sa.Table("own", sa.MetaData(), sa.Column("x", sa.Text()), schema=S)
    index = ops.DropIndexOp("own", "T", schema=S)
    check = ops.DropConstraintOp("positive", "T", schema=S)
    assert drafted(ops.DropTableOp.from_table(foreign), index, check, allow_destructive=True)[:2] == ([], [])
