"""Type changes that rewrite, in the form for large tables."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import RowsForbidError
from tests.postgres.evolution.world import World, Written, in_any_order, table

BASE = {"id": "integer NOT NULL", "line": "smallint NOT NULL", "amount": "numeric(10,2)"}
WIDE = {"id": "bigint NOT NULL", "line": "integer NOT NULL", "amount": "numeric(12,4)"}


@pytest.fixture
def start(world: World) -> World:
    world.evolve(table("Actor", BASE, key="id, line"))
    world.stage("Actor", 1, id=1, line=1, amount=1.5)
    world.merge("Actor")
    world.execute(
        'INSERT INTO {s}."Actor" (id, line, amount) SELECT g, 2, g FROM generate_series(1, 20000) AS g'
    )
    world.stage("Actor", 2, id=2, line=1, amount=2.5)
    return world


def leave_half_done(world: World, written: Written) -> None:
    """Run an upgrade that fails when the copies are filled; nothing takes them back here."""
    world.execute('ALTER TABLE {s}."stg_Actor" RENAME TO aside')
    with pytest.raises(Exception, match="stg_Actor"):
        world.run(written.module.upgrade)
    world.execute('ALTER TABLE {s}.aside RENAME TO "stg_Actor"')


def test_expand_and_contract(start: World) -> None:
    written = start.evolve(table("Actor", WIDE, key="id, line"), online=True)
    assert written.upgrade_text.count("copy_column") == 3
    assert (
        'ALTER TABLE ONLY avansas."Actor"\n    ADD CONSTRAINT "Actor_pkey" PRIMARY KEY (id, line);'
        in start.dump()
    )
    assert "__next" not in start.dump()
    start.stage("Actor", 3, id=2**40, line=70000, amount=1.2345)
    start.merge("Actor")
    assert start.rows('SELECT count(*), sum(amount)::numeric(20,4) FROM {s}."Actor"') == [
        (20003, Decimal("200010005.2345"))
    ]
    with pytest.raises(RowsForbidError, match="do not fit"):
        start.undo()
    start.execute('DELETE FROM {s}."Actor" WHERE id > 100000')
    start.undo()
    start.assert_settled(table("Actor", BASE, key="id, line"))


def test_renamed_and_changed_beside_readers(start: World) -> None:
    before = start.dump()
    renamed = {"Id": "bigint NOT NULL", "line no": "integer NOT NULL", "sum": "numeric(12,4)"}
    hints = {"line": "line no", "amount": "sum"}
    written = start.evolve(table("Actor", renamed, key="Id, line no", renames=hints), online=True)
    assert written.upgrade_text.count("copy_column") == 3
    assert not any("rewrites" in note for note in written.notes)
    start.stage("Actor", 3, Id=2**40, line=70000, amount=1.2345)
    start.merge("Actor")
    assert start.rows('SELECT count(*), max(sum) FROM {s}."Actor"') == [(20003, 20000)]
    assert start.rows('SELECT sum FROM {s}."Actor" WHERE "line no" = 70000') == [(Decimal("1.2345"),)]
    start.execute('DELETE FROM {s}."Actor" WHERE "line no" = 70000')
    start.undo()
    assert in_any_order(start.dump()) == in_any_order(before)


def test_merges_and_readers_go_on_meanwhile(start: World) -> None:
    done, merged, errors = threading.Event(), [], []

    def work() -> None:
        offset = 10
        while not done.is_set():
            try:
                start.stage("Actor", offset, id=offset, line=3, amount=offset)
                start.merge("Actor")
                merged.append(offset)
            except Exception as error:
                errors.append(error)
            offset += 1

    worker = threading.Thread(target=work)
    worker.start()
    try:
        start.evolve(table("Actor", {**BASE, "id": "bigint NOT NULL"}, key="id, line"), online=True)
    finally:
        done.set()
        worker.join()
    start.merge("Actor")
    assert errors == []
    assert merged
    found = start.rows('SELECT id FROM {s}."Actor" WHERE line = 3 ORDER BY id')
    assert found == [(offset,) for offset in merged]


def test_copy_of_an_attempt_that_was_withdrawn_is_not_taken_over(start: World) -> None:
    withdrawn = start.write(table("Actor", {**BASE, "line": "integer NOT NULL"}, key="id, line"), online=True)
    leave_half_done(start, withdrawn)
    plan = table("Actor", {**BASE, "line": "numeric(20,0) NOT NULL"}, key="id, line")
    written = start.write(plan, online=True)
    start.run(written.module.upgrade)
    start.assert_settled(plan)
    assert start.rows('SELECT DISTINCT line FROM {s}."Actor" ORDER BY 1') == [(1,), (2,)]


def test_column_of_somebody_else_is_no_copy(start: World) -> None:
    start.execute('ALTER TABLE {s}."Actor" ADD COLUMN line__next integer DEFAULT 7')
    plan = table("Actor", {**BASE, "line": "integer NOT NULL"}, key="id, line")
    written = start.write(plan, online=True)
    with pytest.raises(RowsForbidError, match=r"avansas\.Actor has a column line__next, which is no copy"):
        start.run(written.module.upgrade)
    assert start.rows('SELECT DISTINCT line__next FROM {s}."Actor"') == [(7,)]


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ('CREATE INDEX dba_amount ON {s}."Actor" (amount)', "index .*dba_amount"),
        ('ALTER TABLE {s}."Actor" ADD CONSTRAINT positive CHECK (amount > 0)', "constraint positive"),
        ('GRANT SELECT (amount) ON {s}."Actor" TO public', "rights on the column"),
    ],
)
def test_what_hangs_on_the_column_is_not_lost(start: World, made: str, named: str) -> None:
    start.execute(made)
    before = start.dump()
    written = start.write(table("Actor", {**BASE, "amount": "numeric(12,4)"}, key="id, line"), online=True)
    with pytest.raises(RowsForbidError, match=f"would be lost with the old column: {named}"):
        start.run(written.module.upgrade)
    assert start.dump() == before


def test_columns_whose_names_join_alike(world: World) -> None:
    narrow = {"id": "integer NOT NULL", "Type_Id": "integer"}
    world.evolve(table("Actor", narrow), table("Actor_Type", {"Id": "integer NOT NULL"}, key="Id"))
    wide = {"id": "integer NOT NULL", "Type_Id": "bigint"}
    other = table("Actor_Type", {"Id": "bigint NOT NULL"}, key="Id")
    world.evolve(table("Actor", wide), other, online=True)


def test_merges_go_on_while_a_lock_is_waited_for(start: World) -> None:
    written = start.write(table("Actor", {**BASE, "amount": "numeric(12,4)"}, key="id, line"), online=True)
    leave_half_done(start, written)
    start.execute(f"ALTER DATABASE \"{start.engine.url.database}\" SET lock_timeout = '100ms'")
    start.engine.dispose()
    upgrade = threading.Thread(target=start.run, args=(written.module.upgrade,))
    with start.engine.connect() as writer:
        writer.exec_driver_sql('UPDATE avansas."Actor" SET amount = 3 WHERE id = 3')
        upgrade.start()
        time.sleep(1)
        start.stage("Actor", 5, id=5, line=5, amount=5)
        start.merge("Actor")
        assert start.rows('SELECT amount FROM {s}."Actor" WHERE line = 5') == [(5,)]
        writer.commit()
    upgrade.join()
    assert start.rows('SELECT amount FROM {s}."Actor" WHERE line = 5') == [(Decimal("5.0000"),)]
    assert "amount__next" not in start.dump()


def test_lost_connection_is_what_is_told(start: World) -> None:
    plan = table("Actor", {**BASE, "amount": "numeric(12,4)"}, key="id, line")
    written = start.write(plan, online=True)
    start.execute(
        "CREATE FUNCTION public.end_it() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END';"
        'CREATE TRIGGER end_it BEFORE UPDATE ON {s}."Actor" FOR EACH ROW EXECUTE FUNCTION public.end_it()'
    )
    with pytest.raises(DBAPIError) as raised:
        start.run(written.module.upgrade)
    assert raised.value.connection_invalidated
    start.execute('DROP TRIGGER end_it ON {s}."Actor"')
    start.run(written.module.upgrade)
    start.assert_settled(plan)


def test_interrupted_copying_goes_on(start: World) -> None:
    plan = table("Actor", {**BASE, "amount": "numeric(12,4)"}, key="id, line")
    written = start.write(plan, online=True)
    leave_half_done(start, written)
    assert "amount__next" in start.dump()
    start.execute('UPDATE {s}."Actor" SET amount = 7 WHERE id = 5')
    start.run(written.module.upgrade)
    start.assert_settled(plan)
    assert start.rows('SELECT amount FROM {s}."Actor" WHERE id = 5') == [(7,)]
