"""Each row of the table of changes that concerns keys, indexes and whole tables."""

from __future__ import annotations

import pytest

from cdcmig.config.settings import Settings
from cdcmig.errors import DataLossError, RowsForbidError
from tests.postgres.evolution.world import SETTINGS, World, in_any_order, table

BASE = {"id": "integer NOT NULL", "line": "integer NOT NULL", "name": "varchar(50)"}


@pytest.fixture
def start(world: World) -> World:
    """A table with one merged row and one that waits in staging."""
    world.evolve(table("Actor", BASE))
    world.stage("Actor", 1, id=1, line=1, name="a")
    world.merge("Actor")
    world.stage("Actor", 2, id=2, line=1, name="b")
    return world


def test_key_gains_a_column(start: World) -> None:
    before = start.dump()
    written = start.evolve(table("Actor", BASE, key="id, line"))
    assert written.upgrade_text.index("create_index_concurrently") < written.upgrade_text.index(
        "replace_primary"
    )
    start.stage("Actor", 3, id=2, line=2, name="c")
    start.merge("Actor")
    assert start.rows('SELECT id, line, name FROM {s}."Actor" ORDER BY id, line') == [
        (1, 1, "a"),
        (2, 1, "b"),
        (2, 2, "c"),
    ]
    with pytest.raises(RowsForbidError, match="values that occur more than once: 1, for example"):
        start.undo()
    start.execute('DELETE FROM {s}."Actor" WHERE line = 2')
    start.undo()
    assert start.dump() == before


def test_key_loses_a_column_and_duplicates_are_told_beforehand(world: World) -> None:
    world.evolve(table("Actor", BASE, key="id, line"))
    for offset, line in enumerate((1, 2, 3)):
        world.stage("Actor", offset, id=7, line=line)
    world.merge("Actor")
    before = world.dump()
    with pytest.raises(RowsForbidError, match=r"\(id\) is to be the key.*\(7\)") as caught:
        world.evolve(table("Actor", BASE))
    assert caught.value.hint is not None
    assert world.dump() == before
    world.execute('DELETE FROM {s}."Actor" WHERE line > 1')
    world.evolve(table("Actor", BASE))
    world.undo()
    assert world.dump() == before


def test_key_moves_to_a_nullable_column(start: World) -> None:
    before = start.dump()
    plan = table(
        "Actor", {"id": "integer", "line": "integer NOT NULL", "name": "varchar(50) NOT NULL"}, key="name"
    )
    start.evolve(plan)
    start.stage("Actor", 3, id=None, line=9, name="b")
    start.merge("Actor")
    assert start.rows('SELECT id, line, name FROM {s}."Actor" ORDER BY name') == [(1, 1, "a"), (None, 9, "b")]
    with pytest.raises(RowsForbidError, match="NULL in id"):
        start.undo()
    start.execute('UPDATE {s}."Actor" SET id = 2 WHERE id IS NULL')
    start.undo()
    assert start.dump() == before


def test_key_on_a_renamed_column(start: World) -> None:
    before = start.dump()
    columns = {"id": BASE["id"], "line no": BASE["line"], "name": BASE["name"]}
    start.evolve(table("Actor", columns, key="id, line no", renames={"line": "line no"}))
    start.stage("Actor", 3, id=2, line=2, name="c")
    start.merge("Actor")
    assert start.rows('SELECT id, "line no" FROM {s}."Actor" ORDER BY 1, 2') == [(1, 1), (2, 1), (2, 2)]
    start.execute('DELETE FROM {s}."Actor" WHERE "line no" = 2')
    start.undo()
    assert start.dump() == before


def test_key_gains_a_column_that_is_new(start: World) -> None:
    plan = table("Actor", {**BASE, "part": "integer NOT NULL"}, key="id, part")
    assert any("let the column come first" in note for note in start.write(plan).notes)
    with pytest.raises(RowsForbidError, match="part"):
        start.evolve(plan)
    start.execute('TRUNCATE {s}."Actor", {s}."stg_Actor"')
    before = start.dump()
    start.evolve(plan)
    start.undo()
    assert start.dump() == before


def test_interrupted_key_change_goes_on_where_it_stopped(start: World) -> None:
    written = start.write(table("Actor", BASE, key="id, line"))
    start.execute('ALTER TABLE {s}."stg_Actor" RENAME TO aside')  # the step after the index fails

    with pytest.raises(Exception, match="stg_Actor"):
        start.run(written.module.upgrade)
    assert "Actor_next_key" in start.dump()
    start.execute('ALTER TABLE {s}.aside RENAME TO "stg_Actor"')
    start.run(written.module.upgrade)
    assert "Actor_next_key" not in start.dump()
    start.assert_settled(table("Actor", BASE, key="id, line"))


def test_invalid_index_of_a_failed_attempt_is_dropped(start: World) -> None:
    written = start.write(table("Actor", BASE, key="line"))
    start.merge("Actor")
    with start.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        statement = 'CREATE UNIQUE INDEX CONCURRENTLY "Actor_next_key" ON avansas."Actor" (line)'
        with pytest.raises(Exception, match="could not create unique index"):
            connection.exec_driver_sql(statement)
    assert start.rows(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = '{s}.\"Actor_next_key\"'::regclass"
    ) == [(False,)]
    start.execute('UPDATE {s}."Actor" SET line = id')
    start.run(written.module.upgrade)
    assert "PRIMARY KEY (line)" in start.dump()


