"""The number of statements does not depend on the number of tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cdcmig.config.project import load_project
from cdcmig.source import catalog, server
from cdcmig.source.catalog import IDS_PER_STATEMENT, read_catalog, read_tables
from cdcmig.source.connection import source_connection
from cdcmig.source.inspection import inspect_services
from cdcmig.source.reflection import reflect

from .conftest import Serve, fake_url
from .sqlserver2022 import SqlServer2022, shop

STATEMENTS_TO_CONNECT = 4
"""By SQLAlchemy's dialect: version, default schema, isolation level, nvarchar(max)."""
STATEMENTS_TO_READ = 10


@pytest.mark.parametrize("tables", [1, 50, 500])
def test_inspect(serve: Serve, repository: Callable[..., Path], tables: int) -> None:
    fake = serve(shop(tables).database("Shop"))
    root = repository([f"dbo.T{number}" for number in range(tables)], "Shop")
    (inspection,) = inspect_services(load_project(root, seen={}))
    assert len(inspection.files) == tables
    assert len(fake.statements()) == STATEMENTS_TO_CONNECT + STATEMENTS_TO_READ


def test_change_data_capture_costs_one_statement(serve: Serve) -> None:
    sql2022 = SqlServer2022()
    for number in range(20):
        sql2022.table("dbo", f"T{number}", is_tracked_by_cdc=True).column("Id").captured(
            f"dbo_T{number}", "Id"
        )
    fake = serve(sql2022.database())
    with source_connection(fake_url("Db")) as connection:
        read_catalog(connection, read_tables(connection))
    assert len(fake.statements()) == STATEMENTS_TO_CONNECT + STATEMENTS_TO_READ + 1


@pytest.mark.parametrize("tables", [IDS_PER_STATEMENT, IDS_PER_STATEMENT + 1])
def test_statements_stay_short_for_large_databases(serve: Serve, tables: int) -> None:
    fake = serve(shop(tables).database("Db"))
    with source_connection(fake_url("Db")) as connection:
        found = read_catalog(connection, read_tables(connection))
    assert len(reflect(found, "Db")) == tables
    assert max(map(len, fake.statements())) < 10_000


def test_a_few_tables_of_a_large_database_are_not_paid_with_all_of_them(serve: Serve) -> None:
    serve(shop(300).database("Db"))
    with source_connection(fake_url("Db")) as connection:
        rows = read_tables(connection)
        found = read_catalog(connection, rows[:2])
    assert len(found.columns) == 2


STATEMENTS = {
    name: value
    for module in (catalog, server)
    for name, value in vars(module).items()
    if isinstance(value, str) and "SELECT" in value
}


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_names_are_written_as_a_case_sensitive_database_needs_them(name: str) -> None:
    statement = re.sub(r"'[^']*'", "''", STATEMENTS[name])
    functions = {"CAST", "COALESCE", "SUM", "SERVERPROPERTY", "DB_NAME", "USER_NAME", "SUSER_SNAME"}
    functions |= {"HAS_DBACCESS", "HAS_PERMS_BY_NAME"}
    keywords = {
        "SELECT",
        "FROM",
        "JOIN",
        "LEFT",
        "ON",
        "AND",
        "OR",
        "WHERE",
        "ORDER",
        "GROUP",
        "BY",
        "AS",
        "IN",
    }
    keywords.add("NULL")
    assert set(re.findall(r"\b\w*[A-Z]\w*\b", statement)) <= functions | keywords


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_statements_hold_nothing_that_a_driver_could_take_for_a_parameter(name: str) -> None:
    assert not re.search(r"[%?:]", STATEMENTS[name])
