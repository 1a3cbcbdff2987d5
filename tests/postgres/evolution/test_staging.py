"""What staging still takes after the final table changed, and what waits in it, with rows in both."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from cdcmig.config.settings import Settings
from cdcmig.errors import DataLossError, EvolutionError, RowsForbidError
from tests.postgres.evolution.world import World, in_any_order, table

BASE = {"id": "integer NOT NULL", "name": "varchar(50) NOT NULL", "amount": "numeric(10,2)"}
LESS = {name: text for name, text in BASE.items() if name != "amount"}


@pytest.fixture
def start(world: World) -> World:
    """A table with one merged row and one that waits in staging."""
    world.evolve(table("Actor", BASE))
    world.stage("Actor", 1, id=1, name="Ås", amount=1.5)
    world.merge("Actor")
    world.stage("Actor", 2, id=2, name="Bø", amount=2.5)
    return world


def columns(world: World, name: str) -> list[str]:
    """The columns of a table, without cdcmig's own."""
    found = world.rows(
        "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
        f" AND attrelid = '{{s}}.\"{name}\"'::regclass ORDER BY 1"
    )
    return [column for (column,) in found if not column.startswith("__")]


# Dropped columns
# ---------------------------------------------------------------------------------------------------------------


def test_dropped_column_is_taken_until_staging_is_pruned(start: World) -> None:
    dropped = start.evolve(table("Actor", LESS), allow_destructive=True)
    assert any("staging goes on taking amount" in note for note in dropped.notes)
    start.evolve(table("Actor", {**LESS, "city": "text"}), allow_destructive=True)
    smaller = table("Actor", {"id": BASE["id"], "city": "text"})
    start.evolve(smaller, allow_destructive=True)
    start.stage("Actor", 3, id=3, name="old column list", amount=3)
    start.merge("Actor")
    assert start.rows('SELECT id FROM {s}."Actor" ORDER BY id') == [(1,), (2,), (3,)]
    before = start.dump()

    pruned = start.evolve(smaller, prune_staging=True)
    assert {column for column in ("amount", "name") if f"Actor.{column}" in str(pruned.notes)} == {
        "amount",
        "name",
    }
    assert columns(start, "stg_Actor") == ["city", "id"]
    with pytest.raises(DataLossError, match="amount"):
        start.undo()
    start.undo(allow_data_loss=True)
    assert columns(start, "stg_Actor") == ["amount", "city", "id", "name"]
    assert in_any_order(start.dump()) == in_any_order(before)


def test_a_column_leaves_staging_only_after_it_left_the_merge(start: World) -> None:
    both = start.evolve(table("Actor", LESS), allow_destructive=True, prune_staging=True)
    assert "stg_Actor" not in both.upgrade_text.replace("staging='stg_Actor'", "")
    start.stage("Actor", 3, id=3, name="old column list", amount=3)
    start.evolve(table("Actor", LESS), prune_staging=True)
    assert columns(start, "stg_Actor") == ["id", "name"]
    start.merge("Actor")
    assert len(start.rows('SELECT id FROM {s}."Actor"')) == 3


def test_column_that_stayed_is_pruned_from_staging_alone(start: World) -> None:
    start.evolve(table("Actor", LESS), prune_staging=True)
    start.stage("Actor", 3, id=3, name="old column list", amount=3)
    start.merge("Actor")
    start.evolve(table("Actor", LESS), prune_staging=True)
    assert columns(start, "stg_Actor") == ["id", "name"]
    assert start.rows('SELECT id, amount FROM {s}."Actor" ORDER BY id') == [(1, 1.5), (2, None), (3, None)]


