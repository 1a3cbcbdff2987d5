import threading

import pytest
from sqlalchemy import Engine, text

from cdcmig.errors import TargetError, UnreachableError
from cdcmig.runtime import retry


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "_FIRST_PAUSE", 0.05)


def add_column(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        connection.execute(text("ALTER TABLE busy ADD COLUMN b int"))


def test_ddl_gets_through_when_the_reader_is_done(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE busy (a int)"))
    reader = engine.connect()
    reader.execute(text("SELECT * FROM busy"))
    threading.Timer(0.4, reader.close).start()
    tries = []

    def work() -> None:
        tries.append(1)
        add_column(engine)

    retry.on_lock_timeout(work, "busy")
    assert len(tries) > 1
    with engine.connect() as connection:
        connection.execute(text("SELECT b FROM busy"))


def test_gives_up_with_a_message(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE busy (a int)"))
    with engine.connect() as reader:
        reader.execute(text("SELECT * FROM busy"))
        with pytest.raises(TargetError, match=r"busy: a lock was not free in 2 tries") as raised:
            retry.on_lock_timeout(lambda: add_column(engine), "busy", attempts=2)
    assert "in: ALTER TABLE busy ADD COLUMN b int" in raised.value.message


def test_deadlock_passes(engine: Engine) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            with engine.begin() as connection:
                connection.execute(text("DO $$ BEGIN RAISE deadlock_detected; END $$"))

    retry.on_lock_timeout(work, "busy")
    assert len(tries) == 2


def test_other_errors_are_not_tried_again(engine: Engine) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        add_column(engine)

    with pytest.raises(
        TargetError, match=r'busy: relation "busy" does not exist[^$]*in: ALTER TABLE busy ADD'
    ):
        retry.on_lock_timeout(work, "busy")
    assert len(tries) == 1


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (["pid 1", "pid 2"], "  locks there just now:\n    pid 1\n    pid 2"),
        ([], "  nobody holds a lock there any more"),
    ],
)
def test_who_is_in_the_way_is_asked_once(engine: Engine, found: list[str], told: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE busy (a int)"))
    asked = []

    def holders(statement: str) -> list[str]:
        asked.append(statement)
        return found

    with engine.connect() as reader:
        reader.execute(text("SELECT * FROM busy"))
        with pytest.raises(TargetError) as raised:
            retry.on_lock_timeout(lambda: add_column(engine), "busy", attempts=2, holders=holders)
    assert asked == ["ALTER TABLE busy ADD COLUMN b int"]
    assert raised.value.message.endswith(told)


def test_who_is_in_the_way_cannot_be_asked(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE busy (a int)"))

    def holders(_statement: str) -> list[str]:
        with engine.connect() as connection:
            return list(connection.scalars(text("SELECT nothing")))

    with engine.connect() as reader:
        reader.execute(text("SELECT * FROM busy"))
        with pytest.raises(TargetError, match=r"not free in 1 tries[^$]*could not be read: column"):
            retry.on_lock_timeout(lambda: add_column(engine), "busy", attempts=1, holders=holders)


def test_a_lost_connection_is_no_fault_of_the_step(engine: Engine) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(UnreachableError, match="busy: the connection was lost: ") as raised:
        retry.on_lock_timeout(work, "busy")
    assert "upgrade again" in str(raised.value.hint)
    assert "changeset" not in str(raised.value.hint)
    assert len(tries) == 1
