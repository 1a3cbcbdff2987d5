"""``run_pending_merges``: every table its own transaction, oldest first, bounded in time."""

from __future__ import annotations

import datetime
import re

import pytest
from sqlalchemy import Connection, Row

from tests.postgres.merge.conftest import Create
from tests.postgres.merge.table import Table

NOON = datetime.datetime(2099, 1, 5, 12, tzinfo=datetime.UTC)  # later than whatever the database itself says


def stage(table: Table, minute: int, offset: int = 0) -> None:
    """Stage one event that the broker took at that minute."""
    event = table.event(offset, offset, "x", at=offset)
    table.stage({**event, "__kafka_timestamp": NOON + datetime.timedelta(minutes=minute)})


def run(table: Table, **options: str) -> Row[tuple[int, int, int]]:
    """Run everything that is pending in the table's schema."""
    given = "".join(f", {name} => {value}" for name, value in options.items())
    return table.connection.exec_driver_sql(
        f"CALL cdc_management.run_pending_merges(p_schema => '{table.schema}'{given})"
    ).one()


def merged_in_order(connection: Connection, schema: str) -> list[str]:
    sql = f"SELECT table_name FROM cdc_management.processing_log WHERE schema_name = '{schema}' ORDER BY id"
    return list(connection.exec_driver_sql(sql).scalars())


def fail(
    table: Table, body: str = "RAISE EXCEPTION 'no way' USING ERRCODE = 'ZZ001', DETAIL = 'why', HINT = 'how'"
) -> None:
    """Have every change of the final table run ``body``."""
    function = f'{table.schema}."on {table.name}"'
    table.scalar(
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body}; RETURN NEW; END $$"
    )
    table.scalar(
        f'CREATE OR REPLACE TRIGGER t BEFORE INSERT OR UPDATE ON {table.schema}."{table.name}"'
        f" FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def test_the_table_whose_rows_wait_longest_comes_first(
    create: Create, connection: Connection, schema: str
) -> None:
    """Whatever the order of their names or of their creation is."""
    tables = {minute: create(f"T{9 - minute}") for minute in (4, 1, 3, 2)}
    for minute, table in tables.items():
        stage(table, minute)
        stage(table, 0, offset=1)  # a later row of an earlier time: the first row is what waits longest
    assert tuple(run(tables[1])) == (4, 0, 0)
    assert merged_in_order(connection, schema) == ["T8", "T7", "T6", "T5"]


def test_one_failing_table_neither_stops_nor_hides_the_others(
    create: Create, connection: Connection, schema: str
) -> None:
    first, second, third = create("A"), create("B"), create("C")
    for minute, table in enumerate((first, second, third)):
        stage(table, minute)
    fail(second)
    assert tuple(run(first)) == (2, 1, 0)
    assert merged_in_order(connection, schema) == ["A", "C"]
    error = connection.exec_driver_sql(
        "SELECT table_name, generation, sqlstate, message, detail, hint, context FROM cdc_management.error_log"
        f" WHERE schema_name = '{schema}'"
    ).one()
    assert error[:-1] == ("B", 1, "ZZ001", "no way", "why", "how")
    assert re.search(r"on B.*PL/pgSQL function .*sp_merge_b", error.context, re.DOTALL)
    assert statuses(connection, schema) == {"A": "IDLE", "B": "FAILING", "C": "IDLE"}
    assert (second.rows(), second.watermarks()) == ({}, {})
    assert (
        second.waiting() == 2
    )  # one row, and its work copy: where there are triggers, keys are counted beforehand


def statuses(connection: Connection, schema: str) -> dict[str, str]:
    sql = f"SELECT table_name, status FROM cdc_management.merge_status WHERE schema_name = '{schema}'"
    return {row.table_name: row.status for row in connection.exec_driver_sql(sql)}


def test_what_failed_last_time_comes_last_until_it_succeeds(
    create: Create, connection: Connection, schema: str
) -> None:
    failing, other = create("A"), create("B")
    stage(failing, 0)
    fail(failing)
    assert tuple(run(failing)) == (0, 1, 0)
    fail(failing, "PERFORM 1")
    stage(other, 5)
    assert tuple(run(failing)) == (2, 0, 0)
    stage(failing, 6, offset=1)
    stage(other, 7, offset=1)
    assert tuple(run(failing)) == (2, 0, 0)
    assert merged_in_order(connection, schema) == ["B", "A", "A", "B"]
    assert statuses(connection, schema) == {"A": "IDLE", "B": "IDLE"}


def test_no_transaction_begins_after_max_duration(
    create: Create, connection: Connection, schema: str
) -> None:
    slow, second, third = create("A"), create("B"), create("C")
    for minute, table in enumerate((slow, second, third)):
        stage(table, minute)
    fail(slow, "PERFORM pg_catalog.pg_sleep(0.5)")
    assert tuple(run(slow, max_duration="'0 seconds'")) == (0, 0, 3)
    assert merged_in_order(connection, schema) == []
    assert tuple(run(slow, max_duration="'400 milliseconds'")) == (1, 0, 2)  # what has begun is ended
    assert merged_in_order(connection, schema) == ["A"]
    assert tuple(run(slow)) == (2, 0, 0)
    assert merged_in_order(connection, schema) == ["A", "B", "C"]


def test_a_table_whose_staging_is_gone_fails_alone(
    create: Create, connection: Connection, schema: str
) -> None:
    broken, other = create("A"), create("B")
    stage(other, 0)
    connection.exec_driver_sql(f'DROP TABLE {schema}."stg_A"')
    assert tuple(run(broken)) == (1, 1, 0)
    sqlstate = f"SELECT sqlstate FROM cdc_management.error_log WHERE schema_name = '{schema}'"
    assert connection.exec_driver_sql(sqlstate).scalar() == "42P01"


def test_it_may_be_narrowed_to_a_table(create: Create, connection: Connection, schema: str) -> None:
    one, other = create("A"), create("B")
    stage(one, 0)
    stage(other, 0)
    assert tuple(run(one, p_table="'B'")) == (1, 0, 0)
    assert merged_in_order(connection, schema) == ["B"]
    assert tuple(run(one, p_table="'none'")) == (0, 0, 0)


@pytest.mark.parametrize("batch_size", [1_000_000, 2])
def test_a_table_is_merged_to_its_end_before_the_next(
    create: Create, connection: Connection, schema: str, batch_size: int
) -> None:
    one, other = create("A"), create("B")
    for offset in range(9):
        stage(one, 0, offset)
        stage(other, 1, offset)
    assert tuple(run(one, batch_size=str(batch_size))) == (2, 0, 0)
    assert [tuple(line) for line in (*one.log(), *other.log())] == [(9, 9, 0, 0, 0, 0)] * 2
    assert merged_in_order(connection, schema) == ["A", "B"]
