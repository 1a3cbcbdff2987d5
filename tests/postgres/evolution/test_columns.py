"""Each row of the table of changes that concerns columns, with rows in the table and in staging."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cdcmig.errors import DataLossError, EvolutionError, RowsForbidError
from tests.postgres.evolution.world import World, table

BASE = {"id": "integer NOT NULL", "name": "varchar(50) NOT NULL", "amount": "numeric(10,2)"}


@pytest.fixture
def start(world: World) -> World:
    """A table with one merged row and one that waits in staging."""
    world.evolve(table("Actor", BASE))
    world.stage("Actor", 1, id=1, name="Ås", amount=1.5)
    world.merge("Actor")
    world.stage("Actor", 2, id=2, name="Bø", amount=2.5)
    return world


def test_added_column_is_nullable_and_takes_part_in_merging(start: World) -> None:
    before = start.dump()
    plan = table("Actor", {**BASE, "city": "text NOT NULL"})
    written = start.evolve(plan)
    assert any("city" in note for note in written.notes)
    start.stage("Actor", 3, id=3, name="old pipeline")
    start.stage("Actor", 4, id=4, name="new pipeline", city="Moss")
    start.merge("Actor")
    assert start.rows('SELECT id, name, city FROM {s}."Actor" ORDER BY id') == [
        (1, "Ås", None),
        (2, "Bø", None),
        (3, "old pipeline", None),
        (4, "new pipeline", "Moss"),
    ]
    start.assert_settled(plan)
    start.undo()
    assert start.dump() == before


def test_added_column_with_default_stays_strict_and_fills_rows(start: World) -> None:
    plan = table("Actor", {**BASE, "tenant": "text NOT NULL DEFAULT 'x'"})
    start.evolve(plan)
    start.merge("Actor")
    assert start.rows('SELECT id, tenant FROM {s}."Actor" ORDER BY id') == [(1, "x"), (2, "x")]


def test_added_column_with_volatile_default_does_not_rewrite(start: World) -> None:
    written = start.evolve(table("Actor", {**BASE, "token": "uuid NOT NULL DEFAULT gen_random_uuid()"}))
    assert "server_default" in written.upgrade_text.partition("alter_column")[2]
    assert start.rows('SELECT token FROM {s}."Actor"') == [(None,)]


@pytest.mark.parametrize(
    ("column", "wider", "rewrites"),
    [
        ("name", "varchar(100) NOT NULL", False),
        ("name", "text NOT NULL", False),
        ("amount", "numeric(18,2)", False),
        ("amount", "numeric(18,4)", True),
        ("id", "bigint NOT NULL", True),
    ],
)
def test_widened(start: World, column: str, wider: str, rewrites: bool) -> None:
    before, file = start.dump(), _file_of(start)
    written = start.evolve(table("Actor", {**BASE, column: wider}))
    assert (_file_of(start) != file) == rewrites
    assert any("rewrites" in note for note in written.notes) == rewrites
    start.merge("Actor")
    assert start.rows('SELECT id, name FROM {s}."Actor" ORDER BY id') == [(1, "Ås"), (2, "Bø")]
    start.undo()
    assert start.dump() == before


def _file_of(world: World) -> object:
    return world.rows("SELECT pg_relation_filenode('{s}.\"Actor\"'::regclass)")


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("varchar(9)", "varchar"),
        ("numeric(8,2)", "numeric"),
        ("timestamp(3)", "timestamp"),
        ("time(0)", "time"),
    ],
)
def test_limit_that_goes_or_comes_is_a_change(world: World, narrow: str, wide: str) -> None:
    world.evolve(table("T", {"id": "integer NOT NULL", "c": narrow}))
    assert (
        "alter_column('T', 'c'"
        in world.evolve(table("T", {"id": "integer NOT NULL", "c": wide})).upgrade_text
    )
    back = table("T", {"id": "integer NOT NULL", "c": narrow}, using={"c": f"c::{narrow}"})
    assert "convert_column('T', 'c'" in world.evolve(back, allow_destructive=True).upgrade_text


def test_widened_back_asks_where_values_do_not_fit(start: World) -> None:
    start.evolve(table("Actor", {**BASE, "name": "varchar(60) NOT NULL"}))
    start.stage("Actor", 3, id=3, name="x" * 60)
    start.merge("Actor")
    with pytest.raises(RowsForbidError, match="do not fit") as caught:
        start.undo()
    assert "allow_data_loss=1" in str(caught.value)
    start.undo(allow_data_loss=True)
    assert start.rows('SELECT length(name) FROM {s}."Actor" WHERE id = 3') == [(50,)]


def test_number_that_may_not_be_empty_is_told_where_it_does_not_fit_back(world: World) -> None:
    world.evolve(table("T", {"id": "integer NOT NULL", "n": "smallint NOT NULL"}))
    world.evolve(table("T", {"id": "integer NOT NULL", "n": "bigint NOT NULL"}))
    world.stage("T", 1, id=1, n=70000)
    world.merge("T")
    with pytest.raises(RowsForbidError, match=r"avansas\.T\.n to smallint .*: smallint out of range"):
        world.undo(allow_data_loss=True)
    assert world.rows('SELECT n FROM {s}."T"') == [(70000,)]


def test_number_widened_back_empties_what_does_not_fit(world: World) -> None:
    world.evolve(table("T", {"id": "integer NOT NULL", "n": "smallint"}))
    world.evolve(table("T", {"id": "integer NOT NULL", "n": "bigint"}))
    world.stage("T", 1, id=1, n=70000)
    world.stage("T", 2, id=2, n=7)
    world.merge("T")
    with pytest.raises(RowsForbidError, match="do not fit"):
        world.undo()
    world.undo(allow_data_loss=True)
    assert world.rows('SELECT id, n FROM {s}."T" ORDER BY id') == [(1, None), (2, 7)]


@pytest.mark.parametrize(("narrow", "wide"), [("smallint", "real"), ("integer", "numeric(12,2)")])
def test_fraction_does_not_fit_into_a_whole_number(world: World, narrow: str, wide: str) -> None:
    world.evolve(table("T", {"id": "integer NOT NULL", "n": narrow}))
    world.evolve(table("T", {"id": "integer NOT NULL", "n": wide}))
    world.stage("T", 1, id=1, n=1.5)
    world.stage("T", 2, id=2, n=7)
    world.merge("T")
    with pytest.raises(RowsForbidError, match="do not fit"):
        world.undo()
    world.undo(allow_data_loss=True)
    assert world.rows('SELECT id, n FROM {s}."T" ORDER BY id') == [(1, None), (2, 7)]


def test_key_whose_values_become_one_is_told(world: World) -> None:
    world.evolve(table("T", {"id": "varchar(9) NOT NULL"}))
    world.execute("""INSERT INTO {s}."T" (id) VALUES ('ab'), ('ac')""")
    before = world.dump()
    written = world.write(
        table("T", {"id": "varchar(1) NOT NULL"}, using={"id": "left(id, 1)"}), allow_destructive=True
    )
    with pytest.raises(RowsForbidError, match=r"avansas\.T\.id to varchar\(1\) .* rows would have the same"):
        world.run(written.module.upgrade)
    assert world.dump() == before


def test_narrowed_is_refused_and_says_what_to_write(start: World) -> None:
    narrow = {**BASE, "name": "varchar(20) NOT NULL"}
    with pytest.raises(EvolutionError) as caught:
        start.write(table("Actor", narrow))
    assert 'left("name", 20)' in str(caught.value)
    with pytest.raises(EvolutionError):
        start.write(table("Actor", narrow), allow_destructive=True)
    with pytest.raises(EvolutionError, match="--allow-destructive"):
        start.write(table("Actor", narrow, using={"name": 'left("name", 20)'}))


def test_narrowed_by_the_hint(start: World) -> None:
    before = start.dump()
    plan = table("Actor", {**BASE, "name": "varchar(1) NOT NULL"}, using={"name": 'left("name", 1)'})
    start.evolve(plan, allow_destructive=True)
    start.merge("Actor")
    assert start.rows('SELECT id, name FROM {s}."Actor" ORDER BY id') == [(1, "Å"), (2, "B")]
    with pytest.raises(DataLossError):
        start.undo()
    start.undo(allow_data_loss=True)
    assert start.dump() == before


def test_incompatible_by_the_hint(start: World) -> None:
    before = start.dump()
    plan = table("Actor", {**BASE, "amount": "boolean"}, using={"amount": "amount <> 0"})
    start.evolve(plan, allow_destructive=True)
    start.merge("Actor")
    assert start.rows('SELECT id, amount FROM {s}."Actor" ORDER BY id') == [(1, True), (2, True)]
    start.undo(allow_data_loss=True)
    assert start.dump() == before
    assert start.rows('SELECT amount FROM {s}."Actor"') == [(None,), (None,)]


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (
            "bigint",
            {"12": 12, "-9223372036854775808": -(2**63), "9223372036854775808": None, "old": None, "": None},
        ),
        ("smallint", {"32767": 32767, "32768": None, " 7 ": 7, None: None}),
        ("numeric(4,2)", {"12.5": Decimal("12.50"), "123": None, "1.2.3": None}),
    ],
)
def test_text_that_a_number_became_comes_back_as_far_as_it_is_one(
    start: World, type_: str, values: dict[str | None, object]
) -> None:
    start.evolve(table("Actor", {**BASE, "age": type_}))
    start.evolve(
        table("Actor", {**BASE, "age": "varchar(30)"}, using={"age": "age::varchar(30)"}),
        allow_destructive=True,
    )
    start.merge("Actor")
    start.execute('DELETE FROM {s}."Actor"')
    for number, value in enumerate(values):
        start.stage("Actor", 1000 + number, id=number, name="n", age=value)
    start.merge("Actor")
    start.stage("Actor", 2000, id=2000, name="n", age="waiting")
    with pytest.raises(DataLossError):
        start.undo()
    start.undo(allow_data_loss=True)
    start.merge("Actor")
    found = [row[0] for row in start.rows('SELECT age FROM {s}."Actor" ORDER BY id')]
    assert found == [*values.values(), None]


def test_removed_column_stays_and_loses_not_null(start: World) -> None:
    before = start.dump()
    rest = {name: text for name, text in BASE.items() if name != "name"}
    written = start.evolve(table("Actor", rest))
    assert "drop_column" not in written.upgrade_text
    start.stage("Actor", 3, id=3, amount=3)
    start.stage("Actor", 4, id=4, name="still sent", amount=3)
    start.merge("Actor")
    assert start.rows('SELECT id, name FROM {s}."Actor" ORDER BY id') == [
        (1, "Ås"),
        (2, None),
        (3, None),
        (4, None),
    ]
    start.undo()  # rows without a value forbid NOT NULL; the downgrade warns and goes on
    start.execute("UPDATE {s}.\"Actor\" SET name = '' WHERE name IS NULL")
    start.execute('ALTER TABLE {s}."Actor" ADD CONSTRAINT "Actor_name_not_null" NOT NULL name')
    start.execute('TRUNCATE {s}."stg_Actor"')
    start.execute('ALTER TABLE {s}."stg_Actor" ADD CONSTRAINT "Actor_name_not_null" NOT NULL name')
    assert start.dump() == before


def test_removed_column_comes_back_nullable(start: World) -> None:
    rest = {name: text for name, text in BASE.items() if name != "name"}
    start.evolve(table("Actor", rest))
    before = start.dump()
    start.stage("Actor", 3, id=3, amount=3)
    written = start.evolve(table("Actor", BASE))
    assert any("replicated again" in note for note in written.notes)
    start.merge("Actor")
    assert start.rows('SELECT id, name FROM {s}."Actor" ORDER BY id') == [(1, "Ås"), (2, "Bø"), (3, None)]
    start.undo()
    assert start.dump() == before


def test_removed_column_is_dropped_when_asked(start: World) -> None:
    rest = {name: text for name, text in BASE.items() if name != "amount"}
    start.evolve(table("Actor", rest), allow_destructive=True)
    assert start.rows(_COLUMN.format("Actor", "amount")) == []
    start.stage("Actor", 3, id=3, name="old column list", amount=3)
    start.merge("Actor")
    with pytest.raises(DataLossError, match="amount"):
        start.undo()
    start.undo(allow_data_loss=True)
    assert start.rows('SELECT id, amount FROM {s}."Actor" ORDER BY id') == [(1, None), (2, None), (3, None)]


_COLUMN = (
    "SELECT FROM information_schema.columns WHERE table_schema || '' = 'avansas'"
    " AND table_name = '{}' AND column_name = '{}'"
)


def test_renamed_column_keeps_its_values_and_staging_takes_both_names(start: World) -> None:
    before = start.dump()
    plan = table(
        "Actor",
        {"id": BASE["id"], "full name": "varchar(80) NOT NULL", "amount": BASE["amount"]},
        renames={"name": "full name"},
    )
    written = start.evolve(plan)
    assert "drop_column" not in written.upgrade_text
    start.stage("Actor", 3, id=3, name="old pipeline")
    start.stage("Actor", 4, id=4, **{"full name": "new pipeline"})
    start.merge("Actor")
    assert start.rows('SELECT id, "full name" FROM {s}."Actor" ORDER BY id') == [
        (1, "Ås"),
        (2, "Bø"),
        (3, "old pipeline"),
        (4, "new pipeline"),
    ]
    start.stage("Actor", 5, id=5, name="waits")
    start.undo()
    assert start.dump() == before
    start.merge("Actor")
    assert start.rows('SELECT name FROM {s}."Actor" WHERE id = 5') == [("waits",)]


def test_key_column_renamed_twice_and_back(start: World) -> None:
    def plan(name: str, renames: dict[str, str]) -> object:
        return table("Actor", {name: "integer NOT NULL", "name": BASE["name"]}, key=name, renames=renames)

    start.evolve(table("Actor", {"id": BASE["id"], "name": BASE["name"]}))
    dumps = []
    for old, new in [("id", "number"), ("number", "no"), ("no", "id")]:
        dumps.append(start.dump())
        start.evolve(plan(new, {old: new}))
    start.stage("Actor", 3, id=3, name="c")
    start.stage("Actor", 4, number=4, name="d")
    start.stage("Actor", 5, no=5, name="e")
    start.merge("Actor")
    assert start.rows('SELECT id, name FROM {s}."Actor" ORDER BY id') == [
        (1, "Ås"),
        (2, "Bø"),
        (3, "c"),
        (4, "d"),
        (5, "e"),
    ]
    while dumps:
        start.undo()
        assert start.dump() == dumps.pop()


def test_column_whose_letters_change_case_is_renamed(start: World) -> None:
    columns = {"id": BASE["id"], "NAME": BASE["name"], "amount": BASE["amount"]}
    start.evolve(table("Actor", columns))
    start.merge("Actor")
    assert start.rows('SELECT id, "NAME" FROM {s}."Actor" ORDER BY id') == [(1, "Ås"), (2, "Bø")]


def test_loosened(start: World) -> None:
    before = start.dump()
    start.evolve(table("Actor", {**BASE, "name": "varchar(50)"}))
    start.undo()
    assert start.dump() == before
    start.evolve(table("Actor", {**BASE, "name": "varchar(50)"}))
    start.stage("Actor", 3, id=3, name=None)
    start.merge("Actor")
    assert start.rows('SELECT name FROM {s}."Actor" WHERE id = 3') == [(None,)]
    start.undo()


def test_tightened(start: World) -> None:
    before = start.dump()
    start.evolve(table("Actor", {**BASE, "amount": "numeric(10,2) NOT NULL"}))
    assert "amount numeric(10,2) NOT NULL" in start.dump()
    start.merge("Actor")
    start.undo()
    assert start.dump() == before


def test_tightened_looks_at_the_rows_first(start: World) -> None:
    before = start.dump()
    strict = table("Actor", {**BASE, "amount": "numeric(10,2) NOT NULL"})
    start.stage("Actor", 3, id=3, name="c", amount=None)
    with pytest.raises(RowsForbidError, match="stg_Actor"):
        start.evolve(strict)
    start.merge("Actor")
    with pytest.raises(RowsForbidError, match=r"Actor\.amount"):
        start.evolve(strict)
    assert start.dump() == before
    start.execute('UPDATE {s}."Actor" SET amount = 0 WHERE amount IS NULL')
    start.evolve(strict)


@pytest.mark.parametrize("text_type", ["text", "varchar(11)"])
def test_text_that_is_no_number_stops_a_downgrade_that_nobody_said_how_to_make(
    start: World, text_type: str
) -> None:
    start.evolve(table("Actor", {**BASE, "age": "integer"}))
    start.evolve(table("Actor", {**BASE, "age": text_type}))
    start.stage("Actor", 1000, id=1, name="n", age="unknown")
    start.merge("Actor")
    with pytest.raises(RowsForbidError):
        start.undo()
    assert ("unknown",) in start.rows('SELECT age FROM {s}."Actor"')


def test_a_hint_is_applied_although_a_cast_would_keep_every_number(start: World) -> None:
    start.evolve(table("Actor", {**BASE, "age": "integer"}))
    start.stage("Actor", 1000, id=1, name="n", age=7)
    start.merge("Actor")
    changed = table("Actor", {**BASE, "age": "varchar(20)"}, using={"age": "lpad(age::text, 5, '0')"})
    start.evolve(changed, allow_destructive=True)
    assert ("00007",) in start.rows('SELECT age FROM {s}."Actor"')
