import threading

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import LockTimeoutError
from cdcmig.runtime.locks import lock_key, schema_lock


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
