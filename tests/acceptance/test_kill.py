"""kill -9 in the middle of an upgrade: of the process, and of PostgreSQL; the next upgrade finishes the work."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from cdcmig.runtime import embedded
from tests.acceptance.repository import BIN, Repository, small_repository, write_yaml

TABLES = {
    f"Table {number}": "[{name: Id, type: int, nullable: false, primary_key: true}, {name: A, type: int}]"
    for number in range(6)
}
SCHEMAS = ["acme", "bolt", "coda"]
KILLS = 4


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """A repository with two steps, the second of which builds an index outside of a transaction."""
    repository = small_repository(tmp_path / "r", TABLES, SCHEMAS)
    repository.run("cdcmig", "revision", "-m", "initial")
    for name, columns in TABLES.items():
        changed = columns.replace(
            "{name: A, type: int}", "{name: A, type: int, nullable: false, primary_key: true}"
        )
        repository.snapshot(name, changed)
    repository.run("cdcmig", "revision", "-m", "wider keys", "--allow-destructive")
    yield repository
    embedded.stop(repository.root)


def start_upgrade(repository: Repository) -> subprocess.Popen[bytes]:
    repository.socket_directory()  # starts the server where it was killed
    return subprocess.Popen(
        [str(BIN / "alembic"), "upgrade", "heads"],
        cwd=repository.root,
        env={name: value for name, value in os.environ.items() if not name.startswith("CDCMIG_")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_upgrade(repository: Repository, process: subprocess.Popen[bytes]) -> None:
    process.kill()


def kill_server(repository: Repository, _process: subprocess.Popen[bytes]) -> None:
    pid = int((embedded.data_directory(repository.root) / "postmaster.pid").read_text().split()[0])
    postmaster = psutil.Process(pid)
    family = [postmaster, *postmaster.children(recursive=True)]
    for member in family:
        member.send_signal(signal.SIGKILL)
    psutil.wait_procs(family, timeout=10)


@pytest.mark.parametrize("kill", [kill_upgrade, kill_server])
def test_next_upgrade_finishes_the_work(
    repository: Repository, kill: Callable[[Repository, subprocess.Popen[bytes]], None]
) -> None:
    chance = random.Random(kill.__name__)
    killed = 0
    for _ in range(KILLS):
        process = start_upgrade(repository)
        time.sleep(chance.uniform(0.4, 1.6))
        if process.poll() is None:
            kill(repository, process)
            killed += 1
        process.wait(timeout=60)
    assert killed

    repository.run("alembic", "upgrade", "heads")
    for schema in SCHEMAS:
        assert "No new upgrade operations" in repository.run("alembic", "check", "-x", f"schema={schema}")
    repository.run("cdcmig", "check", "--target")
    rows = repository.psql(
        "-At",
        "-c",
        "SELECT schema_name, count(*) FROM cdc_management.migration_history"
        " WHERE schema_name <> 'cdc_management' GROUP BY 1 ORDER BY 1",
        database="orders",
    )
    assert rows.split() == [f"{schema}|2" for schema in SCHEMAS]


ROWS, WAITING = 250_000, 1000


@pytest.fixture
def copying(tmp_path: Path) -> Iterator[Repository]:
    """A large table whose key and whose one other column are to be copied by the next upgrade, with rows in staging."""
    columns = "[{{name: Id, type: {0}, nullable: false, primary_key: true}}, {{name: A, type: {0}}}]"
    repository = small_repository(tmp_path / "r", {"T": columns.format("int")}, ["acme"])
    # What a crash of the server does to UNLOGGED staging is another test's matter.
    write_yaml(repository.root / "cdcmig.yaml", {"sinks": {"sink_shop.orders": {"staging": "logged"}}})
    repository.run("cdcmig", "revision", "-m", "initial")
    repository.run("alembic", "upgrade", "heads")
    repository.psql(
        "-c",
        f"""INSERT INTO acme."T" ("Id", "A") SELECT g, g FROM generate_series(1, {ROWS}) AS g;
        INSERT INTO acme."stg_T" ("Id", "A", __kafka_topic, __kafka_partition, __kafka_offset)
        SELECT g, -g, 't', 0, g FROM generate_series({ROWS - WAITING // 2} + 1, {ROWS + WAITING // 2}) AS g""",
        database="orders",
    )
    repository.snapshot("T", columns.format("bigint"))
    repository.run("cdcmig", "revision", "-m", "wider", "--online")
    yield repository
    embedded.stop(repository.root)


def wait_for_copying(repository: Repository, process: subprocess.Popen[bytes]) -> bool:
    """Wait until rows are copied, or the upgrade is at its end; return whether they are."""
    connection = psycopg2.connect(host=repository.socket_directory(), user="postgres", dbname="orders")
    connection.autocommit = True
    with connection.cursor() as cursor:
        while process.poll() is None:
            cursor.execute(
                "SELECT FROM pg_stat_activity"
                " WHERE state = 'active' AND query LIKE '%UPDATE%ctid%' AND pid <> pg_backend_pid()"
            )
            if cursor.rowcount:
                return True
            time.sleep(0.01)
    return False


def test_a_copy_that_was_killed_is_finished_by_the_next_upgrade(copying: Repository) -> None:
    chance = random.Random("copy")
    half_done = []
    for kill in (kill_server, kill_upgrade, kill_server):
        process = start_upgrade(copying)
        if wait_for_copying(copying, process):
            time.sleep(chance.uniform(0, 0.5))
            kill(copying, process)
        process.wait(timeout=60)
        half_done.append("Id__next" in copying.dump("orders", "acme"))
    assert half_done[0]

    copying.run("alembic", "upgrade", "heads")
    assert "No new upgrade operations" in copying.run("alembic", "check", "-x", "schema=acme")
    copying.run("cdcmig", "check", "--target")
    copying.run("cdcmig", "merge")
    kept = copying.psql(
        "-At", "-c", 'SELECT count(*), sum(sign("A")), sum(abs("A") - "Id") FROM acme."T"', database="orders"
    )
    last = ROWS + WAITING // 2
    assert kept.split() == [f"{last}|{last - 2 * WAITING}|0"]
