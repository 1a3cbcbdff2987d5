"""The query of `cdcmig validate`, against real tables."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from cdcmig.desired.existing import ExpectedColumn, validation_sql
from cdcmig.generation.validation import find_faults
from cdcmig.mapping.postgresql_types import parse_postgresql_type

FITTING = [
    ("varchar(50)", "varchar(50)"),
    ("varchar(50)", "text"),
    ("varchar(50)", "email"),  # a domain over varchar(60)
    ("text", "varchar"),
    ("integer", "bigint"),
    ("integer", "numeric(10,0)"),
    ("integer", "varchar(11)"),
    ("numeric(18,4)", "numeric(20,6)"),
    ("numeric(18,4)", "numeric"),
    ("numeric(4,0)", "smallint"),
    ("numeric(5,-2)", "numeric(6,-2)"),
    ("timestamp(3)", "timestamp"),
    ("uuid", "text"),
    ("boolean", "boolean"),
    ("jsonb", "json"),
]
TOO_SMALL = [
    ("varchar(50)", "varchar(49)"),
    ("varchar(61)", "email"),
    ("text", "varchar(4000)"),
    ("text", "char(10)"),
    ("bigint", "integer"),
    ("bigint", "numeric(18,0)"),
    ("integer", "varchar(10)"),
    ("numeric(18,4)", "numeric(18,3)"),
    ("numeric(18,4)", "numeric(17,4)"),
    ("numeric(18,4)", "numeric(20,8)"),
    ("numeric", "numeric(38,10)"),
    ("numeric(5,-2)", "numeric(6,-3)"),
    ("timestamp(6)", "timestamp(3)"),
    ("timestamp", "timestamptz"),
    ("uuid", "varchar(35)"),
    ("boolean", "integer"),
]


def faults(engine: Engine, expected: list[tuple[str, str, str, str]]) -> dict[str, str]:
    columns = [
        ExpectedColumn(schema, table, column, parse_postgresql_type(source, "test"), "test.yaml", source)
        for schema, table, column, source in expected
    ]
    with engine.connect() as connection:
        return {
            ".".join(filter(None, (fault.table, fault.column))): fault.fault
            for fault in find_faults(connection, validation_sql(columns))
        }


@pytest.fixture
def _domain(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE DOMAIN email AS varchar(60)")


@pytest.mark.usefixtures("_domain")
def test_types_are_judged_by_what_they_hold(engine: Engine) -> None:
    pairs = FITTING + TOO_SMALL
    with engine.begin() as connection:
        columns = ", ".join(f"c{place} {target}" for place, (_, target) in enumerate(pairs))
        connection.exec_driver_sql(f"CREATE TABLE t ({columns})")
    found = faults(engine, [("public", "t", f"c{place}", source) for place, (source, _) in enumerate(pairs)])
    judged = [pairs[int(name.removeprefix("t.c"))] for name in found]
    assert sorted(judged) == sorted(TOO_SMALL)
    assert "character varying(49) cannot hold every varchar(50)" in found.values()


def test_missing_tables_and_columns(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql('CREATE TABLE "a""; DROP" ("Død" int)')
    expected = [
        ("public", 'a"; DROP', "Død", "integer"),
        ("public", 'a"; DROP', "død", "integer"),
        ("public", "absent", "x", "integer"),
        ("public", "absent", "y", "integer"),
        ("100%", "t", "x:1", "integer"),
    ]
    assert faults(engine, expected) == {
        'a"; DROP.død': "the column does not exist",
        "absent": "the table does not exist",
        "t": "the table does not exist",
    }
