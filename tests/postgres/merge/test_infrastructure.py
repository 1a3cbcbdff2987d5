"""What is created is dropped, to the last function."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

import cdcmig.operations  # noqa: F401 - registers the operations

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
