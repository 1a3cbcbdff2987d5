import sqlalchemy as sa
from alembic.operations import ops

from cdcmig.generation.comparison import BEFORE
from cdcmig.generation.description import describe
from cdcmig.operations import (
    CopyColumnOp,
    CreateIndexConcurrentlyOp,
    ProveNotNullOp,
    ReplacePrimaryKeyOp,
    SetProvenNotNullOp,
    TakeOverColumnsOp,
)
from cdcmig.operations.merge_procedure import MergeProcedure, ReplaceMergeProcedureOp


def column(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(20))


def test_what_final_and_staging_table_share_is_told_once() -> None:
    operations = [
        ops.AddColumnOp("Actor", column("phone")),
        ops.AddColumnOp("stg_Actor", column("phone")),
        ops.AlterColumnOp("stg_Actor", "old", modify_nullable=True),
    ]
    assert describe("Actor", operations) == [
        "added column phone varchar(20)",
        "staging: column old: may be null",
    ]


def test_every_part_of_an_alteration_is_told() -> None:
    operation = ops.AlterColumnOp(
        "t",
        "a",
        existing_type=sa.Integer(),
        modify_type=sa.Numeric(10, 2),
        modify_nullable=False,
        modify_server_default=sa.text("0"),
        modify_comment="new",
        modify_name="b",
    )
    assert describe("t", [operation]) == [
        "renamed column a → b",
        "column a: type integer → numeric(10, 2)",
        "column a: not null",
        "column a: default 0",
        "column a: comment",
    ]


def test_a_default_that_goes() -> None:
    assert describe("t", [ops.AlterColumnOp("t", "a", modify_server_default=None)]) == [
        "column a: default removed"
    ]


def test_steps_that_only_prepare_are_not_told() -> None:
    operations = [ProveNotNullOp("t", "a", schema="s"), SetProvenNotNullOp("t", "a", schema="s")]
    assert describe("t", operations) == ["column a: not null"]
    key = ReplacePrimaryKeyOp("t", "t_pkey", ["a", "b"], replaces="t_pkey", schema="s")
    assert describe("t", [key]) == ["primary key (a, b)"]


def test_a_merge_procedure_tells_what_changes_in_it() -> None:
    old = MergeProcedure("sp", "t", "stg_t", ["id"], ["a", "b"])
    new = MergeProcedure("sp", "t", "stg_t", ["id", "b"], ["a", "c"])
    assert describe("t", [ReplaceMergeProcedureOp(new, old, schema="s")]) == [
        "replaced merge procedure sp (+c; -b; key id, b)"
    ]


def test_an_operation_without_words_is_told_by_its_name() -> None:
    class Unknown(ops.MigrateOperation):
        def to_diff_tuple(self) -> tuple[object, ...]:
            return ("add_something", "t", 7)

    assert describe("t", [Unknown()]) == ["add something t"]


def test_what_comes_first_tells_its_tables() -> None:
    operations = [
        CreateIndexConcurrentlyOp("Order_next_key", "Order", ["No"], unique=True, schema="s"),
        CopyColumnOp("Actor", "Credit", "Credit__next", type_=sa.Numeric(14, 4), schema="s"),
    ]
    assert describe(BEFORE, operations) == [
        "Order: added unique index Order_next_key on No, without blocking",
        "Actor: column Credit: copied as numeric(14, 4), beside readers and writers",
    ]
    taken = TakeOverColumnsOp("Actor", {"Credit": "Credit__next"}, schema="s")
    assert describe("Actor", [taken]) == ["column Credit: the copy takes its place"]