def test_old_names_are_taken_until_staging_is_pruned(start: World) -> None:
    renamed = {"id": BASE["id"], "full name": BASE["name"], "sum": BASE["amount"]}
    plan = table("Actor", renamed, renames={"name": "full name", "amount": "sum"})
    start.evolve(plan)
    kept = start.evolve(plan, allow_destructive=True)
    assert kept.upgrade_text.strip().endswith("pass")
    start.stage("Actor", 3, id=3, name="old column list", amount=3)
    before = start.dump()
    pruned = start.evolve(plan, prune_staging=True)
    assert sum("stg_Actor" in note for note in pruned.notes) == 2
    start.stage("Actor", 4, id=4, **{"full name": "new", "sum": 4})
    start.merge("Actor")
    assert start.rows('SELECT id, "full name", sum FROM {s}."Actor" ORDER BY id') == [
        (1, "Ås", 1.5),
        (2, "Bø", 2.5),
        (3, "old column list", 3),
        (4, "new", 4),
    ]
    start.undo(allow_data_loss=True)
    assert in_any_order(start.dump()) == in_any_order(before)
    start.stage("Actor", 5, id=5, name="old again", amount=5)
    start.merge("Actor")
    assert start.rows('SELECT "full name", sum FROM {s}."Actor" WHERE id = 5') == [("old again", 5)]


def test_an_old_name_that_is_used_anew_is_no_old_name_any_more(start: World) -> None:
    nullable = {"id": BASE["id"], "name": "varchar(50)"}
    start.evolve(table("Other", nullable))
    before = start.dump()
    start.evolve(table("Other", {"id": BASE["id"], "title": "varchar(50)"}, renames={"name": "title"}))
    written = start.evolve(table("Other", {"id": BASE["id"], "title": "varchar(50)", "name": "text"}))
    assert any("name" in note and "title" in note for note in written.notes)
    start.stage("Other", 3, id=3, title=None, name="a name of its own")
    start.merge("Other")
    assert start.rows('SELECT title, name FROM {s}."Other"') == [(None, "a name of its own")]
    start.undo()
    start.undo()
    assert start.dump() == before


def test_dropped_column_comes_back_with_another_type(start: World) -> None:
    start.evolve(table("Actor", LESS), allow_destructive=True)
    start.stage("Actor", 3, id=3, name="c", amount=3)
    before = start.dump()
    written = start.evolve(table("Actor", {**LESS, "amount": "boolean DEFAULT false"}))
    assert any("stg_Actor.amount: numeric(10,2) to boolean" in note for note in written.notes)
    start.undo()
    assert start.dump() == before
    start.stage("Actor", 12, id=2, name="Bø", amount=2.5)
    start.stage("Actor", 13, id=3, name="c", amount=3)
    back = table("Actor", {**LESS, "amount": "boolean"}, using={"amount": "amount <> 0"})
    start.evolve(back, allow_destructive=True)
    start.stage("Actor", 14, id=4, name="d", amount=False)
    start.merge("Actor")
    assert start.rows('SELECT id, amount FROM {s}."Actor" ORDER BY id') == [
        (1, None),
        (2, True),
        (3, True),
        (4, False),
    ]
    with pytest.raises(DataLossError, match="stg_Actor"):
        start.undo()
    start.undo(allow_data_loss=True)


def test_dropped_column_comes_back_with_a_default(start: World) -> None:
    start.evolve(table("Actor", LESS), allow_destructive=True)
    start.evolve(table("Actor", {**LESS, "amount": "numeric(10,2) NOT NULL DEFAULT 7"}))
    start.stage("Actor", 3, id=3, name="c")
    start.merge("Actor")
    assert [id_ for (id_,) in start.rows('SELECT id FROM {s}."Actor" ORDER BY id')] == [1, 2, 3]


# NOT NULL
# ---------------------------------------------------------------------------------------------------------------


def test_loosened_and_back_while_rows_without_a_value_wait(start: World) -> None:
    start.evolve(table("Actor", {**BASE, "name": "varchar(50)"}))
    start.stage("Actor", 3, id=3, name=None)
    start.undo()
    start.merge("Actor")
    assert start.rows('SELECT id, name FROM {s}."Actor" ORDER BY id') == [(1, "Ås"), (2, "Bø"), (3, None)]


def test_renamed_and_loosened_and_back_while_rows_without_a_value_wait(start: World) -> None:
    columns = {"id": BASE["id"], "full name": "varchar(50)", "amount": BASE["amount"]}
    start.evolve(table("Actor", columns, renames={"name": "full name"}))
    start.stage("Actor", 3, id=3)
    start.undo()
    start.merge("Actor")
    assert start.rows('SELECT id, name FROM {s}."Actor" ORDER BY id') == [(1, "Ås"), (2, "Bø"), (3, None)]


