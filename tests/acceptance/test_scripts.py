"""Scripts of ``--sql``: they hold the migration lock, queue for nobody, and change nothing but what they begin at."""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text

from cdcmig.runtime import scripts
from cdcmig.runtime.locks import schema_lock
from tests.acceptance.repository import Repository, program, small_repository

COLUMNS = "[{{name: Id, type: int, nullable: false, primary_key: true}}{0}]"
SCHEMA = "nord's"
NO_LOCK_LEFT = "SELECT 1 / (count(*) = 0)::int AS free FROM pg_locks WHERE locktype = 'advisory' \\gset\n"


class Shop(Repository):
    """A repository of three steps whose commands and scripts go to the test's database."""

    def __init__(self, root: Path, url: URL, dev: URL) -> None:
        super().__init__(root)
        self.url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        dev_url = dev.render_as_string(hide_password=False)
        self.environment = {"CDCMIG_TARGET_URL": self.url, "CDCMIG_DEV_URL": dev_url}

    def revision(self, message: str, columns: str) -> None:
        self.snapshot("T", COLUMNS.format(columns))
        self.run("cdcmig", "revision", "-m", message, **self.environment)

    def alembic(self, command: str, destination: str, *arguments: str) -> str:
        return self.stdout(
            "alembic",
            "--quiet",
            command,
            destination,
            "-x",
            f"schema={SCHEMA}",
            *arguments,
            **self.environment,
        )

    def script(self, command: str, destination: str, *arguments: str, wait: str = "0.3") -> str:
        return self.alembic(command, destination, "--sql", "-x", f"wait={wait}", *arguments)

    def psql(self, script: str, *, code: int = 0) -> str:
        """Run a script as an operator would; return what psql says of errors."""
        command = [program("psql"), "-X", "-q", "-d", self.url]
        done = subprocess.run(command, input=script, text=True, check=False, capture_output=True)
        assert done.returncode == code, done.stderr
        return done.stderr


@pytest.fixture
def shop(tmp_path: Path, database_url: URL, server_url: URL) -> Shop:
    root = small_repository(tmp_path / "r", {"T": COLUMNS.format("")}, [SCHEMA]).root
    shop = Shop(root, database_url, server_url)
    shop.revision("one", "")
    shop.revision("two", ", {name: A, type: int}")
    shop.revision("three", ", {name: A, type: int}, {name: B, type: int}")
    return shop


def state(engine: Engine) -> list[object]:
    """Return the versions, the columns and the history, by which a script that was refused can be told."""
    with engine.connect() as connection:
        return [
            connection.execute(text(query)).all()
            for query in (
                """SELECT version_num FROM "nord's".alembic_version""",
                """SELECT attname FROM pg_attribute WHERE attrelid = '"nord''s"."T"'::regclass ORDER BY attnum""",
                "SELECT id, revision, direction FROM cdc_management.migration_history ORDER BY id",
            )
        ]


