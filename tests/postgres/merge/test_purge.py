"""Tombstones go after their retention; nothing else does."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cdcmig.config.settings import MetadataColumnOverride, Settings
from tests.postgres.merge.conftest import Create
from tests.postgres.merge.table import Table


@pytest.fixture
def table(create: Create) -> Table:
    """Keys 0 to 9: the even ones deleted, those below 6 changed nine days ago, the others now."""
    table = create(tombstones=True)
    table.merge(*(table.event(key, key, "x", at=key, deleted=key % 2 == 0) for key in range(10)))
    table.scalar(
        f"""UPDATE {table.schema}."T" SET "__sync_timestamp" = now() - interval '9 days' WHERE id < 6"""
    )
    return table


def purge(table: Table, arguments: str = "") -> int:
    return int(table.scalar(f"CALL {table.schema}.sp_purge_t({arguments})"))


def test_only_tombstones_older_than_the_retention_go(table: Table) -> None:
    assert purge(table) == 3
    assert sorted(table.rows()) == [1, 3, 5, 6, 7, 8, 9]
    assert purge(table) == 0


def test_the_retention_may_be_given(table: Table) -> None:
    assert purge(table, "retention => '10 days'") == 0
    assert purge(table, "retention => '0 days'") == 5
    assert sorted(table.rows()) == [1, 3, 5, 7, 9]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
def test_in_batches(table: Table, batch_size: int) -> None:
    assert purge(table, f"batch_size => {batch_size}") == 3
    assert sorted(table.rows()) == [1, 3, 5, 6, 7, 8, 9]


def test_one_step_is_one_batch(table: Table) -> None:
    assert [purge(table, "batch_size => 2, one_step => true") for _ in range(3)] == [2, 1, 0]


def test_a_tombstone_that_is_born_again_or_deleted_again_is_young(table: Table) -> None:
    table.merge(table.event(10, 0, "alive", at=20), table.event(11, 2, "again", at=20, deleted=True))
    assert purge(table) == 1
    assert sorted(table.rows()) == [0, 1, 2, 3, 5, 6, 7, 8, 9]


def test_all_tables_are_purged_and_one_that_fails_hides_none(
    create: Create, table: Table, connection: Connection, schema: str
) -> None:
    failing = create("A", tombstones=True)
    create("soft")
    connection.exec_driver_sql(f'DROP TABLE {schema}."{failing.name}" CASCADE')
    row = connection.exec_driver_sql(f"CALL cdc_management.run_purges(p_schema => '{schema}')").one()
    assert tuple(row) == (3, 1)
    assert sorted(table.rows()) == [1, 3, 5, 6, 7, 8, 9]
    errors = f"SELECT table_name, sqlstate FROM cdc_management.error_log WHERE schema_name = '{schema}'"
    assert connection.exec_driver_sql(errors).all() == [("A", "42P01")]


def test_without_a_purge_procedure_tombstones_stay(create: Create) -> None:
    table = create()
    with pytest.raises(DBAPIError, match="does not exist"):
        purge(table)


def test_under_other_names_of_the_columns(create: Create) -> None:
    settings = Settings(
        metadata_columns={
            "__deleted": MetadataColumnOverride(name='is "gone" %'),
            "__sync_timestamp": MetadataColumnOverride(name="synced at"),
        }
    )
    table: Table = create(settings=settings, tombstones=True)
    table.merge(table.event(0, 1, "x", at=1, deleted=True), table.event(1, 2, "x", at=1))
    assert purge(table, "retention => '-1 hour'") == 1
    assert list(table.rows()) == [2]