def test_dropped_column_and_back_while_rows_without_a_value_wait(world: World) -> None:
    world.evolve(table("Actor", BASE))
    world.evolve(table("Actor", {"id": BASE["id"]}), allow_destructive=True)
    world.stage("Actor", 1, id=1)
    world.undo(allow_data_loss=True)
    world.merge("Actor")
    assert world.rows('SELECT id, name FROM {s}."Actor"') == [(1, None)]


def test_former_key_is_not_restored_while_rows_without_it_wait(start: World) -> None:
    start.evolve(table("Actor", {**BASE, "id": "integer"}, key="name"))
    start.stage("Actor", 3, id=None, name="c")
    before = start.dump()
    with pytest.raises(RowsForbidError, match=r"stg_Actor holds rows with NULL in id"):
        start.undo()
    assert start.dump() == before
    start.execute('DELETE FROM {s}."stg_Actor" WHERE id IS NULL')
    start.undo()


def test_rows_that_arrive_while_an_upgrade_is_half_done_can_be_merged(start: World) -> None:
    strict = table("Actor", {**BASE, "amount": "numeric(10,2) NOT NULL"})
    written = start.write(strict)
    start.execute(
        'ALTER TABLE {s}."Actor" ADD CONSTRAINT "Actor_amount_proven" CHECK (amount IS NOT NULL) NOT VALID'
    )  # what an upgrade leaves that is killed between proof and change
    start.stage("Actor", 3, id=3, name="c", amount=None)
    with pytest.raises(RowsForbidError, match="stg_Actor"):
        start.run(written.module.upgrade)
    start.merge("Actor")
    with pytest.raises(RowsForbidError, match=r"Actor\.amount"):
        start.run(written.module.upgrade)
    start.execute('UPDATE {s}."Actor" SET amount = 0 WHERE amount IS NULL')
    start.run(written.module.upgrade)
    start.assert_settled(strict)


def test_key_that_is_lost_with_its_column_waits_for_staging(world: World) -> None:
    world.evolve(table("Actor", {"id": "integer NOT NULL", "line": "integer NOT NULL"}, key="id, line"))
    world.stage("Actor", 1, id=1, line=1)
    gone = table("Actor", {"id": "integer NOT NULL"}, key="")
    with pytest.raises(RowsForbidError, match="stg_Actor holds rows"):
        world.evolve(gone, allow_destructive=True)
    world.merge("Actor")
    world.evolve(gone, allow_destructive=True)
    assert world.rows('SELECT id FROM {s}."Actor"') == [(1,)]


# Narrowed columns
# ---------------------------------------------------------------------------------------------------------------

NARROW = {"id": "integer NOT NULL", "name": "varchar(3) NOT NULL", "amount": "numeric(4,1)"}
HINTS = {"name": 'left("name", 3)', "amount": "least(amount, 999.9)"}


@pytest.fixture
def narrowed(world: World) -> World:
    """A table whose columns got narrower while rows waited."""
    world.evolve(table("Actor", BASE))
    world.stage("Actor", 1, id=1, name="merged", amount=1.5)
    world.merge("Actor")
    world.stage("Actor", 2, id=2, name="waiting", amount=12345.67)
    written = world.evolve(table("Actor", NARROW, using=HINTS), allow_destructive=True)
    assert any("staging goes on taking name as varchar(50)" in note for note in written.notes)
    return world


def test_values_that_are_too_wide_arrive_and_are_converted(narrowed: World) -> None:
    narrowed.stage("Actor", 3, id=3, name="yesterday", amount=54321.09)
    narrowed.stage("Actor", 4, id=4, name="new", amount=None)
    narrowed.merge("Actor")
    assert narrowed.rows('SELECT id, name, amount FROM {s}."Actor" ORDER BY id') == [
        (1, "mer", Decimal("1.5")),
        (2, "wai", Decimal("999.9")),
        (3, "yes", Decimal("999.9")),
        (4, "new", None),
    ]


def test_large_slot_is_converted_too(narrowed: World) -> None:
    for number in range(3, 9):
        narrowed.stage("Actor", number, id=number, name="yesterday", amount=number)
    narrowed.call('"sp_merge_actor"(batch_size => 2)')
    assert narrowed.rows('SELECT DISTINCT name FROM {s}."Actor" ORDER BY 1') == [("mer",), ("wai",), ("yes",)]


