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
import pytest

from cdcmig.runtime import embedded
from tests.acceptance.repository import BIN, Repository, small_repository

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
        repository.socket_directory()  # starts the server where it was killed
        process = subprocess.Popen(
            [str(BIN / "alembic"), "upgrade", "heads"],
            cwd=repository.root,
            env={name: value for name, value in os.environ.items() if not name.startswith("CDCMIG_")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
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
