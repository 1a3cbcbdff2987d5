"""plpgsql_check on everything that cdcmig emits: no error, and no warning of any kind.

The extension is not in the embedded server. To run this: a PostgreSQL with it (Debian: postgresql-15-plpgsql-check),
and its URL in CDCMIG_TEST_TARGET_URL.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine

import cdcmig.operations  # noqa: F401 - registers the operations

KEYS = {"T": ["id"], 'a"; DROP %': ["id", "né"]}


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'plpgsql_check'"
        if not connection.exec_driver_sql(available).scalar_one():
            pytest.skip("this server has no plpgsql_check: see the docstring of this module")
        connection.exec_driver_sql("CREATE EXTENSION plpgsql_check")
        create(Operations(MigrationContext.configure(connection)), connection)
        yield connection


def create(op: Operations, connection: Connection) -> None:
    connection.exec_driver_sql("CREATE SCHEMA cdc_management; CREATE SCHEMA tenant")
    op.create_cdc_management(schema="cdc_management")
    for table, key in KEYS.items():
        op.create_table(
            table,
            *(sa.Column(name, sa.Integer, nullable=False) for name in key),
            sa.Column("note", sa.Text),
            sa.Column("__sync_timestamp", sa.TIMESTAMP(timezone=True), nullable=False),
            sa.Column("__source", sa.Text),
            sa.Column("__source_ts_ms", sa.BigInteger),
            sa.Column("__deleted", sa.Boolean, nullable=False, server_default=sa.false()),
            sa.Column("__operation", sa.Text),
            sa.Column("__lsn", sa.Text(collation="C")),
            sa.Column("__seq_val", sa.Text(collation="C")),
            sa.PrimaryKeyConstraint(*key),
            schema="tenant",
        )
        op.create_staging_table(f"stg_{table}", like=table, schema="tenant")
        op.create_merge_procedure(
            f"sp_merge_{table}", table=table, staging=f"stg_{table}", key=key, columns=["note"],
            purge=f"sp_purge_{table}", schema="tenant",
        )  # fmt: skip


CHECK = """\
SELECT p.oid::regprocedure || ' line ' || coalesce(c.lineno, 0) || ': ' || c.level || ': ' || c.message
       || coalesce(' (' || c.detail || ')', '')
FROM pg_proc AS p
JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
CROSS JOIN LATERAL plpgsql_check_function_tb(
    p.oid, fatal_errors => false, extra_warnings => true, performance_warnings => true, security_warnings => true
) AS c
WHERE p.pronamespace IN ('cdc_management'::regnamespace, 'tenant'::regnamespace)
ORDER BY 1
"""


def test_no_routine_has_anything_to_complain_about(connection: Connection) -> None:
    assert connection.exec_driver_sql(CHECK).scalars().all() == []


def test_the_check_would_find_something(connection: Connection) -> None:
    connection.exec_driver_sql(
        "CREATE FUNCTION tenant.bad() RETURNS integer LANGUAGE plpgsql AS"
        ' $$ DECLARE unused integer; BEGIN RETURN (SELECT no_such_column FROM tenant."T"); END $$'
    )
    found = "\n".join(connection.exec_driver_sql(CHECK).scalars())
    assert "no_such_column" in found
    assert "unused" in found