def test_conversion_outlasts_its_hint(narrowed: World) -> None:
    before = narrowed.dump()
    narrowed.assert_settled(table("Actor", NARROW))
    narrowed.evolve(table("Actor", {**NARROW, "city": "text"}))
    narrowed.stage("Actor", 3, id=3, name="yesterday", amount=3, city="Oslo")
    narrowed.merge("Actor")
    assert narrowed.rows('SELECT name, city FROM {s}."Actor" WHERE id = 3') == [("yes", "Oslo")]
    narrowed.undo()
    assert in_any_order(narrowed.dump()) == in_any_order(before)


def test_conversion_outlasts_a_rename(narrowed: World) -> None:
    before = narrowed.dump()
    renamed = {"id": NARROW["id"], "full name": NARROW["name"], "amount": NARROW["amount"]}
    narrowed.evolve(table("Actor", renamed, renames={"name": "full name"}))
    narrowed.stage("Actor", 3, id=3, name="old column list", amount=3)
    narrowed.stage("Actor", 4, id=4, **{"full name": "new column list"}, amount=None)
    narrowed.merge("Actor")
    assert narrowed.rows('SELECT id, "full name" FROM {s}."Actor" WHERE id > 2 ORDER BY id') == [
        (3, "old"),
        (4, "new"),
    ]
    narrowed.undo()
    assert narrowed.dump() == before


def test_renamed_and_narrowed_at_once(start: World) -> None:
    before = start.dump()
    columns_ = {"id": BASE["id"], "title": "varchar(2) NOT NULL", "amount": BASE["amount"]}
    plan = table("Actor", columns_, renames={"name": "title"}, using={"title": "left(title, 2)"})
    start.evolve(plan, allow_destructive=True)
    start.stage("Actor", 3, id=3, name="old", amount=3)
    start.stage("Actor", 4, id=4, title="new", amount=3)
    start.merge("Actor")
    assert start.rows('SELECT title FROM {s}."Actor" ORDER BY id') == [("Ås",), ("Bø",), ("ol",), ("ne",)]
    start.undo(allow_data_loss=True)
    assert start.dump() == before


def test_narrowed_key_is_merged_by_what_it_becomes(world: World) -> None:
    world.evolve(table("Code", {"code": "varchar(10) NOT NULL", "n": "integer"}, key="code"))
    world.stage("Code", 1, code="abc", n=1)
    plan = table(
        "Code", {"code": "varchar(3) NOT NULL", "n": "integer"}, key="code", using={"code": "left(code, 3)"}
    )
    world.evolve(plan, allow_destructive=True)
    world.stage("Code", 2, code="abcdef", n=2)
    world.stage("Code", 3, code="abcxyz", n=3)
    world.merge("Code")
    assert world.rows('SELECT code, n FROM {s}."Code"') == [("abc", 3)]


def test_staging_gets_as_narrow_when_it_is_pruned(narrowed: World) -> None:
    narrowed.stage("Actor", 3, id=3, name="yesterday", amount=3)
    before = narrowed.dump()
    written = narrowed.evolve(table("Actor", NARROW), prune_staging=True)
    assert any("stg_Actor.name takes varchar(3) only" in note for note in written.notes)
    with pytest.raises(DBAPIError, match="too long"):
        narrowed.stage("Actor", 4, id=4, name="too late", amount=4)
    narrowed.undo()
    assert narrowed.dump() == before
    narrowed.evolve(table("Actor", NARROW), prune_staging=True)
    narrowed.merge("Actor")
    assert narrowed.rows('SELECT id, name FROM {s}."Actor" ORDER BY id') == [
        (1, "mer"),
        (2, "wai"),
        (3, "yes"),
    ]


def test_widened_again_the_merge_converts_no_more(narrowed: World) -> None:
    before = narrowed.dump()
    plan = table("Actor", {**BASE, "name": "varchar(60) NOT NULL"})
    written = narrowed.evolve(plan)
    assert "conversions" not in written.upgrade_text.partition("replaces=")[0]
    narrowed.stage("Actor", 3, id=3, name="yesterday", amount=54321.09)
    narrowed.merge("Actor")
    assert narrowed.rows('SELECT name, amount FROM {s}."Actor" WHERE id = 3') == [
        ("yesterday", Decimal("54321.09"))
    ]
    narrowed.undo(allow_data_loss=True)
    assert narrowed.dump() == before


