"""What is created is dropped, to the last function."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

import cdcmig.operations  # noqa: F401 - registers the operations
from tests.postgres.merge.table import Table

OBJECTS = """\
SELECT 'routine ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'cdc_management'::regnamespace
UNION ALL
SELECT 'relation ' || oid::regclass FROM pg_class WHERE relnamespace = 'cdc_management'::regnamespace
"""


def test_nothing_is_left(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        op: Any = Operations(MigrationContext.configure(connection))
        op.create_cdc_management(schema="cdc_management")
        assert len(connection.exec_driver_sql(OBJECTS).all()) > 40
        op.drop_cdc_management(schema="cdc_management")
        assert connection.exec_driver_sql(OBJECTS).scalars().all() == []


def test_it_stays_as_long_as_tables_are_merged_with_it(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        op: Any = Operations(MigrationContext.configure(connection))
        op.create_cdc_management(schema="cdc_management")
        connection.exec_driver_sql("CREATE SCHEMA tenant")
        Table.create(connection, "tenant")
        with pytest.raises(DBAPIError, match="schemas are still merged with cdc_management: tenant"):
            op.drop_cdc_management(schema="cdc_management")


def test_a_table_that_comes_back_has_no_history(engine: sa.Engine) -> None:
    """Else what was merged before would count as gaps, or hide them."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        op: Any = Operations(MigrationContext.configure(connection))
        op.create_cdc_management(schema="cdc_management")
        connection.exec_driver_sql("CREATE SCHEMA tenant")
        table = Table.create(connection, "tenant")
        table.merge(table.event(0, 1, "a", at=1), table.event(5, 1, "b", at=2))
        definition = {"table": "T", "staging": "stg_T", "key": ["id"], "columns": ["note"]}
        op.drop_merge_procedure("sp_merge_t", schema="tenant", **definition)
        op.create_merge_procedure("sp_merge_t", schema="tenant", **definition)
        assert (table.log(), table.watermarks()) == ([], {})
        assert connection.exec_driver_sql("SELECT count(*) FROM cdc_management.processing_gaps").scalar() == 0
