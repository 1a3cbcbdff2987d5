import threading

import pytest
from sqlalchemy import Engine, text

from cdcmig.errors import TargetError
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
        with pytest.raises(TargetError, match=r"busy: a lock was not free in 2 tries"):
            retry.on_lock_timeout(lambda: add_column(engine), "busy", attempts=2)


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
