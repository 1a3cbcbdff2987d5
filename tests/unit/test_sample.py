"""The sample in services/ shows what it promises to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdcmig.config.project import Project, load_project
from cdcmig.mapping.names import schema_name
from cdcmig.mapping.types import SourceType, TypeMap

SINK = "sink_asma.directory"

# https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql, SQL Server 2025; cursor and table are no
# column types.
SQL_SERVER_TYPES = """
    bigint bit decimal int money numeric smallint smallmoney tinyint float real
    date datetime datetime2 datetimeoffset smalldatetime time
    char text varchar nchar ntext nvarchar binary image varbinary
    geography geometry hierarchyid json vector rowversion sql_variant uniqueidentifier xml sysname
    varchar(max) nvarchar(max) varbinary(max) timestamp
"""


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(Path(__file__).parents[2])


def test_39_tenant_tables_and_two_that_exist(project: Project) -> None:
    tables = project.services["adopus"].sinks[SINK].tables
    existing = [key for key, table in tables.items() if table.target_exists]
    assert len(tables) - len(existing) == 39
    assert existing == ["public.customer_user", "public.customer_department"]
    assert len(project.services["directory"].sinks[SINK].tables) == 2


def test_26_customers_of_all_kinds(project: Project) -> None:
    customers = list(project.source_groups["adopus"].sources)
    assert len({schema_name(customer) for customer in customers}) == len(customers) == 26
    for sign in "æøå-' @%":
        assert any(sign in customer.casefold() for customer in customers), sign


def test_every_sql_server_type_is_used(project: Project) -> None:
    used = set()
    for snapshot in project.snapshots.values():
        for column in snapshot.columns:
            found = SourceType.parse(column.type)
            assert found is not None
            used |= {found.name, f"{found.name}({','.join(found.parameters)})"}
    assert used >= set(SQL_SERVER_TYPES.split())
    assert any("." in name for name in used), "a CLR type"


def test_every_type_maps(project: Project) -> None:
    type_map = TypeMap.from_yaml(project.type_map)
    for (_, table), snapshot in project.snapshots.items():
        for column in snapshot.columns:
            type_map.resolve(column.type, f"{table}.{column.name}")


def test_what_else_a_snapshot_may_hold(project: Project) -> None:
    snapshots = project.snapshots.values()
    columns = [column for snapshot in snapshots for column in snapshot.columns]
    assert [snapshot.table for snapshot in snapshots if not snapshot.primary_key] == ["HendelseLogg"]
    assert sum(len(snapshot.primary_key) > 1 for snapshot in snapshots) >= 5
    assert any(len(column.name) == 128 for column in columns)
    assert {"order", "group", "select", "user"} <= {column.name for column in columns}
    assert any(" " in column.name for column in columns)
    assert any(column.computed for column in columns)
    assert any(column.identity for column in columns)
    assert any(column.alias_type for column in columns)
    assert max(len(snapshot.columns) for snapshot in snapshots) == 40


def test_foreign_keys_refer_to_columns_of_the_sample(project: Project) -> None:
    for (service, table), snapshot in project.snapshots.items():
        own = {column.name for column in snapshot.columns}
        for key in snapshot.foreign_keys:
            other = project.snapshots[service, key.references]
            assert set(key.columns) <= own, table
            assert set(key.referred_columns) <= {column.name for column in other.columns}, table
