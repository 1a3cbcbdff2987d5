"""One database with the infrastructure for the whole folder, and a schema of its own for each test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from functools import partial
from typing import Protocol

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection
from sqlalchemy.pool import NullPool

import cdcmig.operations  # noqa: F401 - registers the operations
from tests.postgres.merge.table import Table

_numbers = itertools.count(1)


class Create(Protocol):
    """Creates a table in the test's schema; see `Table.create`."""

    def __call__(self, name: str = "T", *args: object, **kwargs: object) -> Table: ...


@pytest.fixture(scope="session")
def shared_url(server_url: URL) -> Iterator[URL]:
    """A database with ``cdc_management``."""
    name = f"cdcmig_merge_{os.getpid()}"
    admin = sa.create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = server_url.set(database=name)
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        op = Operations(MigrationContext.configure(connection))
        op.create_cdc_management(schema="cdc_management")  # type: ignore[attr-defined]
    yield url
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def connection(shared_url: URL) -> Iterator[Connection]:
    """A connection of which every statement commits."""
    engine = sa.create_engine(shared_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def schema(connection: Connection) -> str:
    """A new, empty schema."""
    name = f"tenant_{next(_numbers)}"
    connection.execute(sa.schema.CreateSchema(name))
    return name


@pytest.fixture
def create(connection: Connection, schema: str) -> Create:
    return partial(Table.create, connection, schema)