def revisions(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        query = (
            "SELECT revision FROM cdc_management.migration_history WHERE schema_name = :schema ORDER BY id"
        )
        return list(connection.scalars(text(query), {"schema": SCHEMA}))


def test_a_script_that_begins_elsewhere_changes_nothing(shop: Shop, engine: Engine) -> None:
    shop.alembic("upgrade", "+2")
    one, two = revisions(engine)
    before = state(engine)
    for command, destination, expected in (
        ("upgrade", f"{one}:head", one),
        ("upgrade", "head", "base"),
        ("downgrade", f"{one}:base", one),
        ("stamp", f"{one}:head", one),
    ):
        told = shop.psql(shop.script(command, destination, "-x", "allow_data_loss=1"), code=3)
        assert f'schema "{SCHEMA}" is at {two}, and this script begins at {expected}' in told
        assert state(engine) == before
    shop.psql(shop.script("upgrade", f"{two[:6]}:head"))
    assert len(revisions(engine)) == 3
    shop.psql(shop.script("downgrade", f"head:{one}", "-x", "allow_data_loss=1"))
    assert state(engine)[0] == [(one,)]


def test_a_script_for_a_schema_that_is_not_there_yet(shop: Shop, engine: Engine) -> None:
    script = shop.script("upgrade", "head")
    shop.psql(script)
    assert len(revisions(engine)) == 3
    assert "is at" in shop.psql(script, code=3)


def test_a_script_that_begins_behind_base_needs_the_schema(shop: Shop, engine: Engine) -> None:
    shop.alembic("upgrade", "+1")
    (one,) = revisions(engine)
    with engine.begin() as connection:
        connection.execute(text("""DROP SCHEMA "nord's" CASCADE"""))
    told = shop.psql(shop.script("upgrade", f"{one}:head"), code=3)
    assert f'schema "{SCHEMA}" is at base, and this script begins at {one}' in told
    with engine.connect() as connection:
        assert connection.scalar(text("""SELECT to_regnamespace('"nord''s"')""")) is None


def test_a_script_needs_cdc_management_at_its_head(shop: Shop, engine: Engine) -> None:
    (shop.root / "cdcmig.yaml").write_text("sinks: {sink_shop.orders: {schedule: 30 seconds}}\n")
    shop.revision("scheduled", ", {name: A, type: int}, {name: B, type: int}")
    script = shop.script("upgrade", "head")
    infrastructure = ("alembic", "upgrade", "-x", "schema=cdc_management")
    shop.run(*infrastructure, "+1", **shop.environment)
    told = shop.psql(script, code=3)
    found = re.search(r'schema "cdc_management" is at (\w+); the schemas that follow need it at (\w+)', told)
    assert found is not None
    first, head = found.groups()
    assert first != head
    assert "HINT:  upgrade it first: alembic upgrade head -x schema=cdc_management" in told
    with engine.connect() as connection:
        assert connection.scalar(text("""SELECT to_regnamespace('"nord''s"')""")) is None
        assert connection.scalar(text("SELECT version_num FROM cdc_management.alembic_version")) == first
    shop.run(*infrastructure, "head", **shop.environment)
    shop.psql(f"{script}\n{NO_LOCK_LEFT}")
    assert len(revisions(engine)) == 3


def test_a_script_from_base_after_a_downgrade_to_base(shop: Shop, engine: Engine) -> None:
    shop.alembic("upgrade", "head")
    shop.alembic("downgrade", "base", "-x", "allow_data_loss=1")
    shop.psql(shop.script("upgrade", "head"))
    assert len(state(engine)[0]) == 1


def test_a_script_waits_for_who_migrates_the_schema(shop: Shop, engine: Engine) -> None:
    shop.alembic("upgrade", "+1")
    (one,) = revisions(engine)
    script = shop.script("upgrade", f"{one}:head")
    with engine.connect() as holder, schema_lock(holder, SCHEMA):
        pid = holder.scalar(text("SELECT pg_backend_pid()"))
        holder.commit()
        told = shop.psql(script, code=3)
        assert f'schema "{SCHEMA}" is being migrated by pid {pid}' in told
        assert "gave up after 0.3 s" in told
    assert len(revisions(engine)) == 1
    shop.psql(f"{script}\n{NO_LOCK_LEFT}")
    assert len(revisions(engine)) == 3


def test_a_script_does_not_queue_for_a_table(shop: Shop, engine: Engine) -> None:
    shop.alembic("upgrade", "+1")
    (one,) = revisions(engine)
    script = shop.script("upgrade", f"{one}:head", "-x", "lock_timeout=100ms")
    with engine.connect() as reader:
        reader.execute(text("""SELECT FROM "nord's"."T" """))
        assert "canceling statement due to lock timeout" in shop.psql(script, code=3)
    assert "SET lock_timeout = '2s';" in shop.script("upgrade", f"{one}:head")
    shop.psql(script)
    assert len(revisions(engine)) == 3


def test_two_scripts_at_once_wait_for_each_other(shop: Shop, engine: Engine) -> None:
    script = shop.script("upgrade", "head", wait="60")
    psql = [program("psql"), "-X", "-q", "-d", shop.url]
    with ThreadPoolExecutor() as pool:
        running = [
            pool.submit(subprocess.run, psql, input=script, text=True, check=False, capture_output=True)
            for _ in range(2)
        ]
    done = sorted((each.result() for each in running), key=lambda each: each.returncode)
    assert [each.returncode for each in done] == [0, 3]
    assert (
        f'schema "{SCHEMA}" is at {revisions(engine)[-1]}, and this script begins at base' in done[1].stderr
    )
    assert len(revisions(engine)) == 3


def test_a_script_that_is_not_to_wait_does_not_wait_for_ever() -> None:
    assert scripts.locked("nord", 0, "2s").startswith("SET lock_timeout = 1;")


def test_a_script_leaves_backslashes_and_tabs_as_they_are(shop: Shop, engine: Engine) -> None:
    comment = "C:\\new \\'s\tpath"
    shop.revision(
        "four",
        f", {{name: A, type: int}}, {{name: B, type: int}}, {{name: C, type: int, comment: {json.dumps(comment)}}}",
    )
    shop.psql(shop.script("upgrade", "head"))
    with engine.connect() as connection:
        query = """SELECT col_description('"nord''s"."T"'::regclass, attnum) FROM pg_attribute
            WHERE attrelid = '"nord''s"."T"'::regclass AND attname = 'C'"""
        assert connection.scalar(text(query)) == f"dbo.T.C: {comment}"