def test_conversion_that_needs_another_column_narrows_staging_too(start: World) -> None:
    plan = table(
        "Actor", {**BASE, "name": "varchar(2) NOT NULL"}, using={"name": "left(name || amount::text, 2)"}
    )
    written = start.evolve(plan, allow_destructive=True)
    assert "conversions=" not in written.upgrade_text
    with pytest.raises(DBAPIError, match="too long"):
        start.stage("Actor", 3, id=3, name="yesterday", amount=3)
    start.merge("Actor")
    assert start.rows('SELECT name FROM {s}."Actor" ORDER BY id') == [("Ås",), ("Bø",)]


def test_table_that_is_dropped_comes_back_with_its_conversions(narrowed: World) -> None:
    before = narrowed.dump()
    narrowed.evolve(allow_destructive=True)
    narrowed.undo(allow_data_loss=True)
    assert in_any_order(narrowed.dump()) == in_any_order(before)


# Old names
# ---------------------------------------------------------------------------------------------------------------

RENAMED = {"id": BASE["id"], "title": BASE["name"], "sum": BASE["amount"]}
HANDED = {"name": "title", "amount": "sum"}


def test_open_session_goes_on_when_a_type_changes_after_a_rename(start: World) -> None:
    start.evolve(table("Actor", RENAMED, renames=HANDED))
    before = start.dump()
    insert = sa.text(
        'INSERT INTO avansas."stg_Actor" (id, {}, __kafka_topic, __kafka_partition, __kafka_offset, __lsn)'
        " VALUES (:id, 'x', 1, 't', 0, :id, :id)".format("name, amount")
    )
    with start.engine.connect() as session:
        session.execute(insert, {"id": 10})
        session.commit()
        start.evolve(table("Actor", {**RENAMED, "id": "bigint NOT NULL", "sum": "numeric(18,4)"}))
        session.execute(insert, {"id": 11})
        session.commit()
        start.undo()
        session.execute(insert, {"id": 12})
        session.commit()
    assert start.dump() == before
    start.merge("Actor")
    assert start.rows('SELECT title, sum FROM {s}."Actor" WHERE id > 9') == [("x", 1)] * 3


def test_old_name_is_as_wide_as_the_new_one(start: World) -> None:
    wide = {"id": BASE["id"], "title": "varchar(70) NOT NULL", "sum": BASE["amount"]}
    start.evolve(table("Actor", wide, renames=HANDED))
    start.stage("Actor", 3, id=3, name="x" * 70, amount=1)
    again = {"id": BASE["id"], "headline": "text NOT NULL", "sum": "numeric(18,4)"}
    before = start.dump()
    start.evolve(table("Actor", again, renames={"title": "headline"}))
    start.stage("Actor", 4, id=4, name="y" * 80, amount="12345678901.2345")
    start.stage("Actor", 5, id=5, title="z" * 90, sum=2)
    start.undo(allow_data_loss=True)
    assert start.dump() == before
    start.evolve(table("Actor", again, renames={"title": "headline"}))
    start.merge("Actor")
    assert start.rows('SELECT length(headline) FROM {s}."Actor" ORDER BY id') == [
        (2,),
        (2,),
        (70,),
        (70,),
        (70,),
    ]


def test_names_that_go_back_are_as_wide_too(start: World) -> None:
    start.evolve(table("Actor", RENAMED, renames=HANDED))
    back = {**BASE, "name": "varchar(70) NOT NULL"}
    before = start.dump()
    start.evolve(table("Actor", back, renames={"title": "name", "sum": "amount"}))
    start.stage("Actor", 3, id=3, name="x" * 70, amount=1)
    start.stage("Actor", 4, id=4, title="y" * 70, sum=1)
    start.merge("Actor")
    assert start.rows('SELECT length(name) FROM {s}."Actor" ORDER BY id') == [(2,), (2,), (70,), (70,)]
    start.undo(allow_data_loss=True)
    assert start.dump() == before


