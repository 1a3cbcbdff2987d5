import re
import threading
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import LockTimeoutError
from cdcmig.runtime.locks import holders, lock_key, schema_lock


def test_second_holder_times_out_and_names_the_first(engine: Engine) -> None:
    with engine.connect() as first, engine.connect() as second, schema_lock(first, "avansas"):
        pid = first.scalar(text("SELECT pg_backend_pid()"))
        with pytest.raises(LockTimeoutError) as caught, schema_lock(second, "avansas", wait=0.2):
            pass
        assert f"pid {pid}" in str(caught.value)
        assert "since 20" in str(caught.value)
        assert caught.value.exit_code == 3


def test_other_schemas_do_not_wait(engine: Engine) -> None:
    with (
        engine.connect() as first,
        engine.connect() as second,
        schema_lock(first, "avansas"),
        schema_lock(second, "fretex", wait=0),
    ):
        assert lock_key("avansas") != lock_key("fretex")


def test_waiting_ends_when_the_holder_is_done(engine: Engine) -> None:
    order: list[str] = []
    held = threading.Event()

    def hold() -> None:
        with engine.connect() as connection, schema_lock(connection, "avansas"):
            held.set()
            connection.execute(text("SELECT pg_sleep(0.3)"))
            order.append("first")

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    with engine.connect() as connection, schema_lock(connection, "avansas", wait=10):
        order.append("second")
    holder.join()
    assert order == ["first", "second"]


def test_lock_is_free_after_a_failure(engine: Engine) -> None:
    with engine.connect() as connection:
        with pytest.raises(DBAPIError), schema_lock(connection, "avansas"):
            connection.execute(text("SELECT 1 / 0"))
        with engine.connect() as other, schema_lock(other, "avansas", wait=0):
            pass


def test_lock_outlives_the_transactions_of_the_work(engine: Engine) -> None:
    with engine.connect() as first, engine.connect() as second, schema_lock(first, "avansas"):
        first.execute(text("CREATE TABLE t (a int)"))
        first.commit()
        with pytest.raises(LockTimeoutError), schema_lock(second, "avansas", wait=0.1):
            pass


@pytest.fixture
def shop(engine: Engine) -> Engine:
    with engine.begin() as connection:
        connection.execute(text('CREATE SCHEMA "av\'an"'))
        for name in ("first", "Sec:ond"):
            connection.exec_driver_sql(f'CREATE TABLE "av\'an"."{name}" (a int PRIMARY KEY)')
        connection.execute(text("CREATE TABLE other (a int)"))
    return engine


def test_holders_are_named_with_table_and_mode_but_no_query(shop: Engine) -> None:
    with shop.connect() as asking, shop.connect() as old, shop.connect() as new:
        asking.execute(text('LOCK TABLE "av\'an".first'))
        asking.rollback()
        old.exec_driver_sql("SET application_name = 'report'")
        old.exec_driver_sql("SELECT *, 's3cr3t' FROM \"av'an\".first")
        new.exec_driver_sql('INSERT INTO "av\'an"."Sec:ond" VALUES (1)')
        new.exec_driver_sql('LOCK TABLE "av\'an"."Sec:ond" IN SHARE MODE')
        first, second = holders(asking, "av'an", "ALTER")
        pids = [each.connection.driver_connection.info.backend_pid for each in (old, new)]  # type: ignore[union-attr] # it is connected
        assert first.startswith(f'pid {pids[0]}, user "')
        assert re.search(
            r" \(report\), in a transaction since 20\d\d-[-0-9 :+]*, holds AccessShareLock on", first
        )
        assert first.endswith('AccessShareLock on "av\'an".first')
        assert second.startswith(f"pid {pids[1]}, ")
        assert second.endswith('RowExclusiveLock, ShareLock on "av\'an"."Sec:ond"')
        assert "s3cr3t" not in first
        assert holders(asking, "av'an", 'ALTER TABLE "av\'an"."Sec:ond" …') == [second, first]


def test_holders_of_what_the_statement_names_elsewhere(shop: Engine) -> None:
    with shop.connect() as asking, shop.connect() as holder:
        holder.execute(text("LOCK TABLE other"))
        assert holders(asking, "av'an", "ALTER TABLE first") == []
        (found,) = holders(asking, "av'an", "INSERT INTO public.other VALUES (:a)")
        assert found.endswith("holds AccessExclusiveLock on public.other")


def test_no_more_holders_are_named_than_can_be_read(shop: Engine) -> None:
    with shop.connect() as asking, ExitStack() as readers:
        for _ in range(12):
            reader = readers.enter_context(shop.connect())
            reader.execute(text('SELECT FROM "av\'an".first'))
        found = holders(asking, "av'an", "")
    assert len(found) == 11
    assert found[-1] == "and 2 more"


def test_holders_can_be_asked_for_in_a_transaction_that_failed(shop: Engine) -> None:
    with shop.connect() as asking:
        with pytest.raises(DBAPIError):
            asking.execute(text("SELECT 1 / 0"))
        assert holders(asking, "av'an", "") == []
