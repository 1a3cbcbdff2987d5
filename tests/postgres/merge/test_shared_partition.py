"""Two tables that are fed from one partition: each sees its own offsets only, and a crash takes them from both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection
from sqlalchemy.pool import NullPool

from tests.postgres.merge.conftest import Create
from tests.postgres.merge.table import Table


@pytest.fixture
def connection(database_url: URL) -> Iterator[Connection]:
    """In a database of its own: a crash concerns all tables of it."""
    engine = sa.create_engine(database_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        op: Any = Operations(MigrationContext.configure(connection))
        op.create_cdc_management(schema="cdc_management")
        yield connection


@pytest.fixture
def tables(create: Create) -> tuple[Table, Table]:
    """Even offsets below 20 are merged into one table, odd ones into the other; those up to 39 are lost in a crash."""
    even, odd = create("Even"), create("Odd")
    for table, first in ((even, 0), (odd, 1)):
        table.merge(*(table.event(offset, offset, "before", at=offset) for offset in range(first, 20, 2)))
    for table, first in ((even, 20), (odd, 21)):
        table.stage(*(table.event(offset, offset, "lost", at=offset) for offset in range(first, 40, 2)))
    crash(even, odd)
    return even, odd


def crash(*tables: Table) -> None:
    """Do what crash recovery does: empty every UNLOGGED table."""
    for table in tables:
        table.scalar(f'TRUNCATE {table.schema}."{table.staging}"')
    tables[0].scalar("TRUNCATE cdc_management.crash_witness")


def replay_from(table: Table) -> dict[str, int]:
    rows = table.connection.exec_driver_sql(
        f"SELECT table_name, resume_offset FROM cdc_management.replay_needed WHERE schema_name = '{table.schema}'"
    )
    return {row.table_name: row.resume_offset for row in rows}


def merge(table: Table, *offsets: int) -> None:
    table.merge(*(table.event(offset, offset, "again", at=offset) for offset in offsets))


def test_the_replay_ends_when_both_have_seen_their_part(tables: tuple[Table, Table]) -> None:
    even, odd = tables
    assert replay_from(even) == {"Even": 19, "Odd": 20}
    merge(even, *range(18, 44, 2))
    assert replay_from(even) == {"Even": 19, "Odd": 21}
    merge(odd, *range(19, 44, 2))
    assert replay_from(even) == {}


def test_what_came_after_the_loss_does_not_count_for_it(tables: tuple[Table, Table]) -> None:
    """The pipeline went on at first; then somebody sent it back, but one table's old events have not come yet."""
    even, odd = tables
    merge(even, 44, 50)
    merge(odd, 3, 41, 51)
    assert replay_from(even) == {"Even": 19, "Odd": 20}
    crash(even, odd)
    assert replay_from(even) == {"Even": 19, "Odd": 20}