def test_what_waits_under_an_old_name_is_in_one_column_only(start: World) -> None:
    start.evolve(table("Actor", RENAMED, renames=HANDED))
    start.stage("Actor", 3, id=3, name="title", amount=1)
    start.evolve(table("Actor", {**RENAMED, "name": "varchar(50)"}))
    start.merge("Actor")
    assert start.rows('SELECT title, name FROM {s}."Actor" WHERE id = 3') == [("title", None)]


def test_a_rename_whose_old_name_is_used_at_once_takes_two_revisions(start: World) -> None:
    both = {**BASE, "title": BASE["name"]}
    with pytest.raises(
        EvolutionError, match="by renames: name is title now, but the source has a column name"
    ) as raised:
        start.write(table("Actor", both, renames={"name": "title"}))
    assert "ignore_columns: [name]" in str(raised.value)
    without = {name: text for name, text in both.items() if name != "name"}
    start.evolve(table("Actor", without, renames={"name": "title"}))
    start.evolve(table("Actor", both, renames={"name": "title"}))
    start.merge("Actor")
    assert start.rows('SELECT title, name FROM {s}."Actor" ORDER BY id') == [("Ås", None), ("Bø", None)]


def test_value_under_an_old_name_beats_the_default_of_the_new_one(world: World) -> None:
    columns_ = {"id": "integer NOT NULL", "region": "varchar(20) NOT NULL DEFAULT 'std'"}
    world.evolve(table("T", columns_))
    settings = Settings(metadata_columns={"__deleted": {"name": "is_deleted"}})
    renamed = {"id": "integer NOT NULL", "reg": "varchar(20) NOT NULL DEFAULT 'std'"}
    world.settings = settings
    world.evolve(table("T", renamed, renames={"region": "reg"}, settings=settings))
    world.stage("T", 1, id=1, region="north", __deleted=True)
    world.stage("T", 2, id=2)
    world.merge("T")
    assert world.rows('SELECT reg, is_deleted FROM {s}."T" ORDER BY id') == [("north", True), ("std", False)]


def test_chain_of_names_whose_middle_becomes_a_column_of_its_own(world: World) -> None:
    key = {"id": "integer NOT NULL"}
    world.evolve(table("T", {**key, "a": "varchar(20)"}))
    world.evolve(table("T", {**key, "b": "varchar(20)"}, renames={"a": "b"}))
    world.evolve(table("T", {**key, "c": "varchar(20)"}, renames={"b": "c"}))
    world.evolve(table("T", {**key, "c": "varchar(20)", "b": "integer"}))
    world.stage("T", 1, id=1, a="of old")
    world.stage("T", 2, id=2, c="of today", b=5)
    world.merge("T")
    assert world.rows('SELECT b, c FROM {s}."T" ORDER BY id') == [(None, "of old"), (5, "of today")]


@pytest.mark.parametrize("hint", [{}, {"name": 'left("name", 3)'}])
def test_partly_widened_the_merge_cuts_at_the_new_width(narrowed: World, hint: dict[str, str]) -> None:
    wider = {**NARROW, "name": "varchar(7) NOT NULL", "amount": "numeric(7,1)"}
    narrowed.evolve(table("Actor", wider, using=hint))
    narrowed.stage("Actor", 3, id=3, name="seventy", amount=54321.5)
    narrowed.stage("Actor", 4, id=4, name="too long still", amount=None)
    narrowed.merge("Actor")
    assert narrowed.rows('SELECT name, amount FROM {s}."Actor" WHERE id > 2 ORDER BY id') == [
        ("seventy", Decimal("54321.5")),
        ("too", None),
    ]


def test_narrowed_left_out_and_taken_in_again(narrowed: World) -> None:
    narrowed.evolve(table("Actor", {name: text for name, text in NARROW.items() if name != "amount"}))
    with pytest.raises(EvolutionError, match=r"stg_Actor\.amount: numeric\(10,2\) to numeric\(4,1\)"):
        narrowed.evolve(table("Actor", NARROW))
    narrowed.evolve(table("Actor", NARROW, using=HINTS))
    narrowed.stage("Actor", 3, id=3, name="x", amount=54321.5)
    narrowed.merge("Actor")
    assert narrowed.rows('SELECT amount FROM {s}."Actor" WHERE id = 3') == [(Decimal("999.9"),)]