def test_table_gains_its_first_key_and_keeps_it(world: World) -> None:
    world.evolve(table("Actor", BASE, key=""))
    before = world.dump()
    world.execute('INSERT INTO {s}."Actor" (id, line) VALUES (1, 1)')
    world.evolve(table("Actor", BASE))
    world.stage("Actor", 1, id=1, line=2)
    world.merge("Actor")
    assert world.rows('SELECT id, line FROM {s}."Actor"') == [(1, 2)]
    kept = world.dump()
    world.evolve(table("Actor", BASE, key=""))
    assert world.dump() == kept
    world.undo()
    world.undo()
    assert world.dump() == before


def test_renamed_metadata_column_takes_its_index_along(world: World) -> None:
    world.evolve(table("Actor", BASE))
    before = world.dump()
    renamed = Settings(metadata_columns={"__sync_timestamp": {"name": "synced_at"}})
    written = world.evolve(table("Actor", BASE, settings=renamed))
    assert "synced_at" in world.dump()
    assert "create_index" not in written.text
    world.undo()
    assert world.dump() == before


def test_lost_key_takes_the_rights_of_merging_along(world: World) -> None:
    world.evolve(table("Actor", {"id": "integer NOT NULL", "line": "integer NOT NULL"}, key="id, line"))
    merged = world.dump()
    world.evolve(table("Actor", {"id": "integer NOT NULL"}, key=""), allow_destructive=True)
    assert "sp_merge_actor" not in world.dump()
    kept = world.dump()
    world.evolve(table("Actor", {"id": "integer NOT NULL"}))
    world.undo(allow_data_loss=True)
    assert world.dump() == kept
    world.undo(allow_data_loss=True)
    assert granted(world.dump()) == granted(merged)


def granted(dump: str) -> list[str]:
    return sorted(line for line in dump.splitlines() if line.startswith("GRANT "))


def test_removed_table_stays(start: World) -> None:
    before = start.dump()
    written = start.evolve(table("Other", {"id": "integer NOT NULL"}))
    assert any("Actor" in note for note in written.notes)
    start.undo()
    assert start.dump() == before


def test_removed_table_is_dropped_when_asked_and_comes_back_empty(start: World) -> None:
    before = start.dump()
    start.evolve(allow_destructive=True)
    assert "Actor" not in start.dump()
    with pytest.raises(DataLossError, match="Actor"):
        start.undo()
    start.undo(allow_data_loss=True)
    assert start.dump() == before


def test_hand_made_objects_are_left_alone(start: World) -> None:
    start.execute("CREATE TABLE {s}.notes (id integer)")
    start.execute('CREATE INDEX own ON {s}."Actor" (name)')
    start.execute('ALTER TABLE {s}."Actor" ADD COLUMN own text, ADD CONSTRAINT positive CHECK (id > 0)')
    start.assert_settled(table("Actor", BASE))
    assert start.write(table("Actor", BASE), allow_destructive=True).upgrade_text.strip().endswith("pass")


def test_source_table_renamed_changes_comments_alone(start: World) -> None:
    before = start.dump()
    start.evolve(table("Actor", BASE, origin="crm.Person"))
    start.merge("Actor")
    assert len(start.rows('SELECT id FROM {s}."Actor"')) == 2
    start.undo()
    assert start.dump() == before


def test_sync_index_of_another_kind(start: World) -> None:
    before = start.dump()
    start.settings = SETTINGS.model_copy(update={"sync_timestamp_index": "btree"})
    start.evolve(table("Actor", BASE))
    assert "USING btree (__sync_timestamp)" in start.dump()
    start.settings = SETTINGS.model_copy(update={"sync_timestamp_index": "none"})
    start.evolve(table("Actor", BASE))
    start.undo()
    start.undo()
    assert start.dump() == before


def test_hostile_names(world: World) -> None:
    columns = {'id"; DROP': "integer NOT NULL", "Død %s :1": "text", "order": "varchar(5)"}
    world.evolve(table('a"b', columns, key='id"; DROP'))
    before = world.dump()
    world.evolve(
        table(
            'a"b',
            {
                'id"; DROP': "bigint NOT NULL",
                "Dø'd %s :2": "text NOT NULL",
                "order": "varchar(9)",
                "{{key}}": "text NOT NULL",
            },
            key="id\"; DROP, Dø'd %s :2",
            renames={"Død %s :1": "Dø'd %s :2"},
        )
    )
    world.undo()
    assert world.dump() == before


def test_table_that_lost_its_key_in_the_source_goes_on_being_merged(start: World) -> None:
    before = start.dump()
    columns = {"id": "bigint NOT NULL", "line no": "integer NOT NULL", "name": "text", "city": "text"}
    plan = table("Actor", columns, key="", renames={"line": "line no"})
    written = start.evolve(plan)
    assert any("keeps the one that it has" in note for note in written.notes)
    start.stage("Actor", 3, id=2**40, line=3, name="old column list")
    start.stage("Actor", 4, id=4, **{"line no": 4}, name="new" * 30, city="Moss")
    start.merge("Actor")
    assert start.rows('SELECT id, "line no", name, city FROM {s}."Actor" ORDER BY "line no", id') == [
        (1, 1, "a", None),
        (2, 1, "b", None),
        (2**40, 3, "old column list", None),
        (4, 4, "new" * 30, "Moss"),
    ]
    start.execute('DELETE FROM {s}."Actor" WHERE "line no" > 2')
    start.undo()
    assert start.dump() == before


def test_table_whose_key_left_is_dropped_and_comes_back_as_it_was(start: World) -> None:
    start.evolve(table("Actor", {"line": "text", "name": "text"}, key=""))
    before = start.dump()
    start.evolve(allow_destructive=True)
    start.undo(allow_data_loss=True)
    assert in_any_order(start.dump()) == in_any_order(before)
