"""Whatever counts as a lossless type change is accepted by PostgreSQL and loses no value."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from cdcmig.evolution.types import TypeChange, classify
from cdcmig.mapping.postgresql_types import parse_postgresql_type
from cdcmig.sql.quoting import literal


def integers(bits: int) -> st.SearchStrategy[str]:
    return st.integers(-(2**bits), 2**bits - 1).map(str)


def numerics(precision: int, scale: int) -> st.SearchStrategy[str]:
    limit = 10**precision - 1
    return st.integers(-limit, limit).map(lambda number: str(Decimal(number).scaleb(-scale)))


def texts(length: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00 "), max_size=length)


VALUES = {
    "smallint": integers(15),
    "integer": integers(31),
    "bigint": integers(63),
    "numeric(4,0)": numerics(4, 0),
    "numeric(9,0)": numerics(9, 0),
    "numeric(9,2)": numerics(9, 2),
    "numeric(18,0)": numerics(18, 0),
    "boolean": st.sampled_from(["true", "false"]),
    "uuid": st.uuids().map(str),
    "date": st.dates().map(str),
    "char(5)": texts(5),
    "varchar(5)": texts(5),
    "varchar(36)": texts(36),
    "text": texts(50),
    "timestamp(3)": st.datetimes().map(lambda when: when.isoformat(timespec="milliseconds")),
}
TARGETS = [*VALUES, "numeric(20,2)", "numeric(19,0)", "numeric", "varchar(10)", "varchar(11)", "varchar(20)",
           "double precision", "real", "timestamp(6)", "varchar"]  # fmt: skip


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection


@settings(
    max_examples=int(os.environ.get("CDCMIG_TEST_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(st.data())
def test_a_lossless_change_is_accepted_and_keeps_every_value(
    connection: Connection, data: st.DataObject
) -> None:
    old = data.draw(st.sampled_from(list(VALUES)), "old type")
    new = data.draw(st.sampled_from(TARGETS), "new type")
    kind = classify(parse_postgresql_type(old, "old"), parse_postgresql_type(new, "new"))
    assume(kind is not TypeChange.LOSSY)
    values = data.draw(st.lists(VALUES[old], min_size=1, max_size=4), "values")
    table = f'"t_{uuid.uuid4().hex}"'
    rows = ", ".join(f"({number}, {literal(value)})" for number, value in enumerate(values))
    script = f"CREATE TABLE {table} (id integer, v {old}, before {old});"
    script += f"INSERT INTO {table} (id, v) VALUES {rows}; UPDATE {table} SET before = v;"
    options = {"no_parameters": True}
    connection.exec_driver_sql(script, execution_options=options)
    file = f"SELECT pg_relation_filenode('{table}')"
    before = connection.exec_driver_sql(file).scalar_one()
    connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN v TYPE {new}", execution_options=options)
    if kind is TypeChange.FREE:
        assert connection.exec_driver_sql(file).scalar_one() == before
    lost = f"SELECT count(*) FROM {table} WHERE CAST(v AS {old}) IS DISTINCT FROM before"
    assert connection.exec_driver_sql(lost, execution_options=options).scalar_one() == 0
    connection.exec_driver_sql(f"DROP TABLE {table}")
