"""Commands that are ended half-way: no traceback, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text

from tests.acceptance.repository import BIN, Repository, copy_of_sample, small_repository

NARROW = "[{name: Id, type: int, nullable: false, primary_key: true}, {name: A, type: int}]"


@pytest.fixture
def sample(project_root: Path, tmp_path: Path) -> Repository:
    return copy_of_sample(project_root, tmp_path / "repository", with_tree=True)


def test_ctrl_c(sample: Repository) -> None:
    try:
        sample.run("alembic", "upgrade", "head", "-x", "schema=cdc_management")
        process = subprocess.Popen(
            [str(BIN / "alembic"), "upgrade", "heads"],
            cwd=sample.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 130, output
        assert "Interrupted" in output
        assert "Traceback" not in output
        sample.run("alembic", "upgrade", "head", "-x", "schema=avansas")
    finally:
        sample.run("cdcmig", "server", "stop")


def test_ctrl_c_does_not_wait_for_the_statement(tmp_path: Path, database_url: URL, engine: Engine) -> None:
    repository = small_repository(tmp_path / "r", {"T": NARROW}, ["acme"])
    url = database_url.render_as_string(hide_password=False)
    environment = {"CDCMIG_TARGET_URL": url, "CDCMIG_DEV_URL": url}
    repository.run("cdcmig", "revision", "-m", "initial", **environment)
    repository.run("alembic", "upgrade", "heads", **environment)
    repository.snapshot("T", NARROW.replace("A, type: int", "A, type: bigint"))
    repository.run("cdcmig", "revision", "-m", "wider", "--online", **environment)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            'INSERT INTO acme."T" ("Id", "A") VALUES (1, 2);'
            "CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';"
            'CREATE TRIGGER dawdle BEFORE UPDATE ON acme."T" FOR EACH ROW EXECUTE FUNCTION public.dawdle()'
        )
    process = subprocess.Popen(
        [str(BIN / "alembic"), "upgrade", "heads"],
        cwd=repository.root,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        ):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 130, output
        assert "Traceback" not in output
        columns = connection.scalars(
            text(
                "SELECT attname FROM pg_attribute WHERE attrelid = 'acme.\"T\"'::regclass AND attname ~ '^A'"
            )
        )
        assert columns.all() == ["A"]


def test_a_reader_that_has_seen_enough(sample: Repository) -> None:
    done = subprocess.run(
        f"'{BIN / 'alembic'}' upgrade heads --sql | head -n 3",
        shell=True,
        cwd=sample.root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.count("\n") == 3
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
