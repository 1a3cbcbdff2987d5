"""An upgrade that fails leaves the tenant at the previous revision, and says what the server had to say."""

from __future__ import annotations

import logging
import re
import shutil
import socket
import time
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, text
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.exc import IntegrityError

from cdcmig.errors import TargetError, UnreachableError
from cdcmig.repository import checksums
from cdcmig.runtime import environment, notices, retry
from cdcmig.runtime.locks import schema_lock
from tests.acceptance.repository import Repository, small_repository

COLUMNS = (
    "[{{name: Id, type: int, nullable: false, primary_key: true}},"
    " {{name: Line, type: int, nullable: false{0}}}, {{name: B, type: int{1}}}]"
)
WIDE, NARROW = COLUMNS.format(", primary_key: true", ""), COLUMNS.format("", "")
STRICT = COLUMNS.format("", ", nullable: false")
ROW = 'INSERT INTO acme."T" ("Id", "Line", "B") VALUES (1, {}, {})'


class Shop(Repository):
    """A repository whose commands, and whose upgrades in this process, go to the test's database."""

    def __init__(self, root: Path, url: URL, dev: URL) -> None:
        super().__init__(root)
        self.environment = {
            "CDCMIG_TARGET_URL": url.render_as_string(hide_password=False),
            "CDCMIG_DEV_URL": dev.render_as_string(hide_password=False),
        }

    def alembic(self, *arguments: str, code: int = 0) -> str:
        return self.run("alembic", *arguments, code=code, **self.environment)

    def revision(self, columns: str, *options: str, table: str = "T") -> None:
        self.snapshot(table, columns)
        command = ("cdcmig", "revision", "-m", "change", "--allow-destructive", *options)
        self.run(*command, **self.environment)

    def upgrade(self, timeout: str = "lock_timeout=50ms", to: str = "head") -> None:
        command.upgrade(self._config(timeout), to)

    def downgrade(self, to: str) -> None:
        command.downgrade(self._config("lock_timeout=50ms"), to)

    def _config(self, timeout: str) -> Config:
        options = Namespace(x=["schema=acme", timeout, "wait=1", "allow_data_loss=1"])
        return Config(str(self.root / "alembic.ini"), cmd_opts=options)

    def revisions(self, engine: Engine) -> list[str]:
        """Return the revisions that the customer was upgraded to, in order."""
        query = "SELECT revision FROM cdc_management.migration_history WHERE schema_name = 'acme' ORDER BY id"
        with engine.connect() as connection:
            return list(connection.scalars(text(query)))

    def current(self) -> str:
        """Return the revision of the customer, as Alembic tells it."""
        return self.stdout("alembic", "current", "-x", "schema=acme", **self.environment).split()[0]


