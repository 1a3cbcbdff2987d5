import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, text

from cdcmig.errors import TargetError
from cdcmig.runtime.leftovers import removed_on_failure

Landed = Callable[[Connection], bool]
REMOVAL = 'DROP INDEX CONCURRENTLY IF EXISTS public."50%";'


@pytest.fixture
def connection(engine: Engine) -> Connection:
    connection = engine.connect()
    connection.execute(text("CREATE TABLE t (a int)"))
    connection.exec_driver_sql('CREATE INDEX "50%" ON t (a)', execution_options={"no_parameters": True})
    connection.commit()
    connection.execute(text("LOCK TABLE t"))
    return connection


def is_there(engine: Engine) -> bool:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM pg_class WHERE relname = '50%'")) == 1


def _has_not_landed(_connection: Connection) -> bool:
    return False


def fail(
    connection: Connection,
    error: BaseException,
    *,
    lose: bool,
    wait: float = 0,
    landed: Landed = _has_not_landed,
) -> None:
    with removed_on_failure(connection, {"index 50%": REMOVAL}, landed, "50ms", wait):
        if lose:
            connection.invalidate()
        raise error


@pytest.mark.parametrize("lose", [False, True])
def test_interrupted(engine: Engine, connection: Connection, lose: bool) -> None:
    with pytest.raises(KeyboardInterrupt):
        fail(connection, KeyboardInterrupt(), lose=lose)
    assert not is_there(engine)


def test_reader_that_leaves_within_the_wait(engine: Engine, connection: Connection) -> None:
    reader = engine.connect()
    reader.execute(text("SELECT count(*) FROM pg_class"))
    connection.commit()
    reader.execute(text("SELECT FROM t"))
    leaving = threading.Timer(1, reader.close)
    leaving.start()
    with pytest.raises(TargetError) as raised:
        fail(connection, TargetError("no"), lose=False, wait=20)
    leaving.join()
    assert str(raised.value) == "no"
    assert not is_there(engine)


def test_reader_who_stays(engine: Engine, connection: Connection) -> None:
    connection.commit()
    with engine.connect() as reader:
        reader.execute(text("SELECT FROM t"))
        with pytest.raises(TargetError, match="but index 50% could not be removed"):
            fail(connection, TargetError("no"), lose=False)
    assert is_there(engine)


def test_refused_removal_is_not_tried_again(engine: Engine, connection: Connection) -> None:
    connection.commit()
    other = removed_on_failure(connection, {"other": "DROP INDEX missing;"}, _has_not_landed, "50ms", 60)
    with pytest.raises(TargetError, match="other could not be removed"), other:
        raise TargetError("no")
    assert is_there(engine)


def test_commit_that_was_interrupted_and_carried_out(engine: Engine, connection: Connection) -> None:
    with pytest.raises(KeyboardInterrupt) as raised:
        fail(connection, KeyboardInterrupt(), lose=True, landed=lambda _connection: True)
    assert str(raised.value) == ""
    assert is_there(engine)


def test_failed(engine: Engine, connection: Connection) -> None:
    with pytest.raises(TargetError) as raised:
        fail(connection, TargetError("no", hint="why"), lose=False)
    assert str(raised.value) == "no\n  hint: why"
    assert not is_there(engine)


def test_lost_connection_may_have_committed_the_step(engine: Engine, connection: Connection) -> None:
    with pytest.raises(TargetError, match=r'but index 50% could not be removed .*: DROP INDEX .*"50%";'):
        fail(connection, TargetError("no"), lose=True)
    assert is_there(engine)