def test_narrowed_renamed_and_pruned(narrowed: World) -> None:
    renamed = {"id": NARROW["id"], "Navn %s": NARROW["name"], "amount": NARROW["amount"]}
    narrowed.evolve(table("Actor", renamed, renames={"name": "Navn %s"}))
    narrowed.stage("Actor", 3, id=3, name="yesterday", amount=3)
    before = narrowed.dump()
    narrowed.evolve(table("Actor", renamed), prune_staging=True)
    narrowed.undo(allow_data_loss=True)
    assert in_any_order(narrowed.dump()) == in_any_order(before)
    narrowed.merge("Actor")
    assert narrowed.rows('SELECT "Navn %s" FROM {s}."Actor" WHERE id = 3') == [("yes",)]


def test_default_that_changes_is_that_of_staging_too(world: World) -> None:
    world.evolve(table("T", {"id": "integer NOT NULL", "region": "varchar(9) NOT NULL DEFAULT 'std'"}))
    before = world.dump()
    world.evolve(table("T", {"id": "integer NOT NULL", "region": "varchar(9) NOT NULL DEFAULT 'new'"}))
    world.stage("T", 1, id=1)
    world.merge("T")
    assert world.rows('SELECT region FROM {s}."T"') == [("new",)]
    world.undo()
    assert world.dump() == before


def test_what_looks_like_a_rename_is_asked_about(start: World) -> None:
    renamed = {"id": BASE["id"], "title": BASE["name"], "amount": BASE["amount"]}
    written = start.write(table("Actor", renamed))
    assert any("Actor.title may be name under a new name" in note for note in written.notes)
    misspelt = start.write(table("Actor", renamed, renames={"nmae": "title"}))
    assert any("by renames: it was nmae, but there is no such column" in note for note in misspelt.notes)
    start.evolve(table("Actor", renamed))
    late = start.write(table("Actor", renamed, renames={"name": "title"}))
    assert any("comes too late; values from before are in name" in note for note in late.notes)


def test_names_that_go_back_get_what_the_column_is_to_be(start: World) -> None:
    start.evolve(table("Actor", RENAMED, renames=HANDED))
    before = start.dump()
    back = {**BASE, "name": "varchar(50)"}
    start.evolve(table("Actor", back, renames={"title": "name", "sum": "amount"}))
    start.stage("Actor", 3, id=3, amount=1)
    start.merge("Actor")
    assert start.rows('SELECT name FROM {s}."Actor" WHERE id = 3') == [(None,)]
    start.execute('DELETE FROM {s}."Actor" WHERE id = 3')
    start.undo()
    assert start.dump() == before


@pytest.mark.parametrize(
    ("type_", "using"), [("varchar(20)", {}), ("varchar(3)", {"reg": "left(reg, 3)"}), ("text", {})]
)
def test_renamed_with_another_default(world: World, type_: str, using: dict[str, str]) -> None:
    world.evolve(table("T", {"id": "integer NOT NULL", "region": "varchar(20) NOT NULL DEFAULT 'older'"}))
    before = world.dump()
    plan = {"id": "integer NOT NULL", "reg": f"{type_} NOT NULL DEFAULT 'new'"}
    world.evolve(table("T", plan, renames={"region": "reg"}, using=using), allow_destructive=bool(using))
    world.stage("T", 1, id=1)
    world.merge("T")
    assert world.rows('SELECT reg FROM {s}."T"') == [("new",)]
    world.evolve(table("T", plan), prune_staging=True)
    world.stage("T", 2, id=2)
    world.merge("T")
    assert world.rows('SELECT DISTINCT reg FROM {s}."T"') == [("new",)]
    world.undo(allow_data_loss=True)
    world.undo(allow_data_loss=True)
    assert world.dump() == before


def test_default_that_is_too_long_is_not_kept_by_pruning(world: World) -> None:
    world.evolve(table("T", {"id": "integer NOT NULL", "c": "varchar(20) NOT NULL DEFAULT 'too long'"}))
    narrow = {"id": "integer NOT NULL", "c": "varchar(3) NOT NULL DEFAULT 'new'"}
    world.evolve(table("T", narrow, using={"c": "left(c, 3)"}), allow_destructive=True)
    world.evolve(table("T", narrow), prune_staging=True)
    world.stage("T", 1, id=1)
    world.merge("T")
    assert world.rows('SELECT c FROM {s}."T"') == [("new",)]