@pytest.fixture
def shop(tmp_path: Path, database_url: URL, server_url: URL, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A table with the key (Id, Line), which the tests change."""
    monkeypatch.setenv("CDCMIG_TARGET_URL", database_url.render_as_string(hide_password=False))
    monkeypatch.setattr(retry, "_LONGEST_PAUSE", 0.01)
    shop = Shop(small_repository(tmp_path / "r", {"T": WIDE}, ["acme"]).root, database_url, server_url)
    shop.revision(WIDE)
    shop.alembic("upgrade", "heads")
    return shop


@pytest.fixture
def pair(tmp_path: Path, database_url: URL, server_url: URL, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Two tables, T and U, and four steps after the first that change U, T, U and T."""
    monkeypatch.setenv("CDCMIG_TARGET_URL", database_url.render_as_string(hide_password=False))
    monkeypatch.setattr(retry, "_LONGEST_PAUSE", 0.01)
    root = small_repository(tmp_path / "r", {"T": WIDE, "U": WIDE}, ["acme"]).root
    pair = Shop(root, database_url, server_url)
    pair.revision(WIDE)
    for column in ("C", "D"):
        for table in ("U", "T"):
            more = f", {{name: {column}, type: int}}]"
            columns = WIDE if column == "C" else WIDE.replace("]", ", {name: C, type: int}]")
            pair.revision(columns.replace("]", more), table=table)
    pair.alembic("upgrade", "heads")
    return pair


@pytest.fixture
def _logging() -> Iterator[None]:
    """Give the root logger its handlers back: env.py configures logging in this very process."""
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def execute(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(sql))


def left(engine: Engine) -> list[str]:
    """Return the helpers of the step that are there: the next key and the proof of NOT NULL."""
    with engine.connect() as connection:
        return list(
            connection.scalars(
                text(
                    "SELECT relname FROM pg_class WHERE relname = 'T_next_key'"
                    " UNION ALL SELECT conname FROM pg_constraint WHERE conname = 'T_B_proven'"
                )
            )
        )


def assert_as_before(engine: Engine) -> None:
    assert left(engine) == []
    execute(engine, ROW.format(1, "NULL"))
    execute(engine, ROW.format(2, "NULL"))
    execute(engine, 'DELETE FROM acme."T"')


@pytest.mark.usefixtures("_logging")
def test_refused_by_the_server(shop: Shop, engine: Engine) -> None:
    shop.revision(STRICT)
    execute(
        engine,
        'CREATE TABLE public.child (i int, l int, FOREIGN KEY (i, l) REFERENCES acme."T" ("Id", "Line"))',
    )
    with pytest.raises(TargetError, match="other objects depend on it") as raised:
        shop.upgrade()
    assert "could not be removed" not in str(raised.value)
    assert_as_before(engine)
    execute(engine, "DROP TABLE public.child")
    shop.upgrade()
    assert left(engine) == []


@pytest.mark.usefixtures("_logging")
def test_interrupted_between_two_tries(shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.revision(NARROW)
    reader = engine.connect()

    def interrupt(_seconds: float) -> None:
        assert "T_next_key" in left(engine)
        reader.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(retry.time, "sleep", interrupt)
    reader.execute(text('SELECT FROM acme."T"'))
    with pytest.raises(KeyboardInterrupt):
        shop.upgrade()
    assert_as_before(engine)


@pytest.mark.usefixtures("_logging")
def test_a_reader_that_outlasts_the_removal_too(shop: Shop, engine: Engine) -> None:
    shop.revision(NARROW)
    with engine.connect() as reader:
        reader.execute(text('SELECT FROM acme."T"'))
        with pytest.raises(TargetError, match="not free in 12 tries") as raised:
            shop.upgrade()
    assert 'index "acme"."T_next_key"' in str(raised.value)
    removal = re.search(r"DROP INDEX CONCURRENTLY [^;]*;", str(raised.value))
    assert removal is not None
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        with pytest.raises(IntegrityError):
            connection.execute(text(f"{ROW.format(1, 0)}; {ROW.format(2, 0)}"))
        connection.execute(text(removal[0]))
    assert_as_before(engine)
    shop.upgrade()
    assert left(engine) == []


@pytest.mark.usefixtures("_logging")
def test_copy_of_an_online_change_goes_again(shop: Shop, engine: Engine) -> None:
    shop.revision(WIDE.replace("B, type: int", "B, type: bigint"), "--online")
    execute(engine, ROW.format(1, 3))
    execute(engine, 'CREATE VIEW public.readers AS SELECT "B" FROM acme."T"')
    before = catalog(engine)
    with pytest.raises(TargetError, match="other objects depend on it"):
        shop.upgrade()
    assert catalog(engine) == before
    execute(engine, "DROP VIEW public.readers")
    shop.upgrade()
    assert ("B", "bigint") in catalog(engine)


def catalog(engine: Engine) -> list[tuple[str, str]]:
    """Return the columns, triggers and functions of the schema."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = 'acme.\"T\"'::regclass AND attnum > 0 AND NOT attisdropped"
                " UNION ALL SELECT tgname, 'trigger' FROM pg_trigger WHERE tgrelid = 'acme.\"T\"'::regclass"
                " UNION ALL SELECT proname, 'function' FROM pg_proc WHERE pronamespace = 'acme'::regnamespace"
                " ORDER BY 1, 2"
            )
        )
        return [(name, kind) for name, kind in rows]


@pytest.mark.usefixtures("_logging")
def test_who_holds_the_table_is_named(shop: Shop, engine: Engine) -> None:
    shop.revision(WIDE.replace("B", "C"))
    with engine.connect() as reader:
        pid = reader.scalar(text("SELECT pg_backend_pid()"))
        reader.execute(text("""SELECT 's3cr3t' FROM acme."T" """))
        with pytest.raises(TargetError, match="not free in 12 tries") as raised:
            shop.upgrade()
    assert re.search(r'\n  in: ALTER TABLE "?acme"?\."T"', raised.value.message)
    assert re.search(rf'\n    pid {pid}, user .*holds AccessShareLock on acme\."T"', raised.value.message)
    assert "s3cr3t" not in str(raised.value)


@pytest.mark.usefixtures("_logging")
def test_a_version_table_that_is_in_use_is_tried_again(
    shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.revision(WIDE.replace("B", "C"))
    with engine.connect() as holder:
        holder.execute(text("LOCK TABLE acme.alembic_version"))
        with pytest.raises(TargetError, match="not free in 12 tries") as raised:
            shop.upgrade()
        assert "holds AccessExclusiveLock on acme.alembic_version" in raised.value.message

        pauses = []

        def release(seconds: float) -> None:
            pauses.append(seconds)
            holder.rollback()

        monkeypatch.setattr(retry.time, "sleep", release)
        shop.upgrade()
    assert len(pauses) == 1


@pytest.mark.usefixtures("_logging")
def test_a_version_table_that_is_in_use_later_is_tried_again(
    shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.revision(WIDE.replace("B", "C"))
    prepare = environment._Environment._prepare
    with engine.connect() as holder:

        def then_lock(*arguments: Any) -> None:
            prepare(*arguments)
            holder.execute(text("LOCK TABLE acme.alembic_version"))

        monkeypatch.setattr(environment._Environment, "_prepare", then_lock)
        monkeypatch.setattr(retry.time, "sleep", lambda _seconds: holder.rollback())
        shop.upgrade()


@pytest.mark.usefixtures("_logging")
def test_a_lost_connection_is_said_to_be_one(shop: Shop, engine: Engine) -> None:
    shop.revision(WIDE.replace("B", "C"))
    killer = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'cdcmig' AND wait_event_type = 'Lock'"
    )
    with engine.connect() as reader, engine.connect() as other, ThreadPoolExecutor() as pool:
        reader.execute(text('SELECT FROM acme."T"'))
        upgrade = pool.submit(shop.upgrade, "lock_timeout=30s")
        while not other.execute(text(killer)).all():
            other.rollback()
            time.sleep(0.02)
        with pytest.raises(UnreachableError, match="the connection was lost") as raised:
            upgrade.result(timeout=60)
    assert "upgrade again" in str(raised.value.hint)
    shop.upgrade()


def test_a_server_that_accepts_and_never_answers(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        shop.environment["CDCMIG_TARGET_URL"] = f"postgresql://me@127.0.0.1:{port}/shop?connect_timeout=2"
        said = shop.alembic("current", "-x", "schema=acme", code=2)
    assert f"Error: cannot connect to postgresql://me@127.0.0.1:{port}/shop?connect_timeout=2: " in said
    assert "timeout expired" in said


def test_a_connection_lost_while_another_migrates(shop: Shop, engine: Engine) -> None:
    killer = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'cdcmig' AND query LIKE '%pg_try_advisory_lock%'"
    )
    with (
        engine.connect() as holder,
        engine.connect() as other,
        ThreadPoolExecutor() as pool,
        schema_lock(holder, "cdc_management"),  # the first that is waited for
    ):
        upgrade = pool.submit(shop.alembic, "upgrade", "head", "-x", "schema=acme", "-x", "wait=60", code=2)
        while not other.execute(text(killer)).all():
            other.rollback()
            time.sleep(0.02)
        said = upgrade.result(timeout=60)
    assert 'Error: schema "cdc_management": the connection was lost: ' in said
    assert "upgrade again" in said


@pytest.mark.usefixtures("_logging")
@pytest.mark.parametrize(("begin", "steps", "end"), [(4, -2, 2), (1, +3, 4)])
def test_steps_are_counted_once_however_often_they_are_tried(
    pair: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch, begin: int, steps: int, end: int
) -> None:
    revisions = pair.revisions(engine)
    if begin != 4:
        pair.downgrade(revisions[begin])
    assert pair.current() == revisions[begin]
    under_way = []

    with engine.connect() as reader:

        def release(_seconds: float) -> None:
            with engine.connect() as connection:
                under_way.append(connection.scalar(text("SELECT version_num FROM acme.alembic_version")))
            reader.rollback()

        monkeypatch.setattr(retry.time, "sleep", release)
        reader.execute(text('SELECT FROM acme."U"'))
        if steps > 0:
            pair.upgrade(to=f"+{steps}")
        else:
            pair.downgrade(str(steps))
    assert under_way == [revisions[begin + (1 if steps > 0 else -1)]]  # the second step was tried again
    assert pair.current() == revisions[end]


def test_a_database_ahead_of_the_checkout(shop: Shop, engine: Engine, tmp_path: Path) -> None:
    shutil.copytree(shop.root / "alembic", tmp_path / "old")
    shop.revision(WIDE.replace("B, type: int", "B, type: bigint"))
    shop.alembic("upgrade", "heads")
    old, new = shop.revisions(engine)
    shutil.rmtree(shop.root / "alembic")
    shutil.copytree(tmp_path / "old", shop.root / "alembic")
    before = catalog(engine)
    for arguments in (
        ("upgrade", "head", "-x", "schema=acme"),
        ("upgrade", "heads"),
        ("downgrade", "-1", "-x", "schema=acme"),
        ("stamp", "head", "-x", "schema=acme"),
        ("current", "-x", "schema=acme"),
        ("check", "-x", "schema=acme"),
    ):
        said = shop.alembic(*arguments, code=2)
        assert said.endswith(
            f'Error: schema "acme" is at revision {new} (changesets/sink_shop.orders/0002_change), which no file'
            " here has\n  hint: the database is ahead of this checkout: get the branch that has the file, and run"
            " this there\n"
        )
        assert said.count("Error") == 1
    assert (catalog(engine), shop.revisions(engine)) == (before, [old, new])
    shop.alembic("stamp", "--purge", "head", "-x", "schema=acme")
    assert shop.current() == old


@pytest.mark.usefixtures("_logging")
def test_interrupted_commit_that_the_server_carried_out(
    shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.revision(WIDE.replace("B, type: int", "B, type: bigint"))
    changeset = shop.root / "alembic/changesets/sink_shop.orders/0002_change.py"
    ahead = "    op.create_index_concurrently('kept', 'T', ['Line'], schema=schema)\n"
    head, upgrade, body = changeset.read_text().partition("def upgrade(schema: str) -> None:\n")
    changeset.write_text(head + upgrade + ahead + body)
    checksums.record([changeset])
    commit = PGDialect_psycopg2.do_commit

    def commit_and_interrupt(dialect: PGDialect_psycopg2, connection: Any) -> None:
        commit(dialect, connection)
        if len(shop.revisions(engine)) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(PGDialect_psycopg2, "do_commit", commit_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            shop.upgrade()
    assert shop.current() == shop.revisions(engine)[-1]
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('acme.kept') IS NOT NULL"))


def test_warning_of_a_downgrade_is_shown_once(shop: Shop, engine: Engine) -> None:
    shop.revision(COLUMNS.format(", primary_key: true", ", nullable: false"))
    shop.revision(WIDE)
    shop.alembic("upgrade", "head", "-x", "schema=acme")
    execute(engine, ROW.format(1, "NULL"))
    said = shop.alembic("downgrade", "-1", "-x", "schema=acme")
    assert [line for line in said.splitlines() if line.startswith("WARNI")] == [
        'WARNI [cdcmig.runtime.notices] schema "acme": T.B stays nullable: rows hold NULL there, or wait with NULL'
    ]
    assert said.count("stays nullable") == 1


def test_missing_scheduler_is_shown_and_chatter_is_not(shop: Shop) -> None:
    (shop.root / "cdcmig.yaml").write_text("sinks: {sink_shop.orders: {schedule: 30 seconds}}\n")
    shop.revision(WIDE)
    said = shop.alembic("upgrade", "heads")
    assert said.count("pg_cron is not installed in this database") == 1
    assert "skipping" not in said
    assert "WARNING:" not in said


def test_warning_of_a_step_that_is_tried_again_is_shown_once(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.connect() as connection:
        notices.show(connection, "acme")
        for _ in range(2):
            connection.exec_driver_sql("DO $$ BEGIN RAISE WARNING 'mind: the  gap'; RAISE NOTICE 'x'; END $$")
            connection.exec_driver_sql("DROP TABLE IF EXISTS missing")
            connection.rollback()
    assert [record.getMessage() for record in caplog.records] == ['schema "acme": mind: the  gap']
