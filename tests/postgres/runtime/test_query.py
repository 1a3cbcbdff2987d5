"""One query by a person, on a server: what it finds, and that it changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from cdcmig.errors import TargetError
from cdcmig.runtime import query


@pytest.fixture
def table(engine: Engine) -> Engine:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2)")
        connection.exec_driver_sql("CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 3 AS i")
        connection.exec_driver_sql(
            "CREATE FUNCTION s.current_setting(text) RETURNS text LANGUAGE sql RETURN 'shadowed';"
            "CREATE PROCEDURE clear() LANGUAGE plpgsql AS 'BEGIN COMMIT; DELETE FROM t; COMMIT; END'"
        )
    return engine


def count(engine: Engine) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM public.t").scalar_one()


@pytest.mark.parametrize(
    ("statement", "columns", "rows"),
    [
        (
            "SELECT i, i AS i, '%s :x \\ ''$$' AS \"Å\" FROM t WHERE i = 1",
            ["i", "i", "Å"],
            [(1, 1, "%s :x \\ '$$")],
        ),
        ("VALUES (1, 'a'), (2, NULL);", ["column1", "column2"], [(1, "a"), (2, None)]),
        ("WITH w AS (SELECT max(i) AS top FROM t) SELECT * FROM w -- all", ["top"], [(2,)]),
        ("TABLE t ; /* ; */ ;", ["i"], [(1,), (2,)]),
        ("SELECT i FROM t WHERE false", ["i"], []),
    ],
)
def test_what_it_finds(
    table: Engine, statement: str, columns: list[str], rows: list[tuple[object, ...]]
) -> None:
    with table.connect() as connection:
        assert query.run(connection, statement) == (columns, rows)


def test_a_schema_comes_first_and_shadows_nothing_of_ours(table: Engine) -> None:
    with table.connect() as connection:
        assert query.run(connection, "SELECT i FROM t", "s").rows == [(3,)]
        assert query.run(connection, "EXPLAIN SELECT i FROM t", "s").columns == ["QUERY PLAN"]


@pytest.mark.parametrize(
    "statement",
    [
        "SET TRANSACTION READ WRITE; DELETE FROM t; COMMIT",
        "COMMIT; BEGIN READ WRITE; DELETE FROM t; COMMIT",
        "SELECT 1; COMMIT; BEGIN READ WRITE; DELETE FROM t; COMMIT",
        "SELECT 1; SELECT 2",
        "SET TRANSACTION READ WRITE",
        "COMMIT",
        "DELETE FROM t",
        "CREATE TABLE u (i int)",
        "DO 'BEGIN DELETE FROM t; END'",
        "CALL clear()",
        "SELECT 1 INTO u",
        "",
        "-- nothing",
    ],
)
def test_what_is_not_one_query(table: Engine, statement: str) -> None:
    with table.connect() as connection:
        with pytest.raises(TargetError, match="read-only transaction") as refused:
            query.run(connection, statement)
        assert refused.value.hint
    assert count(table) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM t RETURNING i",
        "WITH d AS (DELETE FROM t RETURNING i) SELECT * FROM d",
        "EXPLAIN ANALYZE DELETE FROM t",
        "SELECT set_config('transaction_read_only', 'off', false)",
    ],
)
def test_a_query_that_would_write(table: Engine, statement: str) -> None:
    with table.connect() as connection, pytest.raises(TargetError, match=r"read-only|before any query"):
        query.run(connection, statement)
    assert count(table) == 2


def test_no_program_is_run(table: Engine, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    touched = tmp_path / "touched"
    with table.connect() as connection, pytest.raises(TargetError, match="COPY"):
        query.run(connection, f"COPY (SELECT 1) TO PROGRAM 'touch {touched}'")
    assert not touched.exists()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "SELECT nothing FROM t",
            'column "nothing" does not exist\nLINE 1: SELECT nothing FROM t\n               ^',
        ),
        ("SELECT 1/0", "division by zero"),
        ("SELECT '\0'", "the query is no text for PostgreSQL: "),
    ],
)
def test_an_error_is_told_without_our_own_code(table: Engine, statement: str, told: str) -> None:
    with table.connect() as connection, pytest.raises(TargetError) as refused:
        query.run(connection, statement)
    assert refused.value.message.startswith(told)
    assert "PL/pgSQL" not in refused.value.message
